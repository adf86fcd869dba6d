import { allow, ask, deny, ruleAsks, ruleDenies, type Finding } from "./finding";
import { judgePattern } from "./judge-pattern";
import { liftsName, liftsOutside, pathRule, ruleBelow, type RuleSet } from "./match-rules";
import { guardPath, type GuardedPath, type PathWorld } from "./paths/path-guard";
import { resolvePath } from "./paths/resolve-path";
import { workTreeTop } from "./shell/git-repository";
import type { OperandAccess } from "./shell/operands";

export interface PathQuestion {
  text: string;
  op: "read" | "write";
  /** Folder that relative paths start from; default the session's. */
  cwd?: string;
  /** Secrets matter because contents come out. */
  content: boolean;
  /** Somebody else (an allow rule for the command) already approved the act: only the place is judged. */
  placeOnly?: boolean;
}

/** Rules, names, roots and links for one path: the same for every tool and every operand. */
export function judgePath(question: PathQuestion, rules: RuleSet): Finding {
  const { world } = rules;
  const guarded = guardPath(question.text, question.op, world, question.cwd);
  const finding = judgeGuarded(question, guarded, rules);
  return { ...finding, targets: [guarded.target], changes: question.op === "write" };
}

function judgeGuarded(question: PathQuestion, guarded: GuardedPath, rules: RuleSet): Finding {
  const { op } = question;
  const { target, problem } = guarded;
  const shown = target.symlink ? `${target.path} → ${target.resolved}` : target.path;
  const what = `${op === "read" ? "reading" : "changing"} ${shown}`;
  if (problem?.verdict === "deny" && problem.gate !== "path") return deny(problem.gate, `${problem.reason}: ${shown}`);
  const denied = pathRule(rules.deny, op, guarded, rules.world);
  if (denied) return ruleDenies(denied, what);
  if (problem?.verdict === "deny") return deny(problem.gate, `${problem.reason}: ${shown}`);
  const asked = pathRule(rules.ask, op, guarded, rules.world);
  if (asked) return ruleAsks(asked, what);
  if (problem) return ask(problem.gate, `${problem.reason}: ${shown}`, { risk: "high" });
  const rule = pathRule(rules.allow, op, guarded, rules.world);
  const place = placeProblem(question, guarded, liftsName(rule), liftsOutside(rule));
  if (place) return ask("path", `${what}: ${place}`, { risk: "high" });
  if (rule) return allow("rules", `${what} is allowed by ${rule.source.text}`, rule);
  if (op === "read") return allow("path", "reading inside the workspace");
  if (question.placeOnly) return allow("path", "inside the workspace");
  const { mode } = rules.world.context;
  if (mode === "acceptEdits" || mode === "auto") return allow("mode", "edits inside the workspace are accepted in this mode");
  return ask("person", what, { risk: "low" });
}

function placeProblem(question: PathQuestion, guarded: GuardedPath, name: boolean, outside: boolean): string | undefined {
  const { target } = guarded;
  if (question.op === "write" || question.placeOnly) {
    if (guarded.protectedBy && !name) return `${guarded.protectedBy} is protected, later programs act on it`;
  }
  if (guarded.sensitiveBy && question.content && !name) return `${guarded.sensitiveBy} may hold secrets`;
  if (target.outside && !outside)
    return target.symlink ? "the link leads outside the workspace" : "it lies outside the workspace";
  if (question.op === "write" && guarded.hardLinked) return "the file has a second name (hard link) that would change as well";
  return undefined;
}

/** An operand of a command, in every folder the command may run in. */
export function judgeOperand(
  access: OperandAccess,
  cwds: readonly string[] | null,
  rules: RuleSet,
  placeOnly: boolean,
): Finding[] {
  if (access.text === "/dev/null") return [];
  const absolute = /^(?:\/|~)/.test(access.text);
  if (cwds === null && !absolute) return [ask("path", `the folder that ${access.text} is relative to cannot be told`)];
  const places = cwds === null || absolute ? [rules.world.cwd] : cwds;
  return places.flatMap((place) => {
    const cwd = startOf(access, place, rules.world);
    const judged = judgePath({ text: access.text, op: access.op, cwd, content: access.content, placeOnly }, rules);
    // A tool must not open a device; for a command it is a question like any other place outside.
    const softened =
      judged.verdict === "deny" && judged.gate === "path"
        ? { ...judged, verdict: "ask" as const, gate: "path" as const }
        : judged;
    return [softened, ...judgePattern(access, cwd, rules, placeOnly), ...below(access, judged, rules)];
  });
}

/** What git reads by revision lies where the repository begins. */
export const startOf = ({ fromTop }: OperandAccess, cwd: string, world: PathWorld): string =>
  (fromTop && workTreeTop(cwd, world)) ?? cwd;

function below(access: OperandAccess, judged: Finding, rules: RuleSet): Finding[] {
  if (!access.recursive) return [];
  const folder = judged.targets?.[0]?.resolved ?? "/";
  if (resolvePath(folder, rules.world.context.probe)?.kind === "file") return [];
  const rule = ruleBelow([...rules.deny, ...rules.ask], access.op, folder, rules.world);
  return rule ? [ask("rules", `${rule.source.text} protects files below ${folder}`, { rule, firm: true })] : [];
}
