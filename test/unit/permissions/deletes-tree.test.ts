import { expect, test } from "vitest";
import { deletesTree } from "../../../src/agent/permissions/deletes-tree";
import { bash } from "./support";

const deletes: [line: string, expected: boolean][] = [
  ["rm -rf src", true],
  ["rm -fR src", true],
  ["/bin/rm --recursive src", true],
  ["rm -f a.txt", false],
  ["rm report-r", false],
  ["git clean -fdx", true],
  ["git clean -n", false],
  ["find . -name *.log -delete", true],
  ["find . -exec rm {} ;", true],
  ["find . -name rm", false],
  ["Remove-Item src -Recurse", true],
  ["rd /s src", true],
  ["rmdir src", false],
];
for (const [line, expected] of deletes) test(`${line}: ${expected}`, () => expect(deletesTree(line.split(" "))).toBe(expected));

for (const [line, risk] of [
  ["rm -rf src", "high"],
  ['rm -rf "$WHERE/src"', "high"],
  ["rm a.txt", "medium"],
] as const)
  test(`${line} asks with ${risk} risk`, () => expect(bash(line)).toMatchObject({ verdict: "ask", risk }));
