/** All that runs outside the editor's own thread, as one file: its compiled code is kept as one piece (kept-code.ts). */
export { runCli } from "./cli";
export { serveWorker } from "./worker";
