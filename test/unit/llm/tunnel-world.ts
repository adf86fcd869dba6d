import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private authority with servers it vouches for, and real proxies, all on this machine. */
export function tunnelWorld() {
  const folder = mkdtempSync(join(tmpdir(), "stride-tls-"));
  const file = (name: string): string => join(folder, name);
  const closers: (() => void)[] = [() => rmSync(folder, { recursive: true })];
  const openssl = (...args: string[]): Buffer => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = "-newkey rsa:2048 -nodes -days 2".split(" ");
  openssl("req", "-x509", ...key, "-subj", "/CN=Private CA", ..."-keyout ca.key -out ca.pem".split(" "));
  let names = 0;

  const listenOn = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  return {
    ca: file("ca.pem"),
    listenOn,
    /** With a certificate for these names; the port, and how many connections were secured so far. */
    async secureServer(altNames: string, listener: RequestListener): Promise<{ port: number; connections(): number }> {
      const name = `s${++names}`;
      const request = ["-addext", `subjectAltName=${altNames}`, "-keyout", `${name}.key`, "-out", `${name}.csr`];
      openssl("req", ...key, "-subj", "/CN=server", ...request);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy"];
      openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.pem`);
      const server = createSecureServer(
        { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) },
        listener,
      );
      let connections = 0;
      server.on("secureConnection", () => connections++);
      return { port: await listenOn(server), connections: () => connections };
    },
    /** Tunnels to that port on this machine whatever the name, answers plain requests itself. */
    async proxy(login?: string): Promise<{ address: string; seen: { via: string; apiKey?: string | undefined }[] }> {
      const seen: { via: string; apiKey?: string | undefined }[] = [];
      const allowed = (header: string | undefined): boolean =>
        login === undefined || header === `Basic ${Buffer.from(login).toString("base64")}`;
      const server = createServer((request, response) => {
        seen.push({ via: `plain ${request.url}`, apiKey: request.headers["x-api-key"] as string | undefined });
        if (!allowed(request.headers["proxy-authorization"])) return void response.writeHead(407).end();
        response.end("by proxy");
      });
      server.on("connect", (request, socket) => {
        seen.push({ via: `connect ${request.url}` });
        if (!allowed(request.headers["proxy-authorization"]))
          return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        const onward = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          onward.pipe(socket).pipe(onward);
        });
        onward.on("error", () => socket.destroy());
        socket.on("error", () => onward.destroy());
      });
      return { address: `127.0.0.1:${await listenOn(server)}`, seen };
    },
    close: (): void => closers.reverse().forEach((close) => close()),
  };
}
