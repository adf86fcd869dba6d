import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cli } from "./loop-cli";

/** pi as npm installs it, told to speak to a scripted server. */
export const piCli = (folder: string, mode: "json" | "text"): Cli => ({
  start(url, home) {
    const settings = join(home, ".pi", "agent");
    mkdirSync(settings, { recursive: true });
    const scripted = { baseUrl: url, api: "anthropic-messages", apiKey: "k", models: [{ id: "m", contextWindow: 1_000_000 }] };
    writeFileSync(join(settings, "models.json"), JSON.stringify({ providers: { scripted } }));
    return {
      args: [
        join(folder, "node_modules/@mariozechner/pi-coding-agent/dist/cli.js"),
        "-p",
        ...["--mode", mode, "--provider", "scripted", "--model", "m"],
        "go",
      ],
      env: { PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1", PI_TELEMETRY: "0" },
    };
  },
});
