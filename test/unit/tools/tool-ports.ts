import type { Todo } from "../../../src/shared/protocol/agent";
import type { HostApi } from "../../../src/shared/protocol/host";
import type { PermissionMode } from "../../../src/shared/protocol/permission";
import type { SeenFiles } from "../../../src/shared/ports/files";
import type { ToolPorts } from "../../../src/agent/tools/define";
import { createFiles } from "../../../src/files/create-files";
import { openDocuments } from "../files/open-documents";

/** Real files in `cwd`, an editor in memory; what a test does not give is not there. */
export function toolPorts(
  cwd: string,
  given: Omit<Partial<ToolPorts>, "host"> & { editor?: ReturnType<typeof openDocuments>; host?: Partial<HostApi> } = {},
): ToolPorts {
  const { editor = openDocuments(), host, ...rest } = given;
  const known = new Map<string, { hash: string; text?: string }>();
  const seen: SeenFiles = {
    get: (path) => known.get(path),
    set: (path, value) => void known.set(path, value),
    paths: () => [...known.keys()],
  };
  let todos: Todo[] = [];
  let mode: PermissionMode = "default";
  const missing = new Proxy({}, { get: (_, name) => () => Promise.reject(new Error(`not given: ${String(name)}`)) });
  return {
    cwd,
    shell: "bash",
    files: createFiles({ host: editor }),
    seen,
    commands: missing as ToolPorts["commands"],
    search: missing as ToolPorts["search"],
    web: missing as ToolPorts["web"],
    host: { ...editor, diagnostics: async () => [], notebookCells: async () => null, ...host } as HostApi,
    todos: { get: () => todos, set: (next) => void (todos = next) },
    ask: async () => null,
    mode: { get: () => mode, set: (next) => void (mode = next) },
    recall: { search: async () => [] },
    deferred: { search: () => [], load: (names) => names },
    ...rest,
  };
}
