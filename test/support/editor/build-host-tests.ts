import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../../src/build/node-24.mjs";

/** Bundles the entry and every suite of test/host for the extension host; returns the entry's path. */
export async function buildHostTests(): Promise<string> {
  const outdir = join(ROOT, "out", "host-tests");
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["test/host/main.ts", ...globSync("test/host/suite/**/*.test.ts", { cwd: ROOT })],
    outdir,
    outbase: "test/host",
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    // What a source file asks of itself as a module is answered by the bundle's own place.
    define: { "import.meta.url": "__bundleUrl" },
    banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
  });
  return join(outdir, "main.cjs");
}
