import { expect, test } from "vitest";
import type { Decision } from "../../../src/shared/protocol/permission";
import { bash, call, contextOf, edit, fetchUrl, mcp, read, type Situation } from "./support";
import { compileRules } from "../../../src/config/rules/compile-rules";

/** One row for each sentence of the compatible rule semantics; where the corpus is stricter, the corpus wins. */
type Row = [sentence: string, decision: () => Decision, verdict: Decision["verdict"]];

const link = { setup: [{ symlink: "/proj/link.txt", to: "secret/a" }] };
const user = (more: Situation): Situation => ({ base: "/home/u/.claude", ...more });

const rows: Row[] = [
  ["Form `Tool`", () => bash("anything at all", { allow: ["Bash"] }), "allow"],
  ["Form `Tool(specifier)`", () => bash("npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["deny before ask", () => bash("npm test", { deny: ["Bash(npm test)"], ask: ["Bash(npm test)"] }), "deny"],
  ["ask before allow", () => bash("npm test", { ask: ["Bash(npm:*)"], allow: ["Bash(npm test)"] }), "ask"],
  ["specificity is irrelevant", () => bash("npm test", { deny: ["Bash(npm *)"], allow: ["Bash(npm test)"] }), "deny"],
  ["a deny of the project beats an allow of the user", () => bash("ls", { deny: ["Bash(ls)"], scope: "project" }), "deny"],
  ["Bash(*) = Bash", () => bash("make all", { allow: ["Bash(*)"] }), "allow"],
  ["a bare-name deny refuses the tool", () => read("src/a.ts", { deny: ["Read"] }), "deny"],
  ["a scoped deny leaves the rest", () => read("src/a.ts", { deny: ["Read(secret/**)"] }), "allow"],
  ["tool-name glob in deny", () => mcp("github", "get", { deny: ["mcp__*"], allow: ["mcp__github__get"] }), "deny"],
  ["`*` in ask", () => read("src/a.ts", { ask: ["*"] }), "ask"],
  ["glob in allow after a literal server", () => mcp("github", "get_issue", { allow: ["mcp__github__get_*"] }), "allow"],
  ["other allow globs are skipped", () => mcp("github", "get_issue", { allow: ["mcp__*"] }), "ask"],
  [
    "parameter match in deny",
    () => call("Agent", [{ kind: "none" }], { deny: ["Agent(model:opus)"], input: { model: "opus" } }),
    "deny",
  ],
  [
    "parameter with wildcard",
    () => call("Agent", [{ kind: "none" }], { deny: ["Agent(model:op*)"], input: { model: "opus" } }),
    "deny",
  ],
  ["parameter of Bash", () => bash("ls", { ask: ["Bash(run_in_background:true)"], input: { run_in_background: true } }), "ask"],
  ["an absent parameter never matches", () => bash("ls", { ask: ["Bash(run_in_background:true)"] }), "allow"],
  ["a primary field is no parameter", () => bash("ls", { deny: ["Bash(command:ls)"] }), "allow"],
  ["`*` at any position", () => bash("git commit --amend main", { deny: ["Bash(git * main)"] }), "deny"],
  ["`*` matches blanks too", () => bash("npm run a b c", { allow: ["Bash(npm * c)"] }), "allow"],
  ["trailing ` *` is a word boundary", () => bash("foobar", { allow: ["Bash(foo *)"] }), "ask"],
  ["trailing ` *` takes arguments", () => bash("foo -la", { allow: ["Bash(foo *)"] }), "allow"],
  ["trailing ` *` also matches the bare command", () => bash("foo", { allow: ["Bash(foo *)"] }), "allow"],
  ["`foo*` has no boundary", () => bash("foobar", { allow: ["Bash(foo*)"] }), "allow"],
  ["`:*` at the end = ` *`", () => bash("foo -la", { allow: ["Bash(foo:*)"] }), "allow"],
  ["elsewhere the colon is literal", () => bash("npm run a:b", { allow: ["Bash(npm run a:b)"] }), "allow"],
  ["a rule must match each part", () => bash("npm test && npm publish", { allow: ["Bash(npm test)"] }), "ask"],
  ["parts of a pipe count", () => bash("npm test | npm publish", { allow: ["Bash(npm test)"] }), "ask"],
  ["parts of a newline count", () => bash("npm test\nnpm publish", { allow: ["Bash(npm test)"] }), "ask"],
  [
    "each part with its own rule",
    () => bash("npm test; npm run lint", { allow: ["Bash(npm test)", "Bash(npm run lint)"] }),
    "allow",
  ],
  ["wrapper timeout is looked through", () => bash("timeout 30 npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["wrapper time", () => bash("time npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["wrapper nice", () => bash("nice -n 10 npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["wrapper nohup", () => bash("nohup npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["wrapper stdbuf", () => bash("stdbuf -oL npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["wrapper command", () => bash("command npm test", { allow: ["Bash(npm test)"] }), "allow"],
  ["bare xargs", () => bash("echo a | xargs npm run lint", { allow: ["Bash(npm run lint:*)"] }), "allow"],
  [
    "xargs with flags is not looked through",
    () => bash("echo a | xargs -n1 npm run lint", { allow: ["Bash(npm run lint:*)"] }),
    "ask",
  ],
  ["an assignment in front asks (corpus)", () => bash("NODE_ENV=test npm test", { allow: ["Bash(npm test)"] }), "ask"],
  ["an assignment in front does not hide from deny", () => bash("X=1 npm publish", { deny: ["Bash(npm publish)"] }), "deny"],
  ["npx is not stripped", () => bash("npx eslint .", { allow: ["Bash(eslint:*)"] }), "ask"],
  ["docker exec is not stripped", () => bash("docker exec app npm test", { allow: ["Bash(npm test)"] }), "ask"],
  ["watch is never prefix-approvable", () => bash("watch npm test", { allow: ["Bash(watch:*)"] }), "ask"],
  ["watch with an exact rule", () => bash("watch npm test", { allow: ["Bash(watch npm test)"] }), "allow"],
  ["find -delete is never prefix-approvable", () => bash("find src -name x -delete", { allow: ["Bash(find:*)"] }), "ask"],
  [
    "find -delete with an exact rule",
    () => bash("find src -name x -delete", { allow: ["Bash(find src -name x -delete)"] }),
    "allow",
  ],
  ["built-in read-only set", () => bash("ls && cat a.txt && grep x a.txt"), "allow"],
  ["the read-only set needs no prompt in dontAsk", () => bash("ls", { mode: "dontAsk" }), "allow"],
  ["unquoted glob on a command with write flags", () => bash("sort *"), "ask"],
  ["cd + git", () => bash("cd src && git status"), "ask"],
  ["UNC path", () => bash("cat //server/share/x"), "ask"],
  ["unparsable", () => bash('echo "x'), "ask"],
  ["more than 10,000 characters", () => bash(`echo ${"a".repeat(10_001)}`), "ask"],
  ["a redirect target is an Edit", () => bash("echo x > a.txt", { allow: ["Edit(a.txt)"] }), "allow"],
  ["a redirect without an Edit rule", () => bash("echo x > a.txt", { allow: ["Bash(echo:*)"] }), "ask"],
  ["a redirect into a denied file", () => bash("echo x > a.txt", { deny: ["Edit(a.txt)"] }), "deny"],
  ["/dev/null is free", () => bash("ls > /dev/null 2>&1"), "allow"],
  ["PowerShell: same shape", () => bash("Remove-Item a", { shell: "powershell", deny: ["PowerShell(Remove-Item *)"] }), "deny"],
  [
    "PowerShell: aliases are canonical",
    () => bash("gci src", { shell: "powershell", deny: ["PowerShell(Get-ChildItem *)"] }),
    "deny",
  ],
  [
    "PowerShell: case-insensitive",
    () => bash("REMOVE-ITEM a", { shell: "powershell", deny: ["PowerShell(remove-item *)"] }),
    "deny",
  ],
  ["//abs from the file-system root", () => read("/opt/x/a", { allow: ["Read(//opt/x/**)"] }), "allow"],
  ["~/home", () => read("/home/u/notes/a", { allow: ["Read(~/notes/**)"] }), "allow"],
  ["/path relative to the project", () => edit("src/a.ts", { allow: ["Edit(/src/**)"] }), "allow"],
  ["/path of user settings is relative to ~/.claude", () => edit("src/a.ts", user({ allow: ["Edit(/src/**)"] })), "ask"],
  ["path relative to cwd", () => edit("src/a.ts", { allow: ["Edit(src/**)"] }), "allow"],
  ["./path relative to cwd", () => edit("src/a.ts", { allow: ["Edit(./src/**)"] }), "allow"],
  [
    "Edit covers all editing tools",
    () => call("Write", [{ kind: "write", path: "src/a.ts" }], { allow: ["Edit(src/**)"] }),
    "allow",
  ],
  ["Read covers Grep", () => call("Grep", [{ kind: "read", path: "secret" }], { deny: ["Read(secret)"] }), "deny"],
  ["Read covers Glob by name", () => call("Glob", [{ kind: "read", path: "src" }], { deny: ["Read"] }), "deny"],
  [
    "Write(path) is never consulted",
    () => call("Write", [{ kind: "write", path: "src/a.ts" }], { allow: ["Write(src/**)"] }),
    "ask",
  ],
  ["a Read deny also blocks Edit", () => edit("secret/a", { deny: ["Read(./secret/**)"], allow: ["Edit(**)"] }), "deny"],
  ["bare filename = any depth", () => read("a/b/x.txt", { deny: ["Read(x.txt)"] }), "deny"],
  ["src/** allows only below cwd/src", () => edit("lib/src/a.ts", { allow: ["Edit(src/**)"] }), "ask"],
  ["src/** denies at any depth", () => edit("lib/src/a.ts", { allow: ["Edit(**)"], deny: ["Edit(src/**)"] }), "deny"],
  [
    "Windows paths become /c/…",
    () => read("C:\\Users\\u\\x", { platform: "win32", allow: ["Read(//c/Users/**)"], cwd: "C:\\proj", roots: ["C:\\proj"] }),
    "allow",
  ],
  ["a link: deny needs either", () => read("link.txt", { ...link, deny: ["Read(./secret/**)"] }), "deny"],
  ["a link: allow needs both", () => edit("link.txt", { ...link, allow: ["Edit(link.txt)"] }), "ask"],
  ["a link: both allowed", () => edit("link.txt", { ...link, allow: ["Edit(link.txt)", "Edit(**)"] }), "allow"],
  ["file commands in Bash are covered", () => bash("head -1 secret/a", { deny: ["Read(./secret/**)"] }), "deny"],
  ["WebFetch(domain:host)", () => fetchUrl("https://example.com/a", { allow: ["WebFetch(domain:example.com)"] }), "allow"],
  [
    "*.example.com = subdomains",
    () => fetchUrl("https://a.example.com/", { allow: ["WebFetch(domain:*.example.com)"] }),
    "allow",
  ],
  [
    "*.example.com is not the domain itself",
    () => fetchUrl("https://example.com/", { allow: ["WebFetch(domain:*.example.com)"] }),
    "ask",
  ],
  [
    "a `*` elsewhere does not cross a dot",
    () => fetchUrl("https://a.b.example.com/", { allow: ["WebFetch(domain:a*.example.com)"] }),
    "ask",
  ],
  [
    "a longer host is another host",
    () => fetchUrl("https://example.com.evil.org/", { allow: ["WebFetch(domain:example.com)"] }),
    "ask",
  ],
  [
    "WebSearch takes no specifier",
    () => call("WebSearch", [{ kind: "fetch", url: "https://search.example.com/" }], { allow: ["WebSearch(x)"] }),
    "ask",
  ],
  [
    "WebSearch bare",
    () => call("WebSearch", [{ kind: "fetch", url: "https://search.example.com/" }], { allow: ["WebSearch"] }),
    "allow",
  ],
  ["mcp__server", () => mcp("github", "get", { allow: ["mcp__github"] }), "allow"],
  ["mcp__server is not a prefix of names", () => mcp("github2", "get", { allow: ["mcp__github"] }), "ask"],
  ["mcp__server__*", () => mcp("github", "get", { allow: ["mcp__github__*"] }), "allow"],
  ["mcp__server__tool", () => mcp("github", "put", { allow: ["mcp__github__get"] }), "ask"],
  [
    "Agent(Name)",
    () => call("Agent", [{ kind: "none" }], { deny: ["Agent(Explore)"], input: { subagent_type: "Explore" } }),
    "deny",
  ],
  [
    "old alias Task(Name)",
    () => call("Agent", [{ kind: "none" }], { deny: ["Task(Explore)"], input: { subagent_type: "Explore" } }),
    "deny",
  ],
  ["Skill(name)", () => call("Skill", [{ kind: "none" }], { deny: ["Skill(deploy)"], input: { skill: "deploy" } }), "deny"],
  [
    "Skill(name *)",
    () => call("Skill", [{ kind: "none" }], { deny: ["Skill(deploy *)"], input: { skill: "deploy prod" } }),
    "deny",
  ],
  ["Cd(pattern)", () => bash("cd lib && ls", { deny: ["Cd(./lib)"] }), "deny"],
  ["default asks for edits", () => edit("src/a.ts"), "ask"],
  ["acceptEdits: edits inside", () => edit("src/a.ts", { mode: "acceptEdits" }), "allow"],
  [
    "acceptEdits: mkdir touch rm rmdir mv cp sed",
    () =>
      bash("mkdir -p a && touch a/b && cp a/b a/c && mv a/c a/d && rm a/d && sed -i s/a/b/ a/b && rmdir x", {
        mode: "acceptEdits",
      }),
    "allow",
  ],
  ["acceptEdits: not outside", () => bash("touch ../x", { mode: "acceptEdits" }), "ask"],
  ["acceptEdits: other commands ask", () => bash("npm test", { mode: "acceptEdits" }), "ask"],
  ["plan reads", () => bash("git log", { mode: "plan" }), "allow"],
  ["plan does not edit", () => edit("src/a.ts", { mode: "plan", allow: ["Edit(**)"] }), "deny"],
  ["plan does not run", () => bash("npm test", { mode: "plan", allow: ["Bash(npm test)"] }), "deny"],
  ["auto asks where the classifier may answer", () => bash("npm test", { mode: "auto" }), "ask"],
  ["dontAsk denies unless approved", () => bash("npm test", { mode: "dontAsk" }), "deny"],
  ["dontAsk runs what is approved", () => bash("npm test", { mode: "dontAsk", allow: ["Bash(npm test)"] }), "allow"],
  ["bypass runs", () => bash("npm test", { mode: "bypassPermissions" }), "allow"],
  ["deny holds in bypass", () => bash("npm test", { mode: "bypassPermissions", deny: ["Bash(npm:*)"] }), "deny"],
  ["ask prompts even in bypass", () => bash("npm test", { mode: "bypassPermissions", ask: ["Bash(npm:*)"] }), "ask"],
  ["protected paths are not auto-approved", () => edit(".git/config", { mode: "acceptEdits", allow: ["Edit(**)"] }), "ask"],
  ["protected paths pass in bypass", () => edit(".vscode/settings.json", { mode: "bypassPermissions" }), "allow"],
  ["allow rules of the project cannot lift them", () => edit(".npmrc", { allow: ["Edit(.npmrc)"], scope: "project" }), "ask"],
  [".claude/worktrees is not protected", () => edit(".claude/worktrees/x/src/a.ts", { allow: ["Edit(**)"] }), "allow"],
  ["critical rm asks even in bypass", () => bash('rm -rf "$DIR"/*', { mode: "bypassPermissions" }), "ask"],
  ["rm of the root is refused even in bypass", () => bash("rm -rf /", { mode: "bypassPermissions" }), "deny"],
];

test.each(rows)("%s", (_sentence, decision, verdict) => {
  const { verdict: got, reason } = decision();
  expect(`${got}`, reason).toBe(verdict);
});

test("every skipped rule is a warning with its place", () => {
  const bad = [
    "Bash(",
    "mcp__*",
    "Bash()",
    "WebSearch(x)",
    "WebFetch(example.com)",
    "mcp__a__b(x)",
    "Read(!x)",
    "9",
    "Bash(rm\u200b x)",
  ];
  const { allow, warnings } = compileRules(contextOf({ allow: [...bad, "Bash(ls)"] }).rules);
  expect(allow.map((rule) => rule.source.text)).toEqual(["Bash(ls)"]);
  expect(warnings).toHaveLength(bad.length);
  expect(warnings.every((warning) => warning.file === "settings.json" && warning.message.includes("skipped"))).toBe(true);
});
