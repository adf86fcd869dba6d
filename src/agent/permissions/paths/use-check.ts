import type { ResolvedTarget } from "../../../shared/protocol/permission";
import type { PathProbe } from "../types";
import { resolvePath } from "./resolve-path";

export interface TargetSnapshot {
  target: ResolvedTarget;
  kind: string;
  text: string | null;
}

/** What was judged, to be compared right before it is used (SR-23). */
export function snapshotTargets(targets: readonly ResolvedTarget[], probe: PathProbe): TargetSnapshot[] {
  return targets.map((target) => ({
    target,
    kind: resolvePath(target.path, probe)?.kind ?? "loop",
    text: probe.readSmall(target.resolved),
  }));
}

/** "moved" = another object stands there now: refuse. "changed" = other contents: show the person the new state. */
export function compareTargets(snapshots: readonly TargetSnapshot[], probe: PathProbe): "same" | "moved" | "changed" {
  let result: "same" | "changed" = "same";
  for (const { target, kind, text } of snapshots) {
    const now = resolvePath(target.path, probe);
    if (now === null || now.path !== target.resolved || now.kind !== kind) return "moved";
    if (text !== probe.readSmall(target.resolved)) result = "changed";
  }
  return result;
}
