import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { createWeb, type WebOptions } from "../../../src/web/create-web";
import { isPublicAddress } from "../../../src/web/public-address";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string, options: WebOptions = {}, signal = new AbortController().signal) =>
  createWeb({ allowLoopback: true, ...options }).fetchPage(url, signal);

const html: RequestListener = (_, response) => void response.setHeader("content-type", "text/html").end("<h1>Hello</h1>");

test("a page comes as Markdown, the second time from memory, after 15 minutes anew", async () => {
  let asked = 0;
  const url = await serve((request, response) => {
    asked++;
    html(request, response);
  });
  let time = 1_000_000;
  const web = createWeb({ allowLoopback: true, now: () => time });
  const { signal } = new AbortController();
  expect(await web.fetchPage(url, signal)).toMatchObject({ ok: true, markdown: "# Hello", fromCache: false });
  expect(await web.fetchPage(url, signal)).toMatchObject({ ok: true, fromCache: true });
  time += 16 * 60_000;
  expect(await web.fetchPage(url, signal)).toMatchObject({ ok: true, fromCache: false });
  expect(asked).toBe(2);
});

test("redirects: followed on the host, reported to another, refused to a private one", async () => {
  const other = await serve(html);
  const port = new URL(other).port;
  const url = await serve((request, response) => {
    const to: Record<string, string> = {
      "/same": "/page",
      "/other": other,
      "/metadata": "http://169.254.169.254/latest",
      "/loop": "/loop",
      "/file": "file:///etc/passwd",
    };
    const location = to[request.url!];
    if (!location) return html(request, response);
    response.writeHead(302, { location }).end();
  });
  expect(await get(`${url}/same`)).toMatchObject({ ok: true, url: `${url}/page` });
  expect(await get(`${url}/other`)).toMatchObject({ ok: false, why: "redirect", redirectTo: `http://127.0.0.1:${port}/` });
  expect(await get(`${url}/metadata`)).toMatchObject({ ok: false, why: "refused" });
  expect(await get(`${url}/file`)).toMatchObject({ ok: false, why: "refused" });
  expect(await get(`${url}/loop`)).toMatchObject({ ok: false, why: "redirect" });
});

test("addresses that are never asked", async () => {
  for (const url of [
    "http://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.1]/",
    "https://[fd00::1]/",
    "https://user:pw@example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://intranet/",
    "https://metadata.google.internal/",
    "not an address",
  ])
    expect([url, await get(url, { allowLoopback: false })]).toMatchObject([url, { ok: false, why: "refused" }]);
  expect(isPublicAddress("::ffff:7f00:1", { allowLoopback: false })).toBe(false);
  expect(isPublicAddress("64:ff9b::a00:1", { allowLoopback: false })).toBe(false);
  expect(isPublicAddress("1.1.1.1", { allowLoopback: false })).toBe(true);
  expect(isPublicAddress("2606:4700::1111", { allowLoopback: false })).toBe(true);
});

test("size, time, kind and status have limits", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/slow") return;
    if (request.url === "/bomb")
      return void response
        .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
        .end(gzipSync(Buffer.alloc(20_000_000, "a")));
    if (request.url === "/gone") return void response.writeHead(404).end();
    if (request.url === "/image") return void response.setHeader("content-type", "image/png").end("x");
    if (request.url === "/latin")
      return void response.setHeader("content-type", "text/plain; charset=iso-8859-1").end(Buffer.from("grün", "latin1"));
    response.setHeader("content-type", "text/plain").end("x".repeat(5000));
  });
  expect(await get(`${url}/slow`, { timeoutMs: 150 })).toMatchObject({ ok: false, why: "timeout" });
  expect(await get(`${url}/bomb`)).toMatchObject({ ok: true, truncated: true });
  expect(await get(`${url}/big`, { maxBytes: 1000 })).toMatchObject({ ok: true, truncated: true, markdown: "x".repeat(1000) });
  expect(await get(`${url}/gone`)).toMatchObject({ ok: false, why: "http" });
  expect(await get(`${url}/image`)).toMatchObject({ ok: false, why: "unsupported" });
  expect(await get(`${url}/latin`)).toMatchObject({ ok: true, markdown: "grün" });
  expect(await get("http://127.0.0.1:1/")).toMatchObject({ ok: false, why: "failed" });
});

test("stopping ends the wait at once", async () => {
  const url = await serve(() => {});
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  await expect(get(url, {}, stop.signal)).rejects.toThrow();
});
