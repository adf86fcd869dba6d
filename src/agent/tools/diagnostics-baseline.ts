import type { Diagnostic, HostApi } from "../../shared/protocol/host";
import type { SeenFiles } from "../../shared/ports/files";

/** Per session, which its SeenFiles stand for; gone with them. */
const baselines = new WeakMap<SeenFiles, Map<string, Set<string>>>();

/** Before the first edit of a file: what the editor already complained about is not the edit's fault. */
export async function noteDiagnostics(ports: { seen: SeenFiles; host: HostApi }, path: string): Promise<void> {
  let baseline = baselines.get(ports.seen);
  if (!baseline) baselines.set(ports.seen, (baseline = new Map()));
  if (baseline.has(path)) return;
  const known = await ports.host.diagnostics([path]).catch(() => []);
  baseline.set(path, new Set(known.map(identity)));
}

/** Only of files that were edited; elsewhere nothing is new. */
export function newDiagnostics(seen: SeenFiles, diagnostics: Diagnostic[]): Diagnostic[] {
  const baseline = baselines.get(seen);
  return diagnostics.filter((diagnostic) => baseline?.get(diagnostic.path)?.has(identity(diagnostic)) === false);
}

export const editedPaths = (seen: SeenFiles): string[] => [...(baselines.get(seen)?.keys() ?? [])];

/** Without the place: an edit above moves it. */
const identity = ({ severity, message, source, code }: Diagnostic): string => [severity, message, source, code].join("\0");
