import { expect, test } from "vitest";
import { bash } from "./support";

const fill = (piece: string, end = ""): string => piece.repeat(Math.floor((9_900 - end.length) / piece.length)) + end;
const hostile: [string, string][] = [
  ["pipes", fill("cat a | ", "cat")],
  ["launchers", `sudo ${fill("a ")}`],
  ["one launcher after the other", fill("eval ", "x")],
  ["tests of find", `find ${fill("-exec a ")}`],
  ["scripts in scripts", `sh -c '${fill("sh -c x; ")}'`],
  ["volumes", `docker run ${fill("-v a:b ")}`],
  ["redirects", `ls ${fill("> a ")}`],
  ["folders", fill("cd x || ", "ls")],
  ["here-documents", `cat ${fill("<<A ")}\n${"A\n".repeat(2000)}`],
  ["braces", `ls ${fill("{a,b} ")}`],
];

test.each(hostile)("%s: bounded work, never allowed, refused where something is forbidden", (_, line) => {
  const before = process.cpuUsage();
  expect(bash(line).verdict).not.toBe("allow");
  const { user } = process.cpuUsage(before);
  expect(user / 1000).toBeLessThan(1_000);
  expect(bash(line, { deny: ["Bash(zzz:*)"] }).verdict).not.toBe("allow");
});

test("what is forbidden stays forbidden behind any amount of noise", () => {
  for (const noise of ["true; ", "cat a | ", "eval x; ", "cd x || "])
    expect(bash(fill(noise, "curl x"), { deny: ["Bash(curl:*)"] }).verdict).toBe("deny");
});

test("the same line gets the same answer each time", () => {
  const line = fill("cat a | ", "cat");
  expect(new Set([1, 2, 3].map(() => bash(line).reason)).size).toBe(1);
});
