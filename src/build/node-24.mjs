import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
export const HOST_DIR = join(ROOT, ".host");
export const NODE_PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** The Node of the editor host in `dir`, a package of the registry: no download script, headers included. */
export const hostNode = (dir) =>
  process.platform === "win32"
    ? join(dir, "node_modules", NODE_PACKAGE, "bin", "node.exe")
    : join(dir, "node_modules", NODE_PACKAGE, "bin", "node");

/** Path of a Node ≥ 24: this process if it is new enough, else the one `install.mjs` put into `.host`. */
export function node24() {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const node = hostNode(HOST_DIR);
  if (!existsSync(node))
    throw new Error(`Node 24 is not installed yet: run \`node src/build/install.mjs\` (this is Node ${process.versions.node})`);
  return node;
}

/** An environment in which `node` is Node ≥ 24 and the tools of node_modules are on PATH. */
export const environment24 = (extra = {}) => ({
  ...process.env,
  PATH: [dirname(node24()), join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  ...extra,
});
