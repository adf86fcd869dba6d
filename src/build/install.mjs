#!/usr/bin/env node
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installEditorHost } from "./editor-host.mjs";
import { HOST_DIR, ROOT } from "./node-24.mjs";
import { must } from "./run.mjs";

/** Puts in place what the lock file names and, beside it in `.host`, Node 24 and a VS Code; does nothing when all is there. */
export async function install() {
  await installPackages();
  await installEditorHost(HOST_DIR);
}

async function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  const stamp = join(ROOT, "node_modules", ".stride-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // npm empties the folder first, and through a link that would be somebody else's.
  if (lstatSync(join(ROOT, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error("node_modules is a link to another checkout whose packages differ; remove the link and try again.");
  console.log("installing packages …");
  await must(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: ROOT });
  writeFileSync(stamp, lock);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await install();
