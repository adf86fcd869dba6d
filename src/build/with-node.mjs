#!/usr/bin/env node
// node src/build/with-node.mjs COMMAND…   runs it with Node ≥ 24 and the tools of node_modules on PATH
import { environment24 } from "./node-24.mjs";
import { runAttached } from "./run.mjs";

process.exitCode = await runAttached(process.argv.slice(2), { env: environment24() });
