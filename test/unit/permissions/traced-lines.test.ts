import { expect, test } from "vitest";
import { runAllowed, runLines, tracingProblem } from "../../fuzz/traced-run";

const problem = tracingProblem();
if (problem !== undefined) console.warn(`SKIPPED: ${problem}`);

test.skipIf(problem !== undefined)(
  "lines that run unasked start, connect and write nothing, and read only the workspace",
  { timeout: 60_000 },
  () => {
    const { escapes, ran } = runAllowed(20_261_121, 60);
    expect(escapes).toEqual([]);
    expect(ran).toBe(60);
  },
);

test.skipIf(problem !== undefined)("the trace shows what a line does beyond reading", { timeout: 60_000 }, () => {
  const lines = [
    "touch x",
    "echo x > out",
    "cat link",
    "sh -c ls",
    "ls > /dev/null",
    "sort -o b.txt a.txt",
    "rm a.txt",
    "cat < /dev/tcp/127.0.0.1/9",
  ];
  const found = runLines(lines);
  expect(found.map(({ line }) => line)).toEqual(lines.filter((line) => line !== "ls > /dev/null"));
});
