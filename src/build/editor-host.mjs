#!/usr/bin/env node
// node src/build/editor-host.mjs [folder] [code-server version] [node version]
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { HOST_DIR, NODE_PACKAGE } from "./node-24.mjs";
import { must } from "./run.mjs";

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Puts a VS Code (server, web workbench, node extension host) and the Node it runs on into `dir`, from the package
 * registry alone. No package's install script runs; two native modules are rebuilt with the headers of that Node.
 */
export async function installEditorHost(dir, { codeServer = "4.139.1", node = "24.21.0" } = {}) {
  const stamp = join(dir, ".ready");
  const wanted = `code-server ${codeServer} node ${node} ${NODE_PACKAGE}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`installing the editor for tests and npm start into ${dir} …`);
  mkdirSync(dir, { recursive: true });
  rmSync(stamp, { force: true });
  const packages = { "code-server": codeServer, [NODE_PACKAGE]: node };
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, dependencies: packages }, null, 2));
  rmSync(join(dir, "package-lock.json"), { force: true });
  await must(["npm", "install", ...QUIET], { cwd: dir });
  const vscode = join(dir, "node_modules", "code-server", "lib", "vscode");
  // `npm ci` refuses here: the shrinkwrap that code-server ships is out of step with its package.json.
  await must(["npm", "install", "--omit=dev", ...QUIET], { cwd: vscode });
  await must(["npm", "install", "--omit=dev", ...QUIET], { cwd: join(vscode, "extensions") });
  await placeRipgrep(dir, vscode);
  await rebuildNativeModules(dir, vscode);
  writeFileSync(stamp, wanted);
}

/** Older VS Code fetches ripgrep from GitHub in a postinstall; the newer ones' package has the same binary. */
async function placeRipgrep(dir, vscode) {
  const target = join(vscode, "node_modules", "@vscode", "ripgrep");
  if (!existsSync(target) || existsSync(join(target, "bin"))) return;
  await must(["npm", "install", "--no-save", ...QUIET, "@vscode/ripgrep-universal@1.18.0"], { cwd: dir });
  const from = join(dir, "node_modules", "@vscode", "ripgrep-universal", "bin", `${process.platform}-${process.arch}`);
  const name = process.platform === "win32" ? "rg.exe" : "rg";
  mkdirSync(join(target, "bin"));
  copyFileSync(join(from, name), join(target, "bin", name));
  chmodSync(join(target, "bin", name), 0o755);
}

/** Without spdlog every log file and output channel stays empty; node-pty comes without a Linux build in older versions. */
async function rebuildNativeModules(dir, vscode) {
  const nodeHome = join(dir, "node_modules", NODE_PACKAGE);
  const prebuilt = join(vscode, "node_modules", "node-pty", "prebuilds", `${process.platform}-${process.arch}`, "pty.node");
  const modules = existsSync(prebuilt) ? ["@vscode/spdlog"] : ["@vscode/spdlog", "node-pty"];
  const PATH = [join(nodeHome, "bin"), process.env.PATH].join(delimiter);
  // The house's .npmrc does not reach down here, but a user's own might forbid scripts: say it outright.
  const env = { ...process.env, PATH, npm_config_nodedir: nodeHome, npm_config_yes: "true", npm_config_ignore_scripts: "false" };
  await must(["npm", "rebuild", "--no-audit", "--no-fund", "--loglevel=error", ...modules], { cwd: vscode, env });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [dir = HOST_DIR, codeServer, node] = process.argv.slice(2);
  await installEditorHost(dir, { codeServer, node });
}
