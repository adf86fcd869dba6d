import { expect, test } from "vitest";
import type { SetupEntry } from "../../../src/agent/permissions/virtual-probe";
import { bash, type Situation } from "./support";

const repository: SetupEntry[] = [
  { file: "/proj/.git/HEAD" },
  { file: "/proj/.git/config", text: "" },
  { file: "/proj/.env" },
  { file: "/proj/a.txt" },
  { file: "/proj/config/db.txt" },
  { file: "/proj/src/a.ts" },
];

const check = (line: string, expected: string, situation: Situation): void => {
  const { verdict, gate, rule } = bash(line, { setup: repository, ...situation });
  expect([line, verdict, verdict === "allow" ? "" : `${gate} ${rule?.text ?? ""}`.trim()]).toEqual([
    line,
    ...(expected === "allow" ? ["allow", ""] : expected.split(/ (.*)/s).slice(0, 2)),
  ]);
};

const forbidden: [rule: string, verdict: string, lines: string[]][] = [
  [
    "Read(./.env)",
    "deny",
    [
      "git diff .env",
      "git diff HEAD -- .env",
      "git show HEAD:.env",
      "git show HEAD~2:./.env",
      "git show :.env",
      "git show ':0:.env'",
      "git cat-file -p HEAD:.env",
      "git cat-file blob main:.env",
      "git blame .env",
      "git log -p -- .env",
      "git log -L1,5:.env",
      "git grep KEY HEAD -- .env",
      "git diff ':(top).env'",
      "git diff ':/.env'",
      "git diff --stat .env",
      "git -C . show HEAD:.env",
      "sh -c 'git show HEAD:.env'",
    ],
  ],
  [
    "Read(./.env)",
    "ask",
    [
      "git diff",
      "git diff HEAD~3 main",
      "git diff '.e*'",
      "git diff ':(icase).ENV'",
      "git diff --patch --stat",
      "git diff ':!.env.local'",
      "git diff ':!.e*'",
      "git show",
      "git show HEAD",
      "git show HEAD:a.txt HEAD",
      "git show --stat 1a2b3c4",
      "git log -p",
      "git log -p --full-diff -- src",
      "git log --cc",
      "git log -U0",
      "git stash show",
      "git stash list -p",
      "git cat-file -p 1a2b3c4",
      "git range-diff a b c",
      "git diff-index -p HEAD",
      "git status -v",
      "git grep KEY",
      "git grep KEY HEAD",
      "git --no-pager diff",
      "timeout 5 git diff",
    ],
  ],
  [
    "Read(./.env)",
    "allow",
    [
      "git status",
      "git log",
      "git log --oneline --stat",
      "git diff --stat",
      "git diff --name-only HEAD~1",
      "git show --name-status HEAD",
      "git diff -- src",
      "git diff src a.txt",
      "git diff HEAD -- 'src/*.ts'",
      "git diff ':!.env'",
      "git diff -- ':(exclude).env'",
      "git log -p -- src",
      "git show HEAD:a.txt",
      "git show HEAD:gone.txt",
      "git diff HEAD:a.txt main:a.txt",
      "git cat-file -p HEAD:a.txt",
      "git cat-file -t 1a2b3c4",
      "git blame a.txt",
      "git grep KEY -- src",
      "git log -L1,5:a.txt",
    ],
  ],
  ["Read(config/**)", "deny", ["git show HEAD:config/db.txt", "git blame config/db.txt"]],
  [
    "Read(config/**)",
    "ask",
    ["git diff -- config", "git diff config", "git diff HEAD:config main:config", "git grep x HEAD:config"],
  ],
  ["Read(**/*.pem)", "ask", ["git diff -- src", "git log -p -- '*.ts'"]],
];

for (const [rule, verdict, lines] of forbidden)
  test(`${rule} denied: ${verdict}`, () => {
    for (const line of lines) {
      const named = verdict === "allow" ? verdict : `${verdict} rules ${rule}`;
      check(line, named, { deny: [rule] });
      if (verdict !== "allow") check(line, named, { deny: [rule], allow: ["Bash"] });
      if (verdict === "deny") check(line, `ask rules ${rule}`, { ask: [rule] });
    }
  });

test("without such a rule whole diffs go through", () => {
  for (const line of ["git diff", "git show", "git log -p", "git grep x"]) check(line, "allow", { deny: ["Edit(./.env)"] });
});

test("git that is told to look elsewhere is judged by what lies there", () => {
  const other: SetupEntry[] = [...repository, { file: "/other/.git/HEAD" }, { file: "/other/.env" }, { file: "/other/src/b.ts" }];
  const below = { setup: other, roots: ["/proj", "/other"], deny: ["Read(//other/.env)"], allow: ["Bash"] };
  for (const line of [
    "git -C /other diff",
    "git -C .. -C other diff",
    "git -C /other/src show",
    "git -C /other show HEAD:.env",
    "git --git-dir=/other/.git show",
    "git --git-dir /other/.git log -p",
    "git --work-tree=/other diff",
    "git -c a.b=c -C /other --no-pager diff",
    "/usr/bin/git -C /other diff",
  ])
    check(line, "ask rules Read(//other/.env)", below);
  for (const line of ["git -C /other diff -- src", "git -C /proj diff", "git -C /other status"]) check(line, "allow", below);
  check("/usr/bin/git diff", "ask rules Read(./.env)", { deny: ["Read(./.env)"], allow: ["Bash"] });
  check("git -C ~/x diff", "ask rules Read(~/x/.env)", { deny: ["Read(~/x/.env)"], allow: ["Bash"] });
});

test("REV:path starts at the top of the repository, wherever the session's folder is", () => {
  const below: Situation = { cwd: "/proj/src", roots: ["/proj/src"] };
  check("git show HEAD:src/a.ts", "allow", below);
  check("git show HEAD:./a.ts", "allow", below);
  check("git show HEAD:a.txt", "ask path", below);
  check("git diff ':/a.txt'", "ask path", below);
  check("git show HEAD:src/a.ts", "deny rules Read(./a.ts)", { ...below, deny: ["Read(./a.ts)"] });
  check("git diff", "ask rules Read(./a.ts)", { ...below, deny: ["Read(./a.ts)"] });
  check("git diff -- b.ts", "allow", { ...below, deny: ["Read(./a.ts)"] });
});
