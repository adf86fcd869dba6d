import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { DisposableStore, toDisposable, type Disposable } from "../../shared/lifecycle";
import { page } from "./page";
import { PanelBridge, type PanelBridgeOptions } from "./panel-bridge";

export interface ChatPanelsOptions {
  extensionUri: vscode.Uri;
  /** What every bridge is made of, beside its webview. */
  bridge: Omit<PanelBridgeOptions, "webview">;
}

export const viewId = "stride.chat";
export const editorType = "stride.editor";

/** The chat in its places: the side bar and any number of editor tabs. All are the same page on the same bridge. */
export class ChatPanels implements Disposable {
  #sidebar: { view: vscode.WebviewView; bridge: PanelBridge } | undefined;
  #editors = new Map<vscode.WebviewPanel, PanelBridge>();
  #whenShown: ((bridge: PanelBridge) => void)[] = [];

  constructor(private readonly options: ChatPanelsOptions) {}

  resolveView(view: vscode.WebviewView): void {
    const store = new DisposableStore();
    const bridge = this.#connect(view.webview, () => view.visible, this.options.bridge.session, store);
    this.#sidebar = { view, bridge };
    store.add(view.onDidChangeVisibility(() => (view.visible ? undefined : bridge.hidden())));
    view.onDidDispose(() => {
      store.dispose();
      if (this.#sidebar?.view === view) this.#sidebar = undefined;
    });
    for (const shown of this.#whenShown.splice(0)) shown(bridge);
  }

  openEditor(session: string | undefined): PanelBridge {
    const panel = vscode.window.createWebviewPanel(editorType, "Stride", vscode.ViewColumn.Active, this.#webviewOptions());
    return this.adoptEditor(panel, session);
  }

  /** Also after a reload: VS Code hands back the tab with what the page had stored. */
  adoptEditor(panel: vscode.WebviewPanel, session: string | undefined): PanelBridge {
    const store = new DisposableStore();
    panel.iconPath = vscode.Uri.joinPath(this.options.extensionUri, "media", "icon.svg");
    const bridge = this.#connect(panel.webview, () => panel.visible, session, store);
    this.#editors.set(panel, bridge);
    store.add(panel.onDidChangeViewState(() => (panel.visible ? undefined : bridge.hidden())));
    panel.onDidDispose(() => {
      store.dispose();
      this.#editors.delete(panel);
    });
    return bridge;
  }

  /** The chat a command means: the tab in front, else the side bar, which is opened if need be. */
  async reveal(): Promise<PanelBridge> {
    for (const [panel, bridge] of this.#editors) if (panel.active) return bridge;
    if (this.#sidebar) {
      this.#sidebar.view.show(false);
      return this.#sidebar.bridge;
    }
    const shown = new Promise<PanelBridge>((resolve) => this.#whenShown.push(resolve));
    await vscode.commands.executeCommand(`${viewId}.focus`);
    return shown;
  }

  all(): PanelBridge[] {
    return [...(this.#sidebar ? [this.#sidebar.bridge] : []), ...this.#editors.values()];
  }

  badge(count: number, tooltip: string): void {
    if (this.#sidebar) this.#sidebar.view.badge = count > 0 ? { value: count, tooltip } : undefined;
  }

  dispose(): void {
    for (const panel of [...this.#editors.keys()]) panel.dispose();
    this.#sidebar?.bridge.dispose();
    this.#sidebar = undefined;
  }

  #connect(webview: vscode.Webview, visible: () => boolean, session: string | undefined, store: DisposableStore): PanelBridge {
    webview.options = this.#webviewOptions();
    const { session: _, ...common } = this.options.bridge;
    const bridge = store.add(
      new PanelBridge({
        ...common,
        ...(session ? { session } : {}),
        webview: { post: (message) => void webview.postMessage(message), visible },
      }),
    );
    store.add(webview.onDidReceiveMessage((message: unknown) => bridge.receive(message)));
    store.add(toDisposable(() => bridge.hidden()));
    webview.html = this.#html(webview);
    return bridge;
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, enableForms: false, enableCommandUris: false, localResourceRoots: [this.#files()] };
  }

  #html(webview: vscode.Webview): string {
    const address = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(this.#files(), file)).toString();
    return page({
      nonce: randomBytes(18).toString("base64url"),
      cspSource: webview.cspSource,
      script: address("main.js"),
      style: address("main.css"),
      language: vscode.env.language,
      title: "Stride",
    });
  }

  #files(): vscode.Uri {
    return vscode.Uri.joinPath(this.options.extensionUri, "dist", "webview");
  }
}
