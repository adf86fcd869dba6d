import type { CommandOutcome } from "../../shared/ports/commands";

const okChars = 30_000;
const failureChars = 10_000;

/** What a command printed and how it ended, bounded, for the model. */
export function commandText(outcome: CommandOutcome, id: string): string {
  const output = outputOf(outcome);
  const parts = [output || "(no output)"];
  if (outcome.problem) parts.push(outcome.problem);
  if (outcome.state === "background")
    parts.push(`It runs on in the background as ${id}: look with BashOutput, stop with KillShell.`);
  else if (outcome.state === "killed")
    parts.push(`It was stopped${outcome.signal ? ` (${outcome.signal})` : ""} after ${seconds(outcome.ms)}.`);
  else if (outcome.state === "failed") parts.push("It could not be started.");
  else if (outcome.signal) parts.push(`It was ended by ${outcome.signal} after ${seconds(outcome.ms)}.`);
  else if (outcome.exitCode !== 0) parts.push(`Exit code ${outcome.exitCode}`);
  return parts.join("\n");
}

export function outputOf(outcome: CommandOutcome): string {
  const max = outcome.state === "exited" && outcome.exitCode !== 0 ? failureChars : okChars;
  const { head, tail, omittedBytes } = outcome;
  if (!omittedBytes && head.length + tail.length <= max) return (head + tail).trimEnd();
  const whole = omittedBytes ? null : head + tail;
  const start = (whole ?? head).slice(0, max * 0.4);
  const end = (whole ?? (tail || head.slice(start.length))).slice(-max * 0.6);
  const left = outcome.totalBytes - start.length - end.length;
  return `${start}\n… (about ${Math.max(left, omittedBytes)} bytes left out; the whole output is in ${outcome.outputPath}: Read it with offset, or Grep it) …\n${end}`.trimEnd();
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
