import { writeSync } from "node:fs";
import { createSessionStore } from "../../../src/agent/sessions/store";

/** Appends to a session until it is killed; prints each number that was acknowledged. */
const [stateDir, id] = process.argv.slice(2) as [string, string];
const session = await createSessionStore({ stateDir, version: "1" }).open(id);
writeSync(1, session.readOnly ? `held ${session.heldBy?.pid}\n` : "open\n");
while (!session.readOnly) {
  for (let n = 0; n < 3; n++) {
    const seq = session.log.lastSeq + 1;
    session.log.append({ type: "notice", level: "info", message: `message ${seq} ${"x".repeat((seq * 37) % 3000)}` });
  }
  await session.log.flush();
  writeSync(1, `${session.log.durableSeq}\n`);
}
await session.close();
