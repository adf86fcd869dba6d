import * as vscode from "vscode";
import { messageOf } from "../../shared/errors";
import type { HostServices } from "../host-services";
import type { ModelInfo } from "../../shared/protocol/model";

const onlyHere: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("pin"), tooltip: "Only for this conversation" };

interface Choice {
  model: string;
  /** Also for new conversations. */
  lasting: boolean;
}

interface ModelItem extends vscode.QuickPickItem {
  model: string;
}

/** For this conversation and those that begin later; the pin keeps it to this one. */
export async function selectModel(host: HostServices): Promise<void> {
  const bridge = await host.panels.reveal();
  const session = await bridge.ready();
  if (!session) return;
  const current = host.conversations.statuses.get(session)?.model;
  const pick = vscode.window.createQuickPick<ModelItem>();
  pick.title = "Stride: Model";
  pick.placeholder = "For this and new conversations; the pin takes it only here";
  pick.matchOnDescription = true;
  // The panel that was just revealed may take the focus a moment later.
  pick.ignoreFocusOut = true;
  pick.busy = true;
  pick.show();
  const done = new Promise<Choice | undefined>((resolve) => {
    const choose = (model: string | undefined, lasting: boolean): void => {
      resolve(model === undefined ? undefined : { model, lasting });
      pick.hide();
    };
    pick.onDidAccept(() => choose(pick.selectedItems[0]?.model, true));
    pick.onDidTriggerItemButton(({ item }) => choose(item.model, false));
    pick.onDidHide(() => resolve(undefined));
  });
  try {
    const models = await (await host.conversations.engine()).listModels();
    pick.items = models.map((model) => toItem(model, current));
    bridge.post({ type: "status", models });
    pick.busy = false;
    const choice = await done;
    if (choice) await take(host, session, choice);
  } finally {
    pick.dispose();
  }
}

async function take(host: HostServices, session: string, { model, lasting }: Choice): Promise<void> {
  const problem = await host.conversations.submit({ op: "set_model", session, model });
  if (problem) throw new Error([problem.message, problem.next].filter(Boolean).join(" "));
  // The practice model is what there is without a key; to remember it would hide the key that comes later.
  if (!lasting || model.startsWith("practice/")) return;
  try {
    await vscode.workspace.getConfiguration("stride").update("model", model, vscode.ConfigurationTarget.Global);
  } catch (error) {
    throw new Error(
      `This conversation goes on with ${model}, but your settings could not be changed for new ones: ${messageOf(error)}`,
      { cause: error },
    );
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
    buttons: [onlyHere],
  };
}
