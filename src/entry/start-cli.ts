import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startEngine } from "./start-engine";

const dist = dirname(fileURLToPath(import.meta.url));
const { exports: engine, keep } = startEngine(dist);
let worked = false;
// Who only asks for the version has compiled nothing that is worth keeping.
process.on("exit", () => {
  if (worked) keep();
});
process.exitCode = await engine.runCli(process.argv.slice(2), dist, () => (worked = true));
