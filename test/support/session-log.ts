import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AgentEvent, Recorded } from "../../src/shared/protocol/agent";
import { decodeRecord, unframe } from "../../src/agent/sessions/record";

/** Where the logs of all sessions below a STRIDE_HOME lie, the one written last first. */
export function logFiles(home: string): string[] {
  const files = globSync("sessions/**/events.jsonl", { cwd: home }).map((file) => join(home, file));
  return files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}

/** Every whole record of a log; a line that is damaged or cut off is left out, as a reader after a crash does. */
export function recordsIn(file: string): Recorded[] {
  return readFileSync(file)
    .toString("latin1")
    .split("\n")
    .flatMap((text) => {
      const line = Buffer.from(text, "latin1");
      const framed = unframe(line);
      return (framed && decodeRecord("", line.subarray(framed.start, framed.end))) ?? [];
    });
}

/** The events of the session that was written last. */
export function lastSession(home: string): AgentEvent[] {
  const [file] = logFiles(home);
  return file ? recordsIn(file).map(({ event }) => event) : [];
}

export const ofType = <T extends AgentEvent["type"]>(
  events: readonly AgentEvent[],
  type: T,
): Extract<AgentEvent, { type: T }>[] => events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
