// Loaded into VS Code's server with --import. Its web workbench keeps secrets in the browser, encrypted with a key
// of which the server holds one half and hands it out at /mint-key. The product around the server answers that; the
// bare server does not, and secrets would be lost with each reload.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Server } from "node:http";
import { join } from "node:path";

const argument = (name) => process.argv[process.argv.indexOf(name) + 1];
const file = join(argument("--server-data-dir"), "secret-key");
const token = argument("--connection-token");

const emit = Server.prototype.emit;
Server.prototype.emit = function (event, request, response, ...rest) {
  if (event !== "request" || !request.url.split("?")[0].endsWith("/mint-key"))
    return emit.call(this, event, request, response, ...rest);
  const known = (request.headers.cookie ?? "").split(/;\s*/).includes(`vscode-tkn=${token}`);
  response.writeHead(known ? 200 : 403).end(known ? key() : undefined);
  return true;
};

function key() {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return readFileSync(file);
}
