import type { MessagePort } from "node:worker_threads";
import { Engine } from "../agent/engine";
import { engineApi } from "../agent/engine-api";
import { diskProbe } from "../headless/path-probe";
import type { HostApi } from "../shared/protocol/host";
import type { PanelEvent } from "../shared/protocol/view";
import { connect } from "../shared/rpc";

/** The engine on its own thread: calls in, events out in batches, so that a fast stream is a few messages. */
export function serveWorker(port: MessagePort, onTurnEnded: () => void): void {
  const batches = new Map<string, PanelEvent[]>();
  let sending: NodeJS.Immediate | undefined;

  const engine = new Engine({
    host: new Proxy({} as HostApi, { get: (_, method) => rpc.remote[method as keyof HostApi] }),
    attended: true,
    probe: diskProbe(),
    shell: process.platform === "win32" ? "powershell" : "bash",
    editor: "VS Code",
    environment: process.env,
    roots: [],
    onWarnings: (warnings) => rpc.emit("warnings", warnings),
    onEvent(session, event) {
      const batch = batches.get(session);
      if (batch) batch.push(event);
      else batches.set(session, [event]);
      sending ??= setImmediate(flush);
      if (event.event.type === "turn_ended") onTurnEnded();
    },
  });

  // An answer never overtakes the events before it: else the panel would see them twice.
  const postInOrder = (message: unknown): void => {
    if (sending) flush();
    port.postMessage(message);
  };
  const rpc = connect<HostApi>(
    { post: postInOrder, onMessage: (listener) => void port.on("message", listener) },
    engineApi(engine),
  );

  function flush(): void {
    clearImmediate(sending);
    sending = undefined;
    rpc.emit(
      "events",
      [...batches].map(([session, events]) => ({ session, events })),
    );
    batches.clear();
  }
}
