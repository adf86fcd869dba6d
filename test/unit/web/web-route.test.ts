import { createServer, type RequestListener, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createConnection, type ConnectionOptions } from "../../../src/llm/connection";
import { createWeb } from "../../../src/web/create-web";
import { publicLookup } from "../../../src/web/get-page";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Pages over the model's own kind of connection: its proxy, its certificates, our check of addresses. */
const webOver = (options: ConnectionOptions, allowLoopback = true) => {
  const lookup = publicLookup({ allowLoopback });
  return createWeb({ allowLoopback, route: (url) => createConnection({ ...options, lookup }).target(url) });
};
const never = new AbortController().signal;
const page: RequestListener = (request, response) =>
  void response.setHeader("content-type", "text/plain").end(`${request.headers.host} ${request.url}`);

test("the proxy of the environment or the settings is used, its exceptions are not", async () => {
  const asked: string[] = [];
  const { url } = await serve(page);
  const proxy = await serve((request, response) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"] ?? ""}`);
    response.setHeader("content-type", "text/plain").end("by proxy");
  });
  const login = proxy.url.replace("http://", "http://me:pass@");
  expect(await webOver({ environment: { http_proxy: proxy.url } }).fetchPage(`${url}/a`, never)).toMatchObject({
    markdown: "by proxy",
  });
  expect(await webOver({ proxy: login }).fetchPage(`${url}/b`, never)).toMatchObject({ markdown: "by proxy" });
  expect(asked).toEqual([`${url}/a `, `${url}/b Basic ${btoa("me:pass")}`]);
  const excepted = await webOver({ proxy: proxy.url, noProxy: ["127.0.0.1"] }).fetchPage(`${url}/c`, never);
  expect(excepted).toMatchObject({ ok: true, markdown: expect.stringMatching(/^127\.0\.0\.1:\d+ \/c$/) as string });
});

test("a secure page goes through the tunnel, and a refusal of the proxy is told", async () => {
  const asked: string[] = [];
  const proxy = await serve(page);
  proxy.server.on("connect", (request, socket) => {
    asked.push(request.url!);
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  const refused = await webOver({ environment: { https_proxy: proxy.url } }).fetchPage("https://example.com/x", never);
  expect(asked).toEqual(["example.com:443"]);
  expect(refused).toMatchObject({
    ok: false,
    why: "failed",
    message: expect.stringContaining("the proxy answered 407") as string,
  });
});

test("private addresses stay refused, whether a proxy is there or not", async () => {
  const asked: string[] = [];
  const proxy = await serve(page);
  proxy.server.on("connect", (request, socket) => {
    asked.push(request.url!);
    const onward = connect(1, "127.0.0.1", () => {});
    onward.on("error", () => socket.destroy());
  });
  for (const options of [{}, { proxy: proxy.url }])
    for (const address of ["https://169.254.169.254/latest", "https://localhost/", "https://10.0.0.1/", "https://printer.local/"])
      expect(await webOver(options, false).fetchPage(address, never)).toMatchObject({ ok: false, why: "refused" });
  expect(asked).toEqual([]);
});

test("a name that leads to this machine is refused where it is looked up", async () => {
  const lookup = publicLookup({ allowLoopback: false });
  const error = await new Promise<Error | null>((done) => lookup("localhost", { all: true }, (problem) => done(problem)));
  expect(error?.message).toMatch(/private network/);
  const connection = createConnection({ lookup });
  const { agent, options } = connection.target(new URL("http://localhost:9/"));
  const { get } = await import("node:http");
  const failure = await new Promise<Error>((done) => get({ ...options, agent }).on("error", done));
  expect(failure.message).toMatch(/private network/);
});
