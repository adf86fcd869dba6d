import type { Agent, RequestOptions } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import { certificates } from "./certificates";
import { bareHost, dial, type Place } from "./dial";
import { Agent as HttpAgent } from "./node-http";
import { proxyFor, proxyLogin, type ProxySettings } from "./proxy";

/** How requests reach their servers: kept-alive sockets per origin, proxies and certificates included. */
export interface Connection {
  /** Where a request to `url` really goes, and over which pool. */
  target(url: URL): Target;
  /** Connects before the first request is there; that it failed shows with the request. */
  warm(origin: string): void;
  close(): void;
}

export interface Target {
  /** A proxy looks the name up; nobody here sees where it leads. */
  proxied: boolean;
  options: RequestOptions;
  headers: Record<string, string>;
  agent: Agent;
}

export interface ConnectionOptions extends ProxySettings {
  /** false takes any certificate; only the user's own http.proxyStrictSSL may say so. */
  strictSsl?: boolean;
  /** Extra CA certificates: PEM texts or files. */
  ca?: readonly string[];
  connectTimeoutMs?: number;
  /** Looks up the names of servers, never that of a proxy: whoever fetches strangers' pages checks where they lead. */
  lookup?: LookupFunction;
}

/**
 * A worker thread has none of the editor's own proxy and certificate patches, and Node 22 knows no proxy at all.
 * So both are done here, over documented parts of node:http and node:tls that 22 and 24 share.
 */
export function createConnection(options: ConnectionOptions = {}): Connection {
  const trust = certificates(options.ca ?? [], options.environment);
  const pools = new Map<string, Agent>();
  const warmed = new Map<string, Promise<Socket>>();

  const connect = (place: Place, proxy: URL | null): Promise<Socket> =>
    dial(place, {
      proxy,
      trust,
      strictSsl: options.strictSsl ?? true,
      timeoutMs: options.connectTimeoutMs ?? 15_000,
      ...(options.lookup && { lookup: options.lookup }),
    });

  const pool = (place: Place, proxy: URL | null): Agent => {
    const key = poolKey(place, proxy);
    const known = pools.get(key);
    if (known) return known;
    // Also for secure places: `dial` hands over a socket that is secured already, and node:tls loads only there.
    const agent = new HttpAgent({ keepAlive: true });
    agent.createConnection = (_, done) => {
      const ready = warmed.get(key) ?? connect(place, proxy);
      warmed.delete(key);
      ready.then(
        (socket) => done?.(null, socket.ref()),
        (error: Error) => done?.(error, undefined as never),
      );
      // Node takes the socket from the callback when none is returned; its types do not say so.
      return undefined as unknown as Socket;
    };
    pools.set(key, agent);
    return agent;
  };

  return {
    target(url) {
      const proxy = proxyFor(url, options);
      const place = placeOf(url);
      const agent = pool(place, proxy);
      const to = { host: place.host, port: place.port, path: url.pathname + url.search };
      // Plain requests are handed to the proxy whole, secure ones go through its tunnel.
      const headers = { host: url.host };
      const proxied = proxy !== null;
      if (!proxy || place.secure) return { proxied, options: to, headers, agent };
      return { proxied, options: { ...to, path: url.href }, headers: { ...headers, ...proxyLogin(proxy) }, agent };
    },
    warm(origin) {
      const url = new URL(origin);
      const proxy = proxyFor(url, options);
      const key = poolKey(placeOf(url), proxy);
      const agent = pool(placeOf(url), proxy);
      const inUse = Object.keys(agent.freeSockets).length + Object.keys(agent.sockets).length;
      if (warmed.has(key) || inUse > 0) return;
      const socket = connect(placeOf(url), proxy);
      warmed.set(key, socket);
      const forget = (): void => void (warmed.get(key) === socket && warmed.delete(key));
      // It must not keep the process alive, and an error of a socket nobody uses is no news.
      socket.then(
        (open) =>
          open
            .unref()
            .once("close", forget)
            .on("error", () => undefined),
        forget,
      );
    },
    close() {
      for (const agent of pools.values()) agent.destroy();
      for (const socket of warmed.values()) socket.then((open) => open.destroy()).catch(() => undefined);
      pools.clear();
      warmed.clear();
    },
  };
}

const placeOf = (url: URL): Place => {
  const secure = url.protocol === "https:";
  return { host: bareHost(url.hostname), port: Number(url.port) || (secure ? 443 : 80), secure };
};

const poolKey = (place: Place, proxy: URL | null): string => `${place.secure} ${place.host} ${place.port} ${proxy?.href ?? ""}`;
