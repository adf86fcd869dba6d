import { lookup } from "node:dns/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { messageOf } from "../shared/errors";
import { hostAllowed, hostName, isPublicAddress, type DomainLists } from "./host-match";

export interface DomainProxyOptions {
  domains: DomainLists;
  /** The address to connect to, already checked; throws with the reason otherwise. */
  resolve?: (host: string) => Promise<string>;
  onBlocked?: (host: string, why: string) => void;
}

export interface DomainProxy {
  /** A Unix socket that only this user can open. */
  socketPath: string;
  close(): Promise<void>;
}

const CONNECT_MS = 15_000;
const IDLE_MS = 300_000;
const MOST_CONNECTIONS = 256;

/** The only way out of a sandbox with allowed domains: checks the name, looks it up itself, connects to that very address. */
export async function startDomainProxy(options: DomainProxyOptions): Promise<DomainProxy> {
  const folder = mkdtempSync(join(tmpdir(), "stride-proxy-"));
  const socketPath = join(folder, "s");
  const open = new Set<Duplex>();
  const server = createServer({ maxHeaderSize: 32_768, headersTimeout: CONNECT_MS, requestTimeout: 0 });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket) => track(socket, open));
  server.on("connect", (message, socket, head) => void tunnel(message, socket, head, options, open));
  server.on("request", (message, answer) => void forward(message, answer, options));
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((done, failed) => server.once("error", failed).listen(socketPath, done));
  // A process that has nothing else to do may end.
  server.unref();
  return {
    socketPath,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Names of the user's network stay unknown to the sandbox: they resolve to private addresses and are refused here. */
export async function resolvePublic(host: string): Promise<string> {
  const addresses = await lookup(host, { all: true, verbatim: true });
  const inner = addresses.find(({ address }) => !isPublicAddress(address));
  if (inner) throw new Error(`${host} leads to ${inner.address}, which is not a public address`);
  const [first] = addresses;
  if (!first) throw new Error(`${host} has no address`);
  return first.address;
}

async function tunnel(
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: DomainProxyOptions,
  open: Set<Duplex>,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const target = splitAuthority(message.url ?? "");
  const found = target ? await checked(target.host, options) : { problem: "the address is malformed" };
  if (!target || "problem" in found)
    return void socket.end(
      `HTTP/1.1 403 Blocked by the sandbox\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${refusal(found)}\n`,
    );
  const upstream = connect({ host: found.address, port: target.port });
  track(upstream, open);
  upstream.setTimeout(CONNECT_MS, () => upstream.destroy());
  upstream.once("connect", () => {
    upstream.setTimeout(IDLE_MS);
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on("error", () => socket.destroy());
  upstream.on("close", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
}

async function forward(message: IncomingMessage, answer: ServerResponse, options: DomainProxyOptions): Promise<void> {
  const url = URL.canParse(message.url ?? "") ? new URL(message.url ?? "") : null;
  // The raw text decides, not what a URL parser made of it: 127.1 and 0x7f.1 stay what they were.
  const raw = /^http:\/\/([^/?#@]*)/i.exec(message.url ?? "")?.[1];
  const target = raw === undefined ? null : splitAuthority(raw.includes(":") ? raw : `${raw}:80`);
  const found = url && target ? await checked(target.host, options) : { problem: "the address is malformed" };
  if (!url || !target || "problem" in found)
    return void answer.writeHead(403, { "content-type": "text/plain" }).end(`${refusal(found)}\n`);
  const headers: OutgoingHttpHeaders = {
    ...message.headers,
    host: target.port === 80 ? target.host : `${target.host}:${target.port}`,
  };
  for (const name of ["proxy-connection", "proxy-authorization", "connection", "upgrade"]) delete headers[name];
  const upstream = request({
    host: found.address,
    port: target.port,
    method: message.method ?? "GET",
    path: `${url.pathname}${url.search}`,
    headers,
    timeout: CONNECT_MS,
  });
  upstream.on("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  upstream.on("timeout", () => upstream.destroy());
  upstream.on("error", (error) =>
    answer.headersSent ? answer.destroy() : answer.writeHead(502, { "content-type": "text/plain" }).end(`${messageOf(error)}\n`),
  );
  answer.on("close", () => upstream.destroy());
  message.pipe(upstream);
}

async function checked(host: string, options: DomainProxyOptions): Promise<{ address: string } | { problem: string }> {
  try {
    if (!hostAllowed(host, options.domains)) throw new Error(`${hostName(host) ?? "this host"} is not among the allowed domains`);
    return { address: await (options.resolve ?? resolvePublic)(hostName(host) ?? "") };
  } catch (error) {
    options.onBlocked?.(host, messageOf(error));
    return { problem: messageOf(error) };
  }
}

const refusal = (found: { address: string } | { problem: string }): string =>
  `Blocked by the sandbox: ${"problem" in found ? found.problem : "the address is malformed"}.`;

function splitAuthority(text: string): { host: string; port: number } | null {
  const match = /^([^:@/\s[\]]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] !== undefined && port > 0 && port < 65_536 ? { host: match[1], port } : null;
}

function track(socket: Socket, open: Set<Duplex>): void {
  open.add(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => open.delete(socket));
}
