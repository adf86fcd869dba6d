import { homedir } from "node:os";
import type { EngineApi } from "../shared/protocol/host";
import type { Engine } from "./engine";
import { explainCalls } from "./explain-calls";
import { sessionCalls } from "./session-calls";

/** Everything a host may call: the engine itself, its library of conversations, and its explanations. */
export function engineApi(engine: Engine): EngineApi & { ping(): Promise<true> } {
  const { options } = engine;
  const live = (session: string) => engine.sessionOf(session);
  return {
    ping: () => engine.ping(),
    start: (start) => engine.start(start),
    submit: (op) => engine.submit(op),
    openSession: (request) => engine.openSession(request),
    listSessions: (cwd) => engine.listSessions(cwd),
    readEvents: (session, from, to) => engine.readEvents(session, from, to),
    listModels: () => engine.listModels(),
    settingsChanged: (settings) => engine.settingsChanged(settings),
    warm: () => engine.warm(),
    shutdown: () => engine.shutdown(),
    ...sessionCalls({ store: () => engine.parts.store, live, close: (session) => engine.closeSession(session) }),
    ...explainCalls({
      live,
      config: (cwd) => engine.configOf(cwd),
      contextFor: ({ cwd, roots }) => {
        const config = engine.configOf(cwd);
        return {
          cwd,
          roots: [...roots, ...config.roots()],
          home: homedir(),
          trusted: engine.parts.start.trusted || !options.attended,
          probe: options.probe,
          mode: options.overrides?.mode ?? config.effective.mode ?? "default",
          rules: config.rules(),
        };
      },
      audit: () => engine.parts.audit,
      shell: options.shell,
    }),
  };
}
