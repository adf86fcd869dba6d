import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** `npm run fuzz -- [seconds] [seed]`. */
const folder = mkdtempSync(join(tmpdir(), "stride-fuzz-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, "run.mjs");
await build({
  entryPoints: [new URL("run.ts", import.meta.url).pathname],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile,
  logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
