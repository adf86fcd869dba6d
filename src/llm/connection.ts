import { Agent, type AgentOptions, type RequestOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";

export interface Connection {
  target(url: URL): Target;
  warm(origin: string): void;
  close(): void;
}

export interface Target {
  options: RequestOptions;
  headers: Record<string, string>;
  agent: Agent;
}

export function directConnection(): Connection {
  const keep: AgentOptions = { keepAlive: true };
  const plain = new Agent(keep);
  const secure = new HttpsAgent(keep);
  return {
    target: (url) => ({
      options: { host: url.hostname, port: url.port, path: url.pathname + url.search },
      headers: {},
      agent: url.protocol === "https:" ? secure : plain,
    }),
    warm: () => undefined,
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}
