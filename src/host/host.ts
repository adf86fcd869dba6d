import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../shared/errors";
import { DisposableStore } from "../shared/lifecycle";
import type { EngineSettings, EngineStart } from "../shared/protocol/host";
import { CommandTerminals } from "./api/command-terminals";
import { EditorModels } from "./api/editor-models";
import { createHostApi } from "./api/host-api";
import { IntegratedTerminal } from "./api/integrated-terminal";
import { createSecrets } from "./api/secrets";
import { announceWaiting } from "./announce-waiting";
import { withoutSecrets } from "./child-environment";
import { commands } from "./commands/index";
import { hasAnyKey } from "./commands/keys";
import { Conversations } from "./conversations";
import { Drafts } from "./drafts";
import { EngineThread } from "./engine-thread";
import { FileSearch } from "./file-search";
import type { HostServices } from "./host-services";
import { createLog } from "./log";
import { ChatPanels } from "./panel/chat-panels";
import { DiffDocuments, diffScheme } from "./panel/open-things";
import { onPanelMessage } from "./panel/panel-messages";
import type { PanelBridgeOptions } from "./panel/panel-bridge";
import { settingsProblems } from "./settings-problems";
import { engineSettings, readSettings, type Settings } from "./settings";
import { createStatusBar } from "./status-bar";
import { showPromptOf } from "./uri";
import { startWorker } from "./worker-transport";

export interface Host {
  run(command: string, args: unknown[]): Promise<unknown>;
  resolveView(view: vscode.WebviewView): void;
  restoreEditor(panel: vscode.WebviewPanel, state: unknown): void;
  handleUri(uri: vscode.Uri): Promise<void>;
  shutdown(): Promise<void>;
}

const engineMemoryMb = 1_024;

/** Everything of Stride that needs the editor, wired. Made on the first use, not at activation. */
export function createHost(context: vscode.ExtensionContext): Host {
  const store = new DisposableStore();
  const host = wire(context, store);
  watch(host, store);
  return {
    run: (command, args) => runCommand(host, command, args),
    resolveView: (view) => host.panels.resolveView(view),
    restoreEditor: (panel, state) => void host.panels.adoptEditor(panel, sessionIn(state)),
    handleUri: (uri) => showPromptOf(host, uri),
    shutdown: async () => {
      await host.thread.shutdown();
      store.dispose();
    },
  };
}

function wire(context: vscode.ExtensionContext, store: DisposableStore): HostServices {
  const log = store.add(createLog());
  const problems = settingsProblems(log);
  const settings = (): Settings => currentSettings(problems.setting);
  const secrets = createSecrets(context.secrets, process.env, log.hide);
  const drafts = store.add(new Drafts(context.workspaceState));
  const fileSearch = store.add(new FileSearch());
  const diffs = new DiffDocuments();
  store.add(vscode.workspace.registerTextDocumentContentProvider(diffScheme, diffs));
  const terminals = store.add(
    new CommandTerminals({
      stop: ({ id, session }) =>
        void conversations.submit({ op: "stop_command", session: session ?? conversations.current ?? "", id }),
      which: () => settings().showTerminal,
    }),
  );
  const hostApi = createHostApi({
    secrets,
    terminals,
    integrated: store.add(new IntegratedTerminal()),
    models: store.add(new EditorModels()),
  });
  const bar = store.add(createStatusBar());
  const thread = store.add(
    new EngineThread({
      start: () =>
        startWorker({
          file: context.asAbsolutePath("dist/worker.js"),
          env: withoutSecrets(process.env),
          maxMemoryMb: engineMemoryMb,
          log: log.info,
        }),
      hostApi,
      options: () => engineStart(context, settings()),
      onStarted: (engine) => conversations.reopen(engine),
      onEvents: (batches) => conversations.route(batches),
      onWarnings: problems.files,
      onHealth: (health) => {
        conversations.health(health);
        bar.show(conversations.statuses.values(), health);
      },
      log: log.warn,
    }),
  );
  const conversations: Conversations = store.add(
    new Conversations({
      thread,
      workspace,
      defaults: () => ({ model: settings().model, mode: settings().initialPermissionMode }),
      onStatus: (session, status, before) => {
        bar.show(conversations.statuses.values(), thread.health);
        announceWaiting(host, session, status, before);
      },
      log: log.warn,
    }),
  );
  const panels = store.add(new ChatPanels({ extensionUri: context.extensionUri, bridge: bridgeOptions(() => host) }));
  const host: HostServices = {
    context,
    log,
    thread,
    conversations,
    panels,
    secrets,
    terminals,
    drafts,
    diffs,
    fileSearch,
    workspace,
    settings,
    keysChanged: () => keysChanged(host),
  };
  bar.show([], thread.health);
  return host;
}

function bridgeOptions(host: () => HostServices): Omit<PanelBridgeOptions, "webview"> {
  return {
    get conversations() {
      return host().conversations;
    },
    get session() {
      return host().drafts.session as string;
    },
    surroundings: async () => {
      const { thread, drafts } = host();
      const hasKey = await hasAnyKey(host());
      const { roots } = workspace();
      return { models: [], trusted: vscode.workspace.isTrusted, hasKey, engine: thread.health, draft: drafts.text, roots };
    },
    trusted: () => vscode.workspace.isTrusted,
    onMessage: (message, bridge) => void onPanelMessage(host(), message, bridge),
    onSession: (session) => host().drafts.keepSession(session),
    log: (message) => host().log.warn(message),
  };
}

function watch(host: HostServices, store: DisposableStore): void {
  const changed = async (): Promise<void> => {
    if (!host.thread.running) return;
    try {
      await (await host.thread.engine()).settingsChanged(currentEngineSettings(host.settings()));
    } catch (error) {
      host.log.warn(`settings did not reach the engine: ${messageOf(error)}`);
    }
  };
  store.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("stride") || event.affectsConfiguration("http")) void changed();
    }),
  );
  store.add(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      for (const bridge of host.panels.all()) void bridge.sync();
    }),
  );
}

async function runCommand(host: HostServices, id: string, args: unknown[]): Promise<unknown> {
  const handler = commands[id];
  if (!handler) throw new Error(`no such command: ${id}`);
  try {
    return await handler(host, ...args);
  } catch (error) {
    host.log.error(`${id}: ${messageOf(error)}`);
    const logs = "Show Logs";
    void vscode.window.showErrorMessage(`Stride: ${messageOf(error)}`, logs).then((chosen) => chosen === logs && host.log.show());
    return undefined;
  }
}

async function keysChanged(host: HostServices): Promise<void> {
  const hasKey = await hasAnyKey(host);
  for (const bridge of host.panels.all()) bridge.post({ type: "status", hasKey });
  if (host.thread.running) await (await host.thread.engine()).settingsChanged(currentEngineSettings(host.settings()));
}

function workspace(): { cwd: string; roots: string[] } {
  const roots = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
  // Without a folder nothing is inside: each access outside asks.
  return { cwd: roots[0] ?? homedir(), roots };
}

function currentSettings(complain: (message: string) => void): Settings {
  const section = vscode.workspace.getConfiguration("stride");
  return readSettings((key) => section.get(key), complain);
}

function currentEngineSettings(settings: Settings): EngineSettings {
  const http = vscode.workspace.getConfiguration("http");
  const url = http.get<string>("proxy");
  return engineSettings(settings, {
    ...(url ? { url } : {}),
    strictSsl: http.get("proxyStrictSSL", true),
    noProxy: http.get<string[]>("noProxy", []),
  });
}

function engineStart(context: vscode.ExtensionContext, settings: Settings): EngineStart {
  const rg = ripgrep();
  return {
    stateDir: process.env["STRIDE_HOME"] || join(homedir(), ".stride"),
    version: String((context.extension.packageJSON as { version: string }).version),
    trusted: vscode.workspace.isTrusted,
    settings: currentEngineSettings(settings),
    paths: { broker: context.asAbsolutePath("dist/broker.js"), node: process.execPath, ...(rg ? { rg } : {}) },
  };
}

/** The editor's own; where it lies has changed over its versions. */
function ripgrep(): string | undefined {
  const name = process.platform === "win32" ? "rg.exe" : "rg";
  const places = ["@vscode/ripgrep/bin", `@vscode/ripgrep-universal/bin/${process.platform}-${process.arch}`];
  return ["node_modules.asar.unpacked", "node_modules"]
    .flatMap((modules) => places.map((place) => join(vscode.env.appRoot, modules, place, name)))
    .find(existsSync);
}

function sessionIn(state: unknown): string | undefined {
  const session = (state as { session?: unknown } | null | undefined)?.session;
  return typeof session === "string" && session !== "" ? session : undefined;
}
