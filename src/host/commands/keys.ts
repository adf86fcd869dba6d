import * as vscode from "vscode";
import { keyProblem } from "../api/secrets";
import type { HostServices } from "../host-services";

interface Provider extends vscode.QuickPickItem {
  id: string;
  /** Written to the settings with the key: Stride does not know it by itself. */
  baseUrl?: string;
}

const known: readonly Provider[] = [
  { id: "anthropic", label: "Anthropic", description: "Claude", detail: "Keys start with sk-ant-" },
  { id: "openai", label: "OpenAI", description: "GPT" },
  { id: "gemini", label: "Google Gemini" },
  {
    id: "openrouter",
    label: "OpenRouter",
    description: "Models of many vendors",
    baseUrl: "https://openrouter.ai/api/v1",
  },
];

/** With an argument for that provider, otherwise the person chooses one. */
export async function setKey(host: HostServices, wanted?: unknown): Promise<void> {
  const provider = await choose(host, wanted, "Whose key is it?");
  if (!provider) return;
  const value = await vscode.window.showInputBox({
    title: `Stride: Set ${provider.label} API key`,
    prompt: "Kept in the editor's secret storage, never in settings or files.",
    placeHolder: provider.id === "anthropic" ? "sk-ant-…" : "",
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text === "" ? undefined : keyProblem(text)),
  });
  if (value === undefined || keyProblem(value)) return;
  await host.secrets.set(keyName(provider.id), value.trim());
  if (provider.baseUrl !== undefined) await addProvider(host, provider.id, provider.baseUrl);
  await host.keysChanged();
  const models = "Select Model";
  const chosen = vscode.window.showInformationMessage(`Stride: the ${provider.label} key is stored.`, models);
  void chosen.then((one) => one === models && vscode.commands.executeCommand("stride.selectModel"));
}

export async function clearKey(host: HostServices, wanted?: unknown): Promise<void> {
  const stored: string[] = [];
  for (const { id } of providersOf(host)) if (await host.secrets.stored(keyName(id))) stored.push(id);
  if (stored.length === 0) return void vscode.window.showInformationMessage("Stride: no key is stored.");
  const provider = await choose(host, wanted ?? (stored.length === 1 ? stored[0] : undefined), "Whose key shall go?", stored);
  if (!provider) return;
  const name = keyName(provider.id);
  await host.secrets.clear(name);
  await host.keysChanged();
  const fromEnvironment = process.env[name] ? ` ${name} of the environment is still used.` : "";
  void vscode.window.showInformationMessage(`Stride: the stored ${provider.label} key is removed.${fromEnvironment}`);
}

/** Stored here or in the environment. */
export async function hasAnyKey(host: HostServices): Promise<boolean> {
  for (const { id } of providersOf(host)) if ((await host.secrets.get(keyName(id))) !== null) return true;
  return false;
}

/** As the engine asks for it. */
export const keyName = (provider: string): string => `${provider.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_API_KEY`;

/** Those Stride knows, and the person's own. */
function providersOf(host: HostServices): Provider[] {
  const own = Object.entries(host.settings().providers).filter(([id]) => !known.some((one) => one.id === id));
  return [...known, ...own.map(([id, { kind, baseUrl }]) => ({ id, label: id, description: `${kind}, ${baseUrl}` }))];
}

async function choose(
  host: HostServices,
  wanted: unknown,
  placeHolder: string,
  among?: readonly string[],
): Promise<Provider | undefined> {
  const all = providersOf(host).filter(({ id }) => among === undefined || among.includes(id));
  const named = all.find(({ id }) => id === wanted);
  return named ?? vscode.window.showQuickPick(all, { title: "Stride: API key", placeHolder, matchOnDescription: true });
}

async function addProvider(host: HostServices, id: string, baseUrl: string): Promise<void> {
  const { providers } = host.settings();
  if (providers[id]) return;
  const next = { ...providers, [id]: { kind: "openai", baseUrl } };
  await vscode.workspace.getConfiguration("stride").update("providers", next, vscode.ConfigurationTarget.Global);
}
