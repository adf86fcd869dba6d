/** Does the command delete whatever lies below a folder? Nothing brings that back. */
export function deletesTree([program = "", ...args]: readonly string[]): boolean {
  const name = program.replace(/^.*[/\\]/, "").toLowerCase();
  if (name === "find")
    return args.includes("-delete") || args.some((arg, i) => arg === "rm" && /^-(?:exec|ok)/.test(args[i - 1] ?? ""));
  if (name === "git") return args.includes("clean") && args.some((arg) => /^(?:-[a-zA-Z]*f[a-zA-Z]*|--force)$/.test(arg));
  if (name === "remove-item" || name === "ri") return args.some((arg) => /^-r(?:ecurse|ecurs|ecur|ecu|ec|e)?$/i.test(arg));
  if (name === "rd" || name === "rmdir" || name === "del") return args.some((arg) => /^[/]s$/i.test(arg));
  return name === "rm" && args.some((arg) => /^-[a-zA-Z]*[rR][a-zA-Z]*$/.test(arg) || /^--r[a-z]*$/.test(arg));
}
