import type { HostApi } from "../shared/protocol/host";

/** There is no editor: nothing is open, no provider answers, files are the disk's. */
export function headlessHost(secrets: (name: string) => string | null): HostApi {
  const noEditor = { ok: false, why: "no_provider", message: "There is no editor here; use Grep and Read instead." } as const;
  return {
    openDocument: async () => null,
    dirtyDocuments: async () => [],
    applyChanges: async () => ({ ok: false, why: "closed" }),
    moveFile: async () => noEditorProblem,
    deleteFile: async () => noEditorProblem,
    createFile: async () => noEditorProblem,
    notebookCells: async () => null,
    editNotebook: async () => noEditorProblem,
    diagnostics: async () => [],
    language: async () => noEditor,
    tasks: async () => [],
    runTask: async () => ({ exitCode: null, problem: noEditorProblem }),
    debugState: async () => null,
    showCommand: async () => {},
    writeCommand: async () => {},
    endCommand: async () => {},
    runInTerminal: async () => null,
    secret: async (name) => secrets(name),
    editorModels: async () => [],
    startEditorModel: async () => {
      throw new Error("Models of the editor's extensions are only there in the editor.");
    },
    nextFromEditorModel: async () => null,
    cancelEditorModel: async () => {},
  };
}

const noEditorProblem = { kind: "no_editor", message: "There is no editor here." };
