import type { BrokerOptions } from "../processes/broker/messages";
import { serveBroker } from "../processes/broker/serve";

/** Ctrl-C in a terminal reaches the whole foreground group; when to end is decided by our pipe alone. */
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("SIGTERM", () => process.stdin.destroy());

serveBroker(process.stdin, process.stdout, JSON.parse(process.argv[2] ?? "{}") as BrokerOptions, (code) => process.exit(code));
