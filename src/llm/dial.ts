import { request } from "./node-http";
import * as net from "node:net";
import type { Certificates } from "./certificates";
import { proxyLogin } from "./proxy";

export interface Place {
  host: string;
  port: number;
  secure: boolean;
}

export interface DialOptions {
  proxy: URL | null;
  trust: Certificates;
  strictSsl: boolean;
  timeoutMs: number;
  lookup?: net.LookupFunction;
}

/** A socket on which HTTP may be spoken with `place`: through the proxy's tunnel and with TLS where needed. */
export async function dial(place: Place, options: DialOptions): Promise<net.Socket> {
  try {
    return await dialOnce(place, options);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const unknownIssuer = typeof code === "string" && /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
    if (!unknownIssuer || !(await options.trust.widen())) throw error;
    return dialOnce(place, options);
  }
}

/** A paused socket goes on reading until its buffer is full: this small, it stops, and bytes gather in the kernel. */
const stopsWhenPaused = { highWaterMark: 1 };

async function dialOnce(place: Place, options: DialOptions): Promise<net.Socket> {
  const { proxy, lookup, ...rest } = options;
  if (!proxy) {
    if (place.secure) return secured(place, options);
    const to = { port: place.port, host: place.host, ...stopsWhenPaused, ...(lookup && { lookup }) };
    return ready(net.connect(to), "connect", options.timeoutMs);
  }
  const gate: Place = {
    host: bareHost(proxy.hostname),
    port: Number(proxy.port) || (proxy.protocol === "https:" ? 443 : 80),
    secure: proxy.protocol === "https:",
  };
  const toProxy = await dialOnce(gate, { ...rest, proxy: null });
  if (!place.secure) return toProxy;
  return secured(place, options, await tunnel(toProxy, place, proxy, options.timeoutMs));
}

async function secured(place: Place, options: DialOptions, through?: net.Socket): Promise<net.Socket> {
  const tls = await import("node:tls");
  const context = await options.trust.current();
  const socket = tls.connect({
    ...(through ? { socket: through } : { host: place.host, port: place.port }),
    ...(options.lookup && !through ? { lookup: options.lookup } : {}),
    ...(net.isIP(place.host) ? {} : { servername: place.host }),
    ...(context ? { secureContext: context } : {}),
    ...stopsWhenPaused,
    rejectUnauthorized: options.strictSsl,
    ALPNProtocols: ["http/1.1"],
  });
  return ready(socket, "secureConnect", options.timeoutMs);
}

function tunnel(socket: net.Socket, place: Place, proxy: URL, timeoutMs: number): Promise<net.Socket> {
  const authority = `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const asked = request({
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...proxyLogin(proxy) },
      createConnection: () => socket,
    });
    asked.setTimeout(timeoutMs, () => fail(timedOut()));
    asked.once("error", fail);
    asked.once("connect", (response) => {
      asked.setTimeout(0);
      if (response.statusCode === 200) return resolve(socket);
      const code = response.statusCode === 407 ? "STRIDE_PROXY_LOGIN" : "STRIDE_PROXY";
      fail(Object.assign(new Error(`the proxy answered ${response.statusCode}`), { code }));
    });
    asked.end();
  });
}

function ready(socket: net.Socket, event: "connect" | "secureConnect", timeoutMs: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut()), timeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const closed = (): void => failed(Object.assign(new Error("closed while connecting"), { code: "ECONNRESET" }));
    socket.once("error", failed);
    socket.once("close", closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off("error", failed);
      socket.off("close", closed);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

const timedOut = (): Error => Object.assign(new Error("connecting took too long"), { code: "STRIDE_CONNECT_TIMEOUT" });

/** URLs write IPv6 addresses in brackets, sockets do not. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");
