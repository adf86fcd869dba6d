import { lookup as systemLookup } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { codeOf, messageOf } from "../shared/errors";
import { privateHost } from "./page-address";
import { isPublicAddress, type AddressRules } from "./public-address";

export type Got =
  | { ok: true; status: number; headers: http.IncomingHttpHeaders; body: Buffer; cut: boolean }
  | { ok: false; why: "refused" | "timeout" | "failed"; message: string };

export interface GetLimits extends AddressRules {
  maxBytes: number;
  timeoutMs: number;
}

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
      message: `${url.host} could not be reached (${codeOf(error) ?? messageOf(error)}). Check the address.`,
    };
  }
}

const headers = {
  accept: "text/html,application/xhtml+xml,text/markdown,text/plain,application/json;q=0.9,*/*;q=0.5",
  "accept-encoding": "gzip, deflate, br",
  "user-agent": "Stride/0.1 (coding agent; fetches a page for its user)",
};

function respond(url: URL, rules: AddressRules, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { get } = url.protocol === "https:" ? https : http;
  return new Promise((done, fail) => {
    const request = get(url, { headers, signal, lookup: checkedLookup(rules), agent: false }, done);
    request.on("error", fail);
  });
}

/** Names that lead to a private address are refused, also when they led elsewhere a moment ago. */
const checkedLookup =
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
