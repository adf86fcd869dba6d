import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startEngine } from "./start-engine";

const dist = dirname(fileURLToPath(import.meta.url));
const { exports: engine, keep } = startEngine(dist);
process.on("exit", keep);
process.exitCode = await engine.runCli(process.argv.slice(2), dist);
