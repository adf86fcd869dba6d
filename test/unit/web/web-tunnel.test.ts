import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createConnection, type ConnectionOptions } from "../../../src/llm/connection";
import { createWeb } from "../../../src/web/create-web";
import { publicLookup } from "../../../src/web/get-page";
import { tunnelWorld } from "../llm/tunnel-world";

/** No name of the world outside is looked up here: the system's resolver answers from this list. */
const names: Record<string, string[]> = {
  "page.example.com": ["93.184.216.34"],
  "inner.example.com": ["10.0.0.5"],
  "mixed.example.com": ["93.184.216.34", "::ffff:169.254.169.254"],
};
const world = tunnelWorld();
const systemLookup = dns.lookup;
let port = 0;

beforeAll(async () => {
  const server = await world.secureServer("DNS:page.example.com,DNS:localhost", (request, response) => {
    const to = request.url?.startsWith("/to/") ? decodeURIComponent(request.url.slice(4)) : undefined;
    if (to !== undefined) return void response.writeHead(302, { location: to }).end();
    response.setHeader("content-type", "text/html").end(`<h1>Behind the tunnel ${request.url}</h1>`);
  });
  port = server.port;
  const lookup = (name: string, _: object, answer: (error: Error | null, found: unknown) => void): void => {
    const found = names[name];
    if (!found && !["localhost", "127.0.0.1"].includes(name))
      return answer(Object.assign(new Error("not known"), { code: "ENOTFOUND" }), "");
    answer(
      null,
      (found ?? ["127.0.0.1"]).map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  dns.lookup = lookup as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
});
afterAll(() => {
  dns.lookup = systemLookup;
  syncBuiltinESMExports();
  world.close();
});

async function check(
  url: string,
  options: ConnectionOptions,
  expected: object,
  { allowLoopback = false }: { allowLoopback?: boolean } = {},
): Promise<void> {
  const lookup = publicLookup({ allowLoopback });
  const web = createWeb({ allowLoopback, timeoutMs: 5_000, route: (to) => createConnection({ ...options, lookup }).target(to) });
  expect(await web.fetchPage(url, new AbortController().signal)).toMatchObject(expected);
}

const said = (text: string): unknown => expect.stringContaining(text);
const page = (): string => `https://page.example.com:${port}`;

test("a page with a certificate of a private authority comes through the proxy's tunnel", async () => {
  const { address, seen } = await world.proxy("me:pass");
  const content = { ok: true, markdown: "# Behind the tunnel /a" };
  await check(`${page()}/a`, { proxy: `http://me:pass@${address}`, ca: [world.ca] }, content);
  const environment = { HTTPS_PROXY: `me:pass@${address}`, NODE_EXTRA_CA_CERTS: world.ca };
  await check(`${page()}/a`, { environment }, content);
  expect(new Set(seen.map(({ via }) => via))).toEqual(new Set([`connect page.example.com:${port}`]));
});

test("behind the tunnel the certificate is checked, and the login of the proxy is asked for", async () => {
  const { address } = await world.proxy();
  await check(`${page()}/a`, { proxy: address }, { ok: false, why: "failed", message: said("UNABLE_TO_") });
  await check(`${page()}/a`, { proxy: address, strictSsl: false }, { ok: true });
  const wrong = `https://other.example.com:${port}/a`;
  await check(wrong, { proxy: address, ca: [world.ca] }, { ok: false, message: said("ERR_TLS_CERT_ALTNAME_INVALID") });
  const { address: locked } = await world.proxy("me:pass");
  await check(`${page()}/a`, { proxy: locked, ca: [world.ca] }, { ok: false, message: said("the proxy answered 407") });
});

test("NO_PROXY and http.noProxy reach the page directly", async () => {
  const url = `https://localhost:${port}/a`;
  const content = { ok: true, markdown: "# Behind the tunnel /a" };
  const nowhere = "http://127.0.0.1:1";
  const open = { allowLoopback: true };
  await check(url, { ca: [world.ca], environment: { https_proxy: nowhere, no_proxy: "localhost" } }, content, open);
  await check(url, { ca: [world.ca], proxy: nowhere, noProxy: ["localhost"] }, content, open);
  await check(url, { ca: [world.ca], proxy: nowhere }, { ok: false, why: "failed", message: said("ECONNREFUSED") }, open);
});

test("a name that leads to a private address is refused before the proxy hears of it", async () => {
  const { address, seen } = await world.proxy();
  for (const name of ["inner.example.com", "mixed.example.com", "169.254.169.254", "[::ffff:a00:5]", "localhost"])
    for (const options of [{ proxy: address }, { proxy: address, noProxy: ["*"] }])
      await check(`https://${name}:${port}/`, options, { ok: false, why: "refused", message: said("private network") });
  expect(seen).toEqual([]);
});

test("a redirect through the tunnel is judged like an address of its own", async () => {
  const { address, seen } = await world.proxy();
  const options = { proxy: address, ca: [world.ca] };
  const to = (place: string): string => `${page()}/to/${encodeURIComponent(place)}`;
  await check(to("/b"), options, { ok: true, markdown: "# Behind the tunnel /b" });
  await check(to("https://127.0.0.1/"), options, { ok: false, why: "refused" });
  await check(to("https://inner.example.com/"), options, {
    ok: false,
    why: "redirect",
    redirectTo: "https://inner.example.com/",
  });
  expect(new Set(seen.map(({ via }) => via))).toEqual(new Set([`connect page.example.com:${port}`]));
});
