import { lookup as systemLookup } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { codeOf, messageOf } from "../shared/errors";
import { privateHost } from "./page-address";
import { isPublicAddress, type AddressRules } from "./public-address";

export type Got =
  | { ok: true; status: number; headers: http.IncomingHttpHeaders; body: Buffer; cut: boolean }
  | { ok: false; why: "refused" | "timeout" | "failed"; message: string };

/** How a page is reached: by which pool of sockets, and what a proxy on the way wants to be told. */
export interface Route {
  proxied: boolean;
  options: http.RequestOptions;
  headers: Record<string, string>;
  agent: http.Agent;
}

export interface GetLimits extends AddressRules {
  maxBytes: number;
  timeoutMs: number;
  /** Its sockets must look names up with `publicLookup`; without it pages are reached directly. */
  route?: (url: URL) => Route;
}

/** Time for seeing whether a name that a proxy will look up leads to a private address here. */
const proxiedLookupMs = 1000;

class PrivateAddress extends Error {}

/** One request, no redirects. The address that is connected to is the one that was checked. */
export async function getPage(url: URL, limits: GetLimits, signal: AbortSignal): Promise<Got> {
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await respond(url, limits, AbortSignal.any([signal, deadline]));
    const { body, cut } = await readBody(response, limits.maxBytes);
    return { ok: true, status: response.statusCode ?? 0, headers: response.headers, body, cut };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PrivateAddress) return { ok: false, why: "refused", message: error.message };
    if (deadline.aborted)
      return {
        ok: false,
        why: "timeout",
        message: `${url.host} did not answer within ${limits.timeoutMs / 1000} s. Try again later or another source.`,
      };
    return {
      ok: false,
      why: "failed",
      message: `${url.host} could not be reached (${reasonOf(error)}). Check the address.`,
    };
  }
}

const headers = {
  accept: "text/html,application/xhtml+xml,text/markdown,text/plain,application/json;q=0.9,*/*;q=0.5",
  "accept-encoding": "gzip, deflate, br",
  "user-agent": "Stride/0.1 (coding agent; fetches a page for its user)",
};

/** Codes of our own say nothing to anybody. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code === undefined || code.startsWith("STRIDE_") ? messageOf(error) : code;
}

async function respond(url: URL, limits: GetLimits, signal: AbortSignal): Promise<http.IncomingMessage> {
  const route = limits.route?.(url);
  if (route?.proxied) await refusePrivate(url, limits);
  return new Promise((done, fail) => {
    // The sockets of a route are secured already.
    const request = route
      ? http.get({
          ...route.options,
          headers: { ...headers, ...route.headers, connection: "close" },
          agent: route.agent,
          signal,
        })
      : (url.protocol === "https:" ? https : http).get(url, { headers, signal, lookup: publicLookup(limits), agent: false });
    request.once("response", done);
    request.on("error", fail);
  });
}

/** What lies behind a proxy is the proxy's to know; a name that is private as seen from here is refused all the same. */
async function refusePrivate(url: URL, rules: AddressRules): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) return;
  const found = await Promise.race([
    new Promise<Error | null>((done) => publicLookup(rules)(host, { all: true }, (error) => done(error))),
    new Promise<null>((done) => setTimeout(done, proxiedLookupMs, null).unref()),
  ]);
  if (found instanceof PrivateAddress) throw found;
}

/** Names that lead to a private address are refused, also when they led elsewhere a moment ago. */
export const publicLookup =
  (rules: AddressRules): LookupFunction =>
  (hostname, options, answer) =>
    systemLookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return answer(error, "");
      const [first] = found;
      if (!first || found.some(({ address }) => !isPublicAddress(address, rules)))
        return answer(new PrivateAddress(privateHost(hostname)), "");
      if (options.all) answer(null, found);
      else answer(null, first.address, first.family);
    });

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<{ body: Buffer; cut: boolean }> {
  const stream = unpacked(response);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      chunks.push(size > maxBytes ? chunk.subarray(0, chunk.length - (size - maxBytes)) : chunk);
      if (size > maxBytes) return { body: Buffer.concat(chunks), cut: true };
    }
    return { body: Buffer.concat(chunks), cut: false };
  } finally {
    response.destroy();
  }
}

function unpacked(response: http.IncomingMessage): Readable {
  const unpack = {
    gzip: zlib.createGunzip,
    "x-gzip": zlib.createGunzip,
    deflate: zlib.createInflate,
    br: zlib.createBrotliDecompress,
  }[response.headers["content-encoding"] ?? ""];
  if (!unpack) return response;
  const stream = unpack();
  response.on("error", (error) => stream.destroy(error));
  return response.pipe(stream);
}
