import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentEvent } from "../../../src/shared/protocol/agent";

export const notice = (message: string): AgentEvent => ({ type: "notice", level: "info", message });

/** A folder of its own for a test file; `path()` names a new one in it. */
export function temporaryFolder(parent = tmpdir()): { root: string; path(): string; remove(): void } {
  const root = mkdtempSync(join(parent, "stride-sessions-"));
  let count = 0;
  return {
    root,
    path: () => join(root, `s${++count}`),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
