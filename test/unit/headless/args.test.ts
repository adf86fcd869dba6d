import { expect, test } from "vitest";
import { parseCliArgs, splitRules } from "../../../src/headless/args";

const parse = (...argv: string[]) => {
  const parsed = parseCliArgs(argv);
  if (!parsed.ok) return parsed.message;
  return "show" in parsed ? parsed.show : parsed.args;
};

test("a prompt and the options scripts use", () => {
  expect(
    parse(
      "-p",
      "fix it",
      "--output-format",
      "json",
      "--max-turns",
      "3",
      "--model=opus",
      "--allowedTools",
      "Read",
      "Bash(git log *)",
      "--verbose",
    ),
  ).toMatchObject({
    prompt: "fix it",
    print: true,
    outputFormat: "json",
    maxTurns: 3,
    model: "opus",
    allowedTools: ["Read", "Bash(git log *)"],
    verbose: true,
  });
});

test("rules are split on commas and spaces, but not inside parentheses", () => {
  expect(splitRules(["Bash(git log *),Edit Read(src/**)"])).toEqual(["Bash(git log *)", "Edit", "Read(src/**)"]);
  expect(splitRules(["Bash(echo $(date))"])).toEqual(["Bash(echo $(date))"]);
});

test("manual is the default mode's other name", () =>
  expect(parse("--permission-mode", "manual")).toMatchObject({ permissionMode: "default" }));
test("what follows -- is the prompt", () => expect(parse("--", "--help")).toMatchObject({ prompt: "--help" }));
test("help and version", () => expect([parse("-h"), parse("--version")]).toEqual(["help", "version"]));

for (const [argv, message] of [
  [["--nonsense"], /Unknown option --nonsense/],
  [["--max-turns", "none"], /positive number/],
  [["--output-format", "xml"], /text, json, stream-json/],
  [["--model"], /needs a value/],
  [["a", "b"], /in quotes/],
  [["--resume", "x", "--continue"], /exclude each other/],
  [["--fork-session"], /needs --resume/],
  [["--input-format", "stream-json"], /needs --output-format stream-json/],
] as const) {
  test(`wrong usage: ${argv.join(" ")}`, () => expect(parse(...argv)).toMatch(message));
}
