import { compareLines } from "./shell-words";

/** `npm run fuzz -- [seconds] [seed]`: our word decoder against bash, until the time is up. */
const seconds = Number(process.argv[2] ?? 20);
let seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const end = Date.now() + seconds * 1000;
let lines = 0;
let sure = 0;
while (Date.now() < end) {
  const batch = compareLines(++seed, 500);
  lines += 500;
  sure += batch.sure;
  if (batch.differences.length > 0) {
    for (const difference of batch.differences) console.log(JSON.stringify({ seed, ...difference }));
    process.exitCode = 1;
    break;
  }
}
console.log(JSON.stringify({ lines, sure, seed }));
