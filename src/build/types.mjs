#!/usr/bin/env node
import { existsSync } from "node:fs";
import { join } from "node:path";
import { environment24, ROOT } from "./node-24.mjs";
import { run } from "./run.mjs";

// One per layer that lives under other rules than the rest: `shared` has no node and no DOM, the panel has a DOM and no node.
const PROJECTS = ["tsconfig.json", "src/shared/tsconfig.json", "webview-ui/tsconfig.json"];

const compiler = join(ROOT, "node_modules", "@typescript", "native", "bin", "tsc");
const check = async (project) => ({
  project,
  ...(await run(["node", compiler, "-p", project, "--pretty", "false"], { cwd: ROOT, env: environment24() })),
});

const results = await Promise.all(PROJECTS.filter((project) => existsSync(join(ROOT, project))).map(check));
for (const { project, code, output } of results) if (code !== 0) console.log(`${project}:\n${output}`);
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
