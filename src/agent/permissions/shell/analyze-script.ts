import { normalize } from "../paths/canonical-path";
import type { PathWorld } from "../paths/path-guard";
import { resolvePath } from "../paths/resolve-path";
import { literalScripts } from "./command-views";
import { shellLimits } from "./limits";
import type { ShellPart, ShellScript } from "./part";
import { walkScript } from "./walk-script";

/** The line and, for refusing only, every literal script inside of it. */
export function analyzeScript(source: string, cwd: string | null, world: PathWorld, depth = 0): ShellScript {
  world.work.spend(20 + source.length / 4);
  const script = walkScript(source, {
    cwd,
    spend: (steps) => world.work.spend(steps),
    home: world.home,
    changeDirectory: (from, to) => {
      // `cd` itself is logical, the operands behind it are physical: where a link is crossed both count.
      const literal = normalize(to.value, from);
      const real = resolvePath(literal, world.context.probe)?.path;
      return real === undefined ? [] : [...new Set([literal, real])];
    },
  });
  const parts: ShellPart[] = [];
  let forkBomb = script.forkBomb;
  const problems = [...script.problems];
  for (const part of script.parts) {
    parts.push(part);
    const scripts = literalScripts(part);
    if (scripts.length > 0 && depth >= shellLimits.scriptDepth) {
      problems.push("scripts are nested too deeply");
      continue;
    }
    for (const text of scripts) {
      const inner = analyzeScript(text, null, world, depth + 1);
      forkBomb ||= inner.forkBomb;
      parts.push(...inner.parts.map((one) => ({ ...one, nested: true })));
    }
  }
  return { parts, problems, forkBomb };
}
