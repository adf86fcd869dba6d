#!/usr/bin/env node
// node src/build/run-ts.mjs FILE.ts [args…]: bundles a TypeScript program of this repository and runs it.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./node-24.mjs";

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error("Which program? node src/build/run-ts.mjs FILE.ts [args…]");
  process.exit(2);
}
// Inside the tree, so that packages are found from there.
const outfile = join(ROOT, "out", "programs", `${basename(file, ".ts")}.mjs`);
mkdirSync(join(ROOT, "out", "programs"), { recursive: true });
await build({
  entryPoints: [join(ROOT, file)],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  packages: "external",
  logLevel: "error",
});
process.argv = [process.argv[0] ?? "node", outfile, ...args];
await import(pathToFileURL(outfile).href);
