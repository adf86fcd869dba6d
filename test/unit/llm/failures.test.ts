import { expect, test } from "vitest";
import { networkError, retryAfterMs } from "../../../src/llm/failures";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { withRetry } from "../../../src/llm/retry";
import { listen, serve } from "./fault-server";

const site = { provider: "p", model: "m" };
const now = Date.parse("2026-01-01T00:00:00Z");

const wait = (headers: Record<string, string>, expected: number | undefined): void =>
  test(`retry-after ${JSON.stringify(headers)}`, () => expect(retryAfterMs(headers, now)).toBe(expected));

wait({ "retry-after": "3" }, 3_000);
wait({ "retry-after": " 1.5 " }, 1_500);
wait({ "retry-after": "0" }, undefined);
wait({ "retry-after": "-7" }, undefined);
wait({ "retry-after": "999999999" }, 300_000);
wait({ "retry-after": "Infinity" }, undefined);
wait({ "retry-after": "NaN" }, undefined);
wait({ "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9_000);
wait({ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, undefined);
wait({ "retry-after": "Thu, 01 Jan 2026 05:00:04 GMT", date: "Thu, 01 Jan 2026 05:00:00 GMT" }, 4_000);
wait({ "retry-after-ms": "25", "retry-after": "3" }, 25);
wait({ "retry-after-ms": "", "retry-after": "3" }, 3_000);

const network = (code: string, message: string, kind: string, says: RegExp): void =>
  test(`${code} ${message}: ${kind}`, () =>
    expect(networkError(site, Object.assign(new Error(message), { code }))).toMatchObject({
      kind,
      message: expect.stringMatching(says) as string,
    }));

network("CERT_HAS_EXPIRED", "certificate has expired", "denied", /clock/);
network("ERR_TLS_CERT_ALTNAME_INVALID", "does not match", "denied", /another name.*base URL/);
network("SELF_SIGNED_CERT_IN_CHAIN", "self-signed", "denied", /NODE_EXTRA_CA_CERTS/);
network("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", "denied", /http or https/);
network("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "handshake failure", "denied", /http or https/);
network("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "bad record mac", "unavailable", /connection lost/);
network("HPE_INVALID_CONSTANT", "Parse Error", "unavailable", /no valid HTTP.*base URL/);
network("ENOTFOUND", "x", "unavailable", /offline/);

test("https to a server that speaks http: told at once, with the way out", async () => {
  const server = await serve((response) => void response.end());
  const connection = createConnection();
  const baseUrl = server.url.replace("http:", "https:");
  const heard = await listen(withRetry(anthropicProvider({ id: "p", baseUrl, key: async () => "k", connection })));
  expect([heard.retries, heard.error?.kind, heard.error?.message]).toEqual([0, "denied", expect.stringMatching(/http or https/)]);
  connection.close();
  await server.close();
});
