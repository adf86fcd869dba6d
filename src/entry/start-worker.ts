import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import { startEngine } from "./start-engine";

/** It takes the thread some milliseconds: not while the end of the turn is still being told. */
const KEEP_AFTER_MS = 2_000;

if (!parentPort) throw new Error("worker.js runs as a worker thread of the extension host.");
const { exports: engine, keep } = startEngine(dirname(fileURLToPath(import.meta.url)));
let keeping: NodeJS.Timeout | undefined;
engine.serveWorker(parentPort, () => (keeping ??= setTimeout(keep, KEEP_AFTER_MS).unref()));
