import * as vscode from "vscode";
import type { HostServices } from "../host-services";
import type { ModelInfo } from "../../shared/protocol/model";

const pin: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("pin"), tooltip: "Use for new conversations" };

interface ModelItem extends vscode.QuickPickItem {
  model: string;
}

/** For this conversation; the pin makes it the one new conversations start with. */
export async function selectModel(host: HostServices): Promise<void> {
  const bridge = await host.panels.reveal();
  const session = await bridge.ready();
  if (!session) return;
  const current = host.conversations.statuses.get(session)?.model;
  const pick = vscode.window.createQuickPick<ModelItem>();
  pick.title = "Stride: Model";
  pick.placeholder = "Only models that can be reached are listed";
  pick.matchOnDescription = true;
  // The panel that was just revealed may take the focus a moment later.
  pick.ignoreFocusOut = true;
  pick.busy = true;
  pick.show();
  const done = new Promise<void>((resolve) => pick.onDidHide(() => resolve()));
  pick.onDidAccept(() => {
    const chosen = pick.selectedItems[0];
    if (chosen) void host.conversations.submit({ op: "set_model", session, model: chosen.model });
    pick.hide();
  });
  pick.onDidTriggerItemButton(async ({ item }) => {
    await vscode.workspace.getConfiguration("stride").update("model", item.model, vscode.ConfigurationTarget.Global);
    pick.title = `Stride: new conversations start with ${item.label}`;
  });
  try {
    const models = await (await host.conversations.engine()).listModels();
    pick.items = models.map((model) => toItem(model, current));
    bridge.post({ type: "status", models });
    pick.busy = false;
    await done;
  } finally {
    pick.dispose();
  }
}

function toItem(model: ModelInfo, current: string | undefined): ModelItem {
  const context = model.contextTokens ? `${Math.round(model.contextTokens / 1_000)}k context` : "context size unknown";
  const price = model.price ? `$${model.price.input} in, $${model.price.output} out per million tokens` : "price unknown";
  return {
    label: model.id === current ? `$(check) ${model.name}` : model.name,
    description: model.id,
    detail: `${context} · ${price}${model.tools === false ? " · no tools" : ""}`,
    model: model.id,
    buttons: [pin],
  };
}
