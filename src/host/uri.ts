import type { Uri } from "vscode";
import { promptOf } from "./uri-prompt";
import type { HostServices } from "./host-services";

/** Anyone can make a link: its text is shown in the composer, and the person decides whether to send it. */
export async function showPromptOf(host: HostServices, uri: Uri): Promise<void> {
  const prompt = promptOf(uri.path, uri.query);
  if (prompt === undefined) return host.log.warn("a link was not understood and did nothing");
  (await host.panels.reveal()).insert(prompt, true);
}
