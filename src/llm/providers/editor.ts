import type { HostApi } from "../../shared/protocol/host";
import type { ModelStream } from "../../shared/protocol/model";
import { messageOf } from "../../shared/errors";

export type EditorPorts = Pick<HostApi, "editorModels" | "startEditorModel" | "nextFromEditorModel" | "cancelEditorModel">;

/** Models of the user's other extensions: the editor asks for consent and runs them, we only pull. */
export function editorProvider(ports: EditorPorts): ModelStream {
  return async function* (request, signal) {
    const model = request.model ?? "";
    const site = { provider: "editor", model };
    let call: string | null = null;
    let over = false;
    const cancel = (): void => void (call !== null && ports.cancelEditorModel(call).catch(() => undefined));
    signal.addEventListener("abort", cancel, { once: true });
    try {
      call = await ports.startEditorModel(model, request);
      if (signal.aborted) cancel();
      for (;;) {
        const events = await ports.nextFromEditorModel(call);
        if (signal.aborted || events === null) break;
        for (const event of events) {
          if (over) break;
          over = event.type === "message_end" || event.type === "error";
          yield event;
        }
        if (over) return;
      }
      over = true;
      if (signal.aborted) yield { type: "error", error: { kind: "aborted", message: "Stopped.", ...site } };
      else yield { type: "error", error: { kind: "unavailable", message: "The editor's model ended its reply early.", ...site } };
    } catch (error) {
      over = true;
      yield { type: "error", error: { kind: "unavailable", message: `The editor's model failed: ${messageOf(error)}`, ...site } };
    } finally {
      signal.removeEventListener("abort", cancel);
      // Left early by the reader: the editor must not go on for nobody.
      if (!over) cancel();
    }
  };
}
