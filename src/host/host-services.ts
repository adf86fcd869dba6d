import type { ExtensionContext } from "vscode";
import type { CommandTerminals } from "./api/command-terminals";
import type { Secrets } from "./api/secrets";
import type { Conversations } from "./conversations";
import type { Drafts } from "./drafts";
import type { EngineThread } from "./engine-thread";
import type { FileSearch } from "./file-search";
import type { Log } from "./log";
import type { ChatPanels } from "./panel/chat-panels";
import type { DiffDocuments } from "./panel/open-things";
import type { Settings } from "./settings";

/** What commands and panel messages work with; made once by `createHost`. */
export interface HostServices {
  context: ExtensionContext;
  log: Log;
  thread: EngineThread;
  conversations: Conversations;
  panels: ChatPanels;
  secrets: Secrets;
  terminals: CommandTerminals;
  drafts: Drafts;
  diffs: DiffDocuments;
  fileSearch: FileSearch;
  workspace(): { cwd: string; roots: string[] };
  settings(): Settings;
  /** A key was set or removed: engine and panels have to know. */
  keysChanged(): Promise<void>;
}
