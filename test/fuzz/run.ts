import { compareLines } from "./shell-words";
import { runAllowed, tracingProblem } from "./traced-run";

/** `npm run fuzz -- [seconds] [seed]`: our word decoder against bash, and auto-allowed lines for real, until the time is up. */
const seconds = Number(process.argv[2] ?? 20);
let seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const end = Date.now() + seconds * 1000;
const totals = { lines: 0, sure: 0, ran: 0 };
const untraced = tracingProblem();
if (untraced !== undefined) console.log(JSON.stringify({ skipped: untraced }));
while (Date.now() < end && process.exitCode === undefined) {
  const batch = compareLines(++seed, 500);
  totals.lines += 500;
  totals.sure += batch.sure;
  const traced = untraced === undefined ? runAllowed(seed, 60) : { escapes: [], ran: 0 };
  totals.ran += traced.ran;
  for (const finding of [...batch.differences, ...traced.escapes]) {
    console.log(JSON.stringify({ seed, ...finding }));
    process.exitCode = 1;
  }
}
console.log(JSON.stringify({ ...totals, seed }));
