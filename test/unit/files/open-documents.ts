import { writeFileSync } from "node:fs";
import type { ApplyOutcome, HostApi, OpenDocument, TextChange } from "../../../src/shared/protocol/host";
import { applyTextChanges } from "../../../src/files/text-changes";

type DocumentHost = Pick<HostApi, "openDocument" | "applyChanges" | "createFile">;

/** An editor in memory with real rules: versions, one step a change, saved unless the user had text of their own. */
export function openDocuments(onSave: (text: string) => string = (text) => text): DocumentHost & {
  documents: Map<string, OpenDocument>;
  steps: TextChange[][];
  open(path: string, text: string, state?: Partial<OpenDocument>): void;
} {
  const documents = new Map<string, OpenDocument>();
  const steps: TextChange[][] = [];
  return {
    documents,
    steps,
    open: (path, text, state) => {
      documents.set(path, { path, text, dirty: false, version: 1, eol: "\n", languageId: "plaintext", ...state });
      if (!state?.dirty) writeFileSync(path, text);
    },
    openDocument: async (path) => documents.get(path) ?? null,
    createFile: async () => null,
    applyChanges: async (path, version, changes): Promise<ApplyOutcome> => {
      const document = documents.get(path);
      if (!document) return { ok: false, why: "closed" };
      if (document.version !== version) return { ok: false, why: "stale", text: document.text };
      steps.push(changes);
      const edited = applyTextChanges(document.text, changes);
      const text = document.dirty ? edited : onSave(edited);
      documents.set(path, { ...document, text, version: version + 1 });
      if (!document.dirty) writeFileSync(path, text);
      return { ok: true, saved: !document.dirty, text, version: version + 1 };
    },
  };
}
