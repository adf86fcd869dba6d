import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fresh copy of the sample workspace at `target`, so that the sample itself stays as it is. */
export function copySample(target: string): string {
  cpSync(fileURLToPath(new URL("../sample-workspace", import.meta.url)), target, { recursive: true });
  return target;
}
