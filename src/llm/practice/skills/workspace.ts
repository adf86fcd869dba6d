import type { Exchange } from "../conversation";
import { call, say, type PracticeReply } from "../reply";

/** Names, counts and the readme: what can be said without understanding code. */
export function summarise({ steps }: Exchange): PracticeReply {
  const [glob, read] = steps;
  if (!glob) return call("I list the files first.", "Glob", { pattern: "**/*" });
  const files = linesOf(glob.result);
  const readme =
    files.find((name) => /(^|\/)readme[^/]*$/i.test(name)) ?? files.find((name) => /(^|\/)package\.json$/.test(name));
  if (!read && readme) return call(`There are ${files.length} files here. I read \`${readme}\`.`, "Read", { file_path: readme });
  return say(
    [
      `**${files.length} files**, newest first among them: ${files.slice(0, 8).map(code).join(", ")}.`,
      byKind(files),
      excerpt(read?.result),
    ]
      .filter((part) => part !== "")
      .join("\n\n"),
  );
}

export function runTests({ steps }: Exchange): PracticeReply {
  const last = steps.at(-1);
  if (!last)
    return call("I look for how tests are run here.", "Glob", {
      pattern: "{package.json,pyproject.toml,Cargo.toml,go.mod,Makefile}",
    });
  if (last.name === "Bash") {
    const ended = /exit code:? *(-?\d+)/i.exec(last.result ?? "")?.[1];
    return say(
      last.failed
        ? `The tests **failed**${ended ? ` (exit code ${ended})` : ""}. The output above says where.`
        : "The tests **passed**.",
    );
  }
  const command = testCommand(linesOf(last.result));
  return command
    ? call("I run them.", "Bash", { command, description: "Run the tests" })
    : say("I found no package.json, pyproject.toml, Cargo.toml, go.mod or Makefile, so I do not know how tests are run here.");
}

export function find({ prompt, steps }: Exchange): PracticeReply {
  const wanted =
    /(?:find|search(?: for)?|where is|grep)\s+(.+)$/i
      .exec(prompt)?.[1]
      ?.trim()
      .replace(/^["'`](.*)["'`]$/, "$1") ?? "";
  const last = steps.at(-1);
  if (!last)
    return call(`I search for \`${wanted}\`.`, "Grep", {
      pattern: escapeRegex(wanted),
      output_mode: "content",
      "-n": true,
      head_limit: 50,
    });
  const hits = linesOf(last.result);
  if (last.failed) return say(`The search failed: ${hits[0] ?? ""}`);
  return say(
    hits.length === 0 || /^no (matches|files)/i.test(hits[0] ?? "")
      ? `\`${wanted}\` occurs nowhere in this workspace.`
      : `\`${wanted}\` occurs here:\n\n${hits
          .slice(0, 20)
          .map((hit) => `- ${code(hit)}`)
          .join("\n")}`,
  );
}

const testCommands: [RegExp, string][] = [
  [/(^|\/)package\.json$/, "npm test"],
  [/(^|\/)pyproject\.toml$/, "python3 -m pytest"],
  [/(^|\/)Cargo\.toml$/, "cargo test"],
  [/(^|\/)go\.mod$/, "go test ./..."],
  [/(^|\/)Makefile$/, "make test"],
];

const testCommand = (files: readonly string[]): string | undefined =>
  testCommands.find(([pattern]) => files.some((file) => pattern.test(file)))?.[1];

const code = (text: string): string => `\`${text}\``;

const linesOf = (text: string | undefined): string[] =>
  (text ?? "").split("\n").filter((line) => line.trim() !== "" && !/^(no files|no matches|\(|found \d+)/i.test(line));

function byKind(files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = /\.([A-Za-z0-9]+)$/.exec(file)?.[1] ?? "without extension";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const rows = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 6);
  return rows.length === 0
    ? ""
    : ["| kind | files |", "|---|---|", ...rows.map(([kind, count]) => `| ${kind} | ${count} |`)].join("\n");
}

function excerpt(text: string | undefined): string {
  const lines = (text ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\d+[\t\u2192]/, ""))
    .filter((line) => line.trim() !== "");
  return lines.length === 0
    ? ""
    : lines
        .slice(0, 5)
        .map((line) => `> ${line}`)
        .join("\n");
}

const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
