import assert from "node:assert/strict";
import * as vscode from "vscode";
import { CommandTerminals } from "../../../src/host/api/command-terminals";
import { showAuditLog } from "../../../src/host/commands/explain";
import type { HostServices } from "../../../src/host/host-services";
import { answerLibrary } from "../../../src/host/panel/library-messages";
import { DiffDocuments, diffScheme } from "../../../src/host/panel/open-things";
import type { AuditLine } from "../../../src/shared/protocol/explain";
import type { EngineApi } from "../../../src/shared/protocol/host";
import type { ToPanel } from "../../../src/shared/protocol/view";

const until = async <T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never came: ${ask.toString()}`);
};

/** The part of the host that library messages use, over an engine that notes what it is asked. */
function world(engine: Partial<EngineApi> = {}) {
  const asked: unknown[][] = [];
  const posted: ToPanel[] = [];
  const shown: unknown[] = [];
  const noting = new Proxy(engine, {
    get: (given, name: keyof EngineApi | "then") =>
      // A promise would wait for something with a `then`.
      name !== "then" &&
      (async (...args: unknown[]) => {
        asked.push([name, ...args]);
        return (given[name] as ((...args: unknown[]) => unknown) | undefined)?.(...args) ?? null;
      }),
  });
  const bridge = {
    session: "s1",
    ready: async () => "s1",
    post: (message: ToPanel) => posted.push(message),
    show: async (session: string | undefined) => void shown.push(session ?? "new"),
    insert: (text: string) => shown.push(`typed: ${text}`),
  };
  const host = {
    workspace: () => ({ cwd: "/w", roots: ["/w"] }),
    conversations: { engine: async () => noting, statuses: new Map() },
    panels: { all: () => [bridge] },
    diffs: new DiffDocuments(),
  };
  return { asked, posted, shown, host: host as unknown as HostServices, bridge: bridge as never };
}

suite("library", () => {
  test("a fork is shown with the words in its composer", async () => {
    const { host, bridge, asked, shown } = world({ forkSession: async () => "copy" });
    assert.equal(await answerLibrary(host, { type: "fork", seq: 7, text: "try this" }, bridge), null);
    assert.deepEqual(asked, [["forkSession", "s1", 7]]);
    assert.deepEqual(shown, ["copy", "typed: try this"]);
  });

  test("what is deleted is no longer shown; a refusal is told and changes nothing", async () => {
    const deleted = world({ listSessions: async () => [] });
    assert.equal(await answerLibrary(deleted.host, { type: "delete_session", session: "s1" }, deleted.bridge), null);
    assert.deepEqual(deleted.shown, ["new"]);
    assert.deepEqual(deleted.posted, [{ type: "sessions", sessions: [] }]);
    const problem = { kind: "running", message: "Stride is working in this conversation.", next: "Stop it first." };
    const refused = world({ deleteSession: async () => problem, listSessions: async () => [] });
    assert.deepEqual(await answerLibrary(refused.host, { type: "delete_session", session: "s1" }, refused.bridge), problem);
    assert.deepEqual(refused.shown, []);
  });

  test("a search is of this conversation or of the folder, and answers by its number", async () => {
    const { host, bridge, asked, posted } = world({ searchSessions: async () => ({ hits: [], complete: true }) });
    await answerLibrary(host, { type: "search", id: 3, query: "tea", scope: "session" }, bridge);
    await answerLibrary(host, { type: "search", id: 4, query: "tea", scope: "all" }, bridge);
    assert.deepEqual(
      asked.map(([, search]) => search),
      [
        { query: "tea", limit: 60, session: "s1" },
        { query: "tea", limit: 60, cwd: "/w" },
      ],
    );
    assert.deepEqual(
      posted.map((message) => "id" in message && message.id),
      [3, 4],
    );
  });

  test("a hit in another conversation opens it first", async () => {
    const { host, bridge, posted, shown } = world();
    await answerLibrary(host, { type: "open_hit", session: "s2", seq: 40 }, bridge);
    await answerLibrary(host, { type: "open_hit", session: "s1", seq: 5 }, bridge);
    assert.deepEqual(shown, ["s2"]);
    assert.deepEqual(posted, [
      { type: "jump", seq: 40 },
      { type: "jump", seq: 5 },
    ]);
  });

  test("the audit log opens as a document nobody can change", async () => {
    const line: AuditLine = {
      at: "2026-01-02T03:04:05.000Z",
      session: "s1",
      tool: "Bash",
      title: "npm \u202etest",
      verdict: "ask",
      gate: "person",
      reason: "no rule covers it",
      outcome: "ok",
      answer: "allowed (once)",
      exitCode: 0,
    };
    const { host } = world({ auditLog: async () => [line] });
    const provider = vscode.workspace.registerTextDocumentContentProvider(`${diffScheme}-test`, host.diffs);
    const add = host.diffs.add.bind(host.diffs);
    // The running extension owns the real scheme.
    host.diffs.add = (path, text) => {
      const uri = add(path, text).with({ scheme: `${diffScheme}-test` });
      provider.dispose();
      vscode.workspace.registerTextDocumentContentProvider(uri.scheme, { provideTextDocumentContent: () => text });
      return uri;
    };
    await showAuditLog(host);
    const { document } = vscode.window.activeTextEditor!;
    assert.match(
      document.getText(),
      /allowed \(once\), asked by person {2}Bash: npm test\n {4}ok, exit code 0\. no rule covers it/,
    );
    await vscode.commands.executeCommand("type", { text: "x" });
    assert.equal(document.isDirty, false);
  });

  test("a command that goes to the background gets its terminal then, others when asked for", async () => {
    const terminals = new CommandTerminals({ stop: () => {}, which: () => "background" });
    terminals.begin({ id: "c1", title: "serve" });
    terminals.write("c1", "listening\n");
    assert.equal(terminals.open, 0);
    terminals.begin({ id: "c1", title: "serve", background: true });
    assert.equal(terminals.open, 1);
    assert.match(terminals.shown("c1") ?? "", /listening/);
    terminals.begin({ id: "c2", title: "make" });
    assert.equal(terminals.open, 1);
    terminals.dispose();
    await until(() => vscode.window.terminals.every(({ name }) => !name.startsWith("Stride: serve")));
  });

  test("the commands that open a view, compact or explain are there and end", async function () {
    this.timeout(60_000);
    for (const command of ["history", "searchConversations", "explainPermissions", "showInstructions"])
      await vscode.commands.executeCommand(`stride.${command}`);
    await vscode.commands.executeCommand("stride.showAuditLog");
    await until(() => vscode.window.activeTextEditor?.document.uri.scheme === diffScheme);
    await vscode.commands.executeCommand("stride.compact");
  });
});
