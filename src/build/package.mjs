#!/usr/bin/env node
// node src/build/package.mjs [--out FILE]   bundles for production and packs the extension
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createVSIX, listFiles, PackageManager } from "@vscode/vsce";
import { bundle } from "./bundle.mjs";
import { ROOT } from "./node-24.mjs";

const LIMIT_MB = 4;
const MAY_SHIP = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE|media\/.+|dist\/.+(?<!\.map))$/;
const MUST_SHIP = [
  "dist/extension.cjs",
  "dist/host.cjs",
  "dist/engine.cjs",
  "dist/worker.js",
  "dist/cli.js",
  "dist/broker.js",
  "dist/webview/main.js",
  "media/icon.svg",
];

export const VSIX = join(ROOT, "out", "stride.vsix");

/** Builds everything and packs it; resolves with the sentences about what is wrong with the package. */
export async function makePackage(vsix = VSIX) {
  const problems = await bundle();
  if (problems.length > 0) return problems;
  const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
  mkdirSync(dirname(vsix), { recursive: true });
  await createVSIX({ cwd: ROOT, packagePath: vsix, dependencies: false });
  const size = statSync(vsix).size / 1024 / 1024;
  console.log(`${vsix}: ${size.toFixed(2)} MB, ${files.length} files`);
  const foreign = files.filter((file) => !MAY_SHIP.test(file));
  if (foreign.length > 0) problems.push(`does not belong into the package: ${foreign.join(", ")}`);
  const lost = MUST_SHIP.filter((file) => !files.includes(file) || !existsSync(join(ROOT, file)));
  if (lost.length > 0) problems.push(`missing from the package: ${lost.join(", ")}`);
  if (size > LIMIT_MB) problems.push(`the package has ${size.toFixed(2)} MB, more than ${LIMIT_MB}`);
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  const problems = await makePackage(values.out ? resolve(values.out) : VSIX);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
