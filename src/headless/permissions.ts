import { readFileSync } from "node:fs";
import { corpusTree } from "./corpus-tree";
import { diskProbe } from "./path-probe";

/** What the entry hands over: the very functions that guard real calls. Structural, because this room does not import the agent. */
export interface PermissionFunctions {
  checkCorpus(
    text: string,
    kind: "commands" | "paths",
    ports: { tree: typeof corpusTree; now: () => number; print: (line: string) => void },
  ): { critical: string[]; major: string[]; allowRecall: number };
  /** A command or path of this folder with the rules in force there, as lines for people. */
  explain(
    subject: { command?: string; path?: string; cwd: string },
    probe: ReturnType<typeof diskProbe>,
  ): Promise<string[]> | string[];
  /** Past calls of this folder against candidate allow rules, as lines for people. */
  replay(rules: string[], cwd: string, probe: ReturnType<typeof diskProbe>): Promise<string[]> | string[];
}

export interface PermissionIo {
  cwd: string;
  print(line: string): void;
  fail(line: string): void;
}

const usage = `stride permissions check --corpus FILE [--kind commands|paths]
stride permissions explain [COMMAND | --path PATH]
stride permissions replay RULE…`;

/** `stride permissions …`; the result is the exit code. */
export async function runPermissions(args: readonly string[], functions: PermissionFunctions, io: PermissionIo): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === "check") return check(rest, functions, io);
  if (verb === "explain") {
    const path = valueOf(rest, "--path");
    const command = path === undefined ? rest.join(" ") : "";
    const subject = { cwd: io.cwd, ...(path === undefined ? {} : { path }), ...(command === "" ? {} : { command }) };
    for (const line of await functions.explain(subject, diskProbe())) io.print(line);
    return 0;
  }
  if (verb === "replay" && rest.length > 0) {
    for (const line of await functions.replay(rest, io.cwd, diskProbe())) io.print(line);
    return 0;
  }
  io.fail(usage);
  return 2;
}

/** Exit code 1 when something that must not run would run. */
function check(args: readonly string[], functions: PermissionFunctions, io: PermissionIo): number {
  const file = valueOf(args, "--corpus");
  const kind = valueOf(args, "--kind");
  if (file === undefined || (kind !== undefined && kind !== "commands" && kind !== "paths")) {
    io.fail(usage);
    return 2;
  }
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    io.fail(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
  const summary = functions.checkCorpus(text, kind ?? guessKind(text), {
    tree: corpusTree,
    now: () => performance.now(),
    print: io.print,
  });
  return summary.critical.length > 0 ? 1 : 0;
}

/** Command cases have a command, path cases a path. */
function guessKind(text: string): "commands" | "paths" {
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "{}";
  return Object.hasOwn(JSON.parse(first) as object, "command") ? "commands" : "paths";
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  const joined = args.find((arg) => arg.startsWith(`${name}=`));
  return joined?.slice(name.length + 1) ?? (at >= 0 ? args[at + 1] : undefined);
}
