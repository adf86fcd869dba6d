import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import { startEngine } from "./start-engine";

/** By then a first turn has shown what is used; it takes the thread some milliseconds. */
const KEEP_AFTER_MS = 60_000;

if (!parentPort) throw new Error("worker.js runs as a worker thread of the extension host.");
const { exports: engine, keep } = startEngine(dirname(fileURLToPath(import.meta.url)));
engine.serveWorker(parentPort);
setTimeout(keep, KEEP_AFTER_MS).unref();
