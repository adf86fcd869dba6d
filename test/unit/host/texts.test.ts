import { expect, test } from "vitest";
import { keyProblem, createSecrets } from "../../../src/host/api/secrets";
import { withoutSecrets } from "../../../src/host/child-environment";
import { plainLine, plainText } from "../../../src/host/plain-text";
import { codePrompt, mention } from "../../../src/host/prompts";
import { rankPaths } from "../../../src/host/rank-paths";
import { redactSecrets as redact } from "../../../src/shared/redact";
import { promptOf } from "../../../src/host/uri-prompt";

const sequences: [string, string][] = [
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]52;c;aGk=\u001b\\text", "text"],
  ["\u001b]8;;https://x\u0007link\u001b]8;;\u0007", "link"],
  ["\u001b]1337;File=:AAAA\u0007x", "x"],
  ["\u001b]52;c;never closed", ""],
  ["\u009d52;c;x\u009ctext", "text"],
  ["\u009b2Jtext", "text"],
  ["\u001bPq#0\u001b\\text", "text"],
  ["\u001bctext", "text"],
  ["\u001b(Btext", "text"],
  ["\u001b[?1049htext", "text"],
  ["\u001b[38;2;1;2;3mtext", "text"],
  ["a\u0008\u0008b\u0000", "ab"],
  ["tab\tline\r\nend", "tab\tline\r\nend"],
  ["\u001b[", ""],
  ["日本 é 🎈", "日本 é 🎈"],
];
test.each(sequences)("%j becomes %j", (given, expected) => expect(plainText(given)).toBe(expected));
test("a line shows no hidden letters and one blank for many", () => expect(plainLine("a\u202eb\n\n c\u200b")).toBe("ab c"));
test("a long line is cut", () => expect(plainLine("x".repeat(300), 10)).toBe(`${"x".repeat(9)}…`));

const secrets = [
  "sk-ant-api03-abcdefghijklmnop",
  "ghp_abcdefghijklmnopqrstuv",
  "AKIAABCDEFGHIJKLMNOP",
  "api_key=hunter2hunter2",
  "Authorization: Bearer abcdef123456",
  "https://u:pa55word@host/x",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
];
test.each(secrets)("the log hides %s", (secret) => {
  const logged = redact(`before ${secret} after`);
  expect(logged).toMatch(/^before .*\[removed\].* after$/);
  expect(logged).not.toMatch(/abcdef123|hunter2|pa55word|KIAABC|hbGciOi/);
});
test("a known value is hidden whatever it looks like", () =>
  expect(redact("x plain-word y", ["plain-word"])).toBe("x [removed] y"));
test("ordinary text stays", () => expect(redact("token count 300, file src/key.ts")).toBe("token count 300, file src/key.ts"));

test("the engine's environment has no keys", () => {
  const given = {
    PATH: "/bin",
    HOME: "/h",
    ANTHROPIC_API_KEY: "1",
    GITHUB_TOKEN: "2",
    AWS_SECRET_ACCESS_KEY: "3",
    DB_PASSWORD: "4",
    MY_SECRET: "5",
    NPM_AUTH: "6",
    KEYBOARD: "us",
    SSH_AUTH_SOCK: "/s",
    MONKEY: "b",
  };
  expect(Object.keys(withoutSecrets(given))).toEqual(["PATH", "HOME", "KEYBOARD", "MONKEY"]);
});

const links: [path: string, query: string, expected: string | undefined][] = [
  ["/prompt", "text=hello%20there", "hello there"],
  ["/prompt", "text=a%1b%5B31mb", "ab"],
  ["/prompt", "text=%E2%80%AEx", "x"],
  ["/prompt", "text=", undefined],
  ["/prompt", "", undefined],
  ["/prompt", "text=a&send=true", undefined],
  ["/prompt", "text=a&text=b", undefined],
  ["/prompt", `text=${"x".repeat(20_001)}`, undefined],
  ["/run", "text=a", undefined],
  ["/prompt/../settings", "text=a", undefined],
  ["", "text=a", undefined],
  ["/mcp/install", "text=a&command=x", undefined],
];
test.each(links)("link %s?%.40s gives %j", (path, query, expected) => expect(promptOf(path, query)).toBe(expected));

test("a place is written as people write it", () => {
  expect(mention({ path: "src/a.ts", firstLine: 3, lastLine: 9 })).toBe("@src/a.ts#L3-L9");
  expect(mention({ path: "src/a.ts", firstLine: 3, lastLine: 3 })).toBe("@src/a.ts#L3");
  expect(mention({ path: "my file.ts", firstLine: 1, lastLine: 1 })).toBe('@"my file.ts"#L1');
});

test("a code action's prompt has place, problems and code, and the code cannot leave its fence", () => {
  const prompt = codePrompt("fix", { path: "a.md", firstLine: 1, lastLine: 2 }, "```\ntext", "markdown", ["is wrong"]);
  expect(prompt).toBe("Fix this problem in @a.md#L1-L2:\n\n- is wrong\n\n````markdown\n```\ntext\n````");
});

const paths = [
  "src/host/host.ts",
  "src/host/api/host-api.ts",
  "src/shared/protocol/host.ts",
  "README.md",
  "webview-ui/host-link.ts",
];
test.each([
  ["host.ts", "src/host/host.ts"],
  ["hostapi", "src/host/api/host-api.ts"],
  ["protocol/h", "src/shared/protocol/host.ts"],
  ["rdme", "README.md"],
])("%s finds %s first", (query, first) => expect(rankPaths(query, paths, 3)[0]).toBe(first));
test("what does not fit is not found", () => expect(rankPaths("zzz", paths, 3)).toEqual([]));

test.each([
  ["sk-ant-api03-abcdefghijklmnop", undefined],
  ["  sk-ant-api03-abcdefghijklmnop\n", undefined],
  ["", /Paste/],
  ["sk-ant- oops abcdefghijklmnop", /blanks/],
  ["short", /5 characters/],
  ["schlüssel-schlüssel-schlüssel", /plain/],
])("key %j", (value, expected) =>
  expected ? expect(keyProblem(value)).toMatch(expected) : expect(keyProblem(value)).toBeUndefined(),
);

test("the stored key wins over the environment, and only keys of providers are given out", async () => {
  const stored = new Map<string, string>();
  const storage = {
    get: async (key: string) => stored.get(key),
    store: async (key: string, value: string) => void stored.set(key, value),
    delete: async (key: string) => void stored.delete(key),
  };
  const hidden: string[] = [];
  const held = createSecrets(storage as never, { ANTHROPIC_API_KEY: "from-env", HOME: "/h", PATH: "/bin" }, (value) =>
    hidden.push(value),
  );
  expect(await held.get("ANTHROPIC_API_KEY")).toBe("from-env");
  await held.set("ANTHROPIC_API_KEY", "stored");
  expect(await held.get("ANTHROPIC_API_KEY")).toBe("stored");
  await held.clear("ANTHROPIC_API_KEY");
  expect(await held.get("ANTHROPIC_API_KEY")).toBe("from-env");
  expect([await held.get("HOME"), await held.get("PATH"), await held.get("OTHER_API_KEY")]).toEqual([null, null, null]);
  expect(hidden).toContain("from-env");
});
