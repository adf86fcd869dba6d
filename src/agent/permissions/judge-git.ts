import type { Rule } from "../../config/rules/rule";
import { ask, type Finding } from "./finding";
import { literalPlaces, ruleBelow, type RuleSet } from "./match-rules";
import { normalize } from "./paths/canonical-path";
import type { PathWorld } from "./paths/path-guard";
import { resolvePath } from "./paths/resolve-path";
import { workTreeTop } from "./shell/git-repository";
import { gitOperandPaths, gitShown, readPathspec, type GitShown } from "./shell/git-shown";
import type { ShellPart } from "./shell/part";
import { stripWrappers } from "./shell/wrappers";

/** `git diff` prints files it does not name: a rule that keeps one of them from being read makes it a question. */
export function shownByGit(part: ShellPart, rules: RuleSet): Finding[] {
  const guards = [...rules.deny, ...rules.ask].filter((rule) => rule.tool === "Read" && rule.specifier.kind === "path");
  if (guards.length === 0) return [];
  const shown = gitShown(stripWrappers(part.words).words.map((word) => word.value));
  if (!shown) return [];
  rules.world.work.spend(20 + guards.length * (1 + shown.pathspecs.length + shown.words.length));
  return startsOf(shown, part.cwds ?? [rules.world.cwd], rules.world).flatMap((cwd) => {
    const { places, excluded } = placesOf(shown, cwd, rules.world);
    const rule = guards
      .filter((guard) => !leftOut(guard, excluded, rules.world))
      .find((guard) => places.some((place) => ruleBelow([guard], "read", place, rules.world)));
    if (!rule) return [];
    const reason = `it shows the text of files without naming them, and ${rule.source.text} keeps some of them from being read: name what you need, as in -- src`;
    return [ask("rules", reason, { rule, firm: true })];
  });
}

function startsOf({ elsewhere }: GitShown, cwds: readonly string[], { home }: PathWorld): string[] {
  const from = (start: string, path: string): string => normalize(path.replace(/^~(?=\/|$)/, home), start);
  return cwds.flatMap((cwd) => {
    const folder = elsewhere.folders.reduce(from, cwd);
    return [folder, ...elsewhere.trees.map((tree) => from(folder, tree))];
  });
}

function placesOf(shown: GitShown, cwd: string, world: PathWorld): { places: string[]; excluded: string[] } {
  const top = workTreeTop(cwd, world) ?? cwd;
  const isPath = (word: string): boolean => /^:[(!^/]/.test(word) || exists(word, cwd, world);
  const specs = [...shown.pathspecs, ...shown.words.filter(isPath)].map((text) => {
    const spec = readPathspec(text);
    const start = spec.fromTop ? top : cwd;
    return { ...spec, place: spec.loose ? start : normalize(stillPart(spec.path), start) };
  });
  const narrowed = specs.filter(({ exclude }) => !exclude).map(({ place }) => place);
  const excluded = specs.filter(({ exclude, loose, path }) => exclude && !loose && stillPart(path) === path);
  const revisions = shown.words.filter((word) => !isPath(word));
  const objects = revisions.filter((word) => word.includes(":")).flatMap(gitOperandPaths);
  const whole = narrowed.length === 0 && (revisions.length === 0 || revisions.some((word) => !word.includes(":")));
  return {
    places: [
      ...narrowed,
      ...objects.map(({ text, fromTop }) => normalize(text, fromTop ? top : cwd)),
      ...(whole ? [shown.from === "top" ? top : cwd] : []),
    ],
    excluded: excluded.map(({ place }) => place),
  };
}

/** `src/a*` may be anything in `src`. */
function stillPart(path: string): string {
  const segments = path.split("/");
  const glob = segments.findIndex((segment) => /[*?[\\]/.test(segment));
  return glob < 0 ? path : segments.slice(0, glob).join("/") || (path.startsWith("/") ? "/" : ".");
}

function leftOut(rule: Rule, excluded: readonly string[], world: PathWorld): boolean {
  const places = excluded.length > 0 ? literalPlaces(rule, world) : [];
  return places.length > 0 && places.every((place) => excluded.includes(place));
}

const exists = (word: string, cwd: string, { context }: PathWorld): boolean =>
  (resolvePath(normalize(word, cwd), context.probe)?.kind ?? "missing") !== "missing";
