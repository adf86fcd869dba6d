import type { HostApi } from "../../shared/protocol/host";
import type { CommandTerminals } from "./command-terminals";
import { debugState } from "./debug-state";
import { diagnostics } from "./diagnostics";
import type { EditorModels } from "./editor-models";
import type { IntegratedTerminal } from "./integrated-terminal";
import { language } from "./language";
import { editNotebook, notebookCells } from "./notebooks";
import { applyChanges, dirtyDocuments, openDocument } from "./open-document";
import type { Secrets } from "./secrets";
import { runTask, tasks } from "./tasks";
import { runTests } from "./tests";
import { createFile, deleteFile, moveFile } from "./workspace-files";

export interface HostApiParts {
  secrets: Secrets;
  terminals: CommandTerminals;
  integrated: IntegratedTerminal;
  models: EditorModels;
}

export function createHostApi({ secrets, terminals, integrated, models }: HostApiParts): HostApi {
  return {
    openDocument,
    dirtyDocuments,
    applyChanges,
    moveFile,
    deleteFile,
    createFile,
    notebookCells,
    editNotebook,
    diagnostics,
    language,
    tasks,
    runTask,
    runTests,
    debugState,
    showCommand: async (view) => terminals.begin(view),
    writeCommand: async (id, text) => terminals.write(id, text),
    endCommand: async (id, exitCode) => terminals.end(id, exitCode),
    runInTerminal: (command, cwd, timeoutMs) => integrated.run(command, cwd, timeoutMs),
    interruptTerminal: async () => integrated.interrupt(),
    secret: (name) => secrets.get(name),
    editorModels: () => models.list(),
    startEditorModel: (id, request) => models.start(id, request),
    nextFromEditorModel: (call) => models.next(call),
    cancelEditorModel: (call) => models.cancel(call),
  };
}
