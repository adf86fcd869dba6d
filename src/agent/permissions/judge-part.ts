import type { Rule } from "../../config/rules/rule";
import { allow, ask, deny, ruleAsks, ruleDenies, type Finding } from "./finding";
import { shownByGit } from "./judge-git";
import { judgeOperand, judgePath, startOf } from "./judge-path";
import { commandRule, pathRule, type RuleSet } from "./match-rules";
import { deletesTree } from "./deletes-tree";
import { outwardCommand } from "./outward";
import { guardPath } from "./paths/path-guard";
import { namedFiles, prefixProblem } from "./shell/command-effects";
import { commandViews } from "./shell/command-views";
import { editCommand } from "./shell/edit-commands";
import { floorOf, floorOfRedirect } from "./shell/floor";
import { repositoryProblem } from "./shell/git-repository";
import { shellLimits } from "./shell/limits";
import { readOnlyTable, readOnlyUse, type OperandAccess, type ReadOnlyUse } from "./shell/operands";
import type { ShellPart, ShellRedirect } from "./shell/part";
import { interpreters } from "./shell/tables/launchers";
import { stripWrappers } from "./shell/wrappers";

export interface PartContext {
  rules: RuleSet;
  tool: string;
  shell: "bash" | "zsh";
  /** `Bash` or `Bash(*)`: everything but places. */
  blanket: Rule | undefined;
  /** The line changes folders somewhere. */
  moves: boolean;
}

/** Everything that can be said about one command of the line. */
export function judgePart(part: ShellPart, context: PartContext): Finding[] {
  const { rules } = context;
  // A launcher is read once from each of its words.
  rules.world.work.spend(10 + part.words.length * 6);
  const views = commandViews(part);
  const words = views.reduce((sum, view) => sum + view.length, 0);
  rules.world.work.spend(words / 4 + (views.length * (rules.deny.length + rules.ask.length + 1)) / 2);
  const out: Finding[] = [];
  const denied = commandRule(rules.deny, ["Bash"], views);
  if (denied) out.push(ruleDenies(denied, shorten(part.text)));
  for (const view of views) {
    const floor = floorOf(view, part.cwds, rules.world);
    if (floor)
      out.push(
        floor.verdict === "deny"
          ? deny("floor", `${shorten(part.text)}: ${floor.reason}`)
          : ask("floor", floor.reason, { firm: true, risk: "high" }),
      );
  }
  for (const { operator, target } of part.redirects) {
    const floor = target && operator !== "<" ? floorOfRedirect(target.value) : undefined;
    if (floor) out.push(deny("floor", floor.reason));
  }
  const asked = commandRule(rules.ask, ["Bash"], views);
  if (asked) out.push(ruleAsks(asked, shorten(part.text)));
  const use = readOnlyUse(part, context.shell);
  const accesses = distinct(typeof use === "string" ? namedFiles(stripWrappers(part.words).words) : use.accesses);
  out.push(...forbiddenFiles(accesses, part, rules), ...shownByGit(part, rules));
  if (typeof use === "string") out.push(...maybeWritten(accesses, part, rules));
  if (part.nested) return out;
  out.push(...part.redirects.flatMap((redirect) => judgeRedirect(redirect, part, rules)));
  if (part.words.length === 0) return [...out, ...emptyPart(part, context)];
  if (part.words[0]?.value === "cd") return [...out, ...judgeCd(part, context)];
  return [...out, ...judgeAct(part, use, accesses, context)];
}

/** The act itself: the read-only list, then the mode, then allow rules. */
function judgeAct(part: ShellPart, use: ReadOnlyUse | string, accesses: OperandAccess[], context: PartContext): Finding[] {
  const { rules, blanket } = context;
  const unclear = [
    ...part.unclear,
    ...(part.assignments.length > 0 ? [`it sets ${part.assignments.join(", ")} for the command`] : []),
  ];
  const text = shorten(part.text);
  if (typeof use !== "string" && unclear.length === 0) {
    const git = use.git ? gitProblem(part, context) : undefined;
    const places = judgeOperands(accesses, part, rules, false);
    if (git === undefined)
      return places.every((one) => one.verdict === "allow")
        ? [allow("shell", `${text} only reads inside the workspace`)]
        : places;
    return [byRule(part, accesses, `git: ${git}`, context), ...places];
  }
  const edits =
    unclear.length === 0 && ["acceptEdits", "auto"].includes(rules.world.context.mode) ? editCommand(part) : undefined;
  if (edits)
    return edits
      .flatMap((access) => judgeOperand(access, part.cwds, rules, false))
      .map((finding) => ({ ...finding, changes: true }));
  if (blanket)
    return [allow("rules", `allowed by ${blanket.source.text}`, blanket), ...places(accesses, part, rules)].map((one) => ({
      ...one,
      changes: true,
    }));
  const risk = deletesTree(stripWrappers(part.words).words.map((word) => word.value)) ? "high" : "medium";
  if (unclear.length > 0) return [ask("shell", `${text}: ${unclear[0]}`, { contained: true, changes: true, risk })];
  return [byRule(part, accesses, typeof use === "string" ? use : "", context), ...places(accesses, part, rules)].map((one) => ({
    ...one,
    changes: true,
  }));
}

/** Does an allow rule cover this command as a whole? */
function byRule(part: ShellPart, accesses: OperandAccess[], why: string, context: PartContext): Finding {
  const { rules, tool } = context;
  const text = shorten(part.text);
  const { words, xargs } = stripWrappers(part.words);
  const values = words.map((word) => word.value);
  const name = values[0] ?? "";
  const matching = rules.allow.filter((rule) =>
    commandRule([rule], [tool === "PowerShell" ? "Bash" : tool, "Bash"], [values, part.words.map((word) => word.value)]),
  );
  let reason = why;
  if (/[^\x21-\x7e]/.test(name)) return ask("shell", `${text}: the program name has unusual characters`, { contained: true });
  for (const rule of matching) {
    if (rule.specifier.kind !== "command") continue;
    const { pattern } = rule.specifier;
    const shell =
      interpreters.has(name) && /^(?:ba|z|da|k|a|fi|c|tc)?sh$/.test(name) && values.some((word) => /^-[a-zA-Z]*c$/.test(word));
    const piped =
      interpreters.has(name) &&
      values.slice(1).every((word) => word.startsWith("-")) &&
      !values.some((word) => /^--?(?:version|help|V|h)$/.test(word));
    const problem =
      shell || piped
        ? `${name} ${shell ? "-c" : "reading its program from the input"} is never allowed by a rule`
        : context.moves && name === "git"
          ? "changing the folder and then running git asks, the other folder may bring its own configuration"
          : pattern.exact
            ? undefined
            : (prefixProblem(words, pattern.named) ??
              globProblem(part, name) ??
              (xargs && accesses.length === 0 && fileTool(name) ? "its operands come from standard input" : undefined));
    if (problem !== undefined) {
      reason = problem;
      continue;
    }
    const outward = rules.world.context.tainted ? outwardCommand(values) : undefined;
    if (outward)
      return ask("rules", `${text}: ${outward}, and this session has read untrusted text`, { rule, risk: "high", changes: true });
    return allow("rules", `${text} is allowed by ${rule.source.text}`, rule);
  }
  return ask("shell", `${text}: ${reason}`, {
    contained: true,
    risk: outwardCommand(values) || deletesTree(values) ? "high" : "medium",
  });
}

const fileTool = (name: string): boolean =>
  readOnlyTable(name) !== undefined ||
  ["cp", "mv", "rm", "tee", "touch", "mkdir", "rmdir", "ln", "chmod", "chown"].includes(name);

function globProblem(part: ShellPart, name: string): string | undefined {
  const table = readOnlyTable(name);
  const risky = (table && !table.globs) || name === "find" || name === "git";
  return risky && part.words.some((word) => word.glob) ? "an unquoted pattern may expand to an option" : undefined;
}

/** Places a rule-covered command names: outside, protected and secret ones still ask. */
function places(accesses: OperandAccess[], part: ShellPart, rules: RuleSet): Finding[] {
  return accesses
    .flatMap((access) => judgeOperand(access, part.cwds, rules, true))
    .filter((finding) => finding.verdict !== "allow");
}

function judgeOperands(accesses: OperandAccess[], part: ShellPart, rules: RuleSet, placeOnly: boolean): Finding[] {
  if (accesses.length > shellLimits.askOperands)
    return [ask("path", `the command names more than ${shellLimits.askOperands} files`)];
  return accesses.flatMap((access) => judgeOperand(access, part.cwds, rules, placeOnly));
}

function distinct(accesses: OperandAccess[]): OperandAccess[] {
  return [
    ...new Map(accesses.map((access) => [`${access.op} ${access.glob} ${access.fromTop} ${access.text}`, access])).values(),
  ];
}

/** Deny and ask rules for files bind whatever command names them. */
function forbiddenFiles(accesses: OperandAccess[], part: ShellPart, rules: RuleSet): Finding[] {
  if (![...rules.deny, ...rules.ask].some((rule) => rule.specifier.kind === "path")) return [];
  const cwds = part.cwds ?? [rules.world.cwd];
  // Whoever reads a folder with all that is in it reads what a rule forbids below it.
  const all = accesses.flatMap((access) => (access.recursive ? [access, { ...access, text: `${access.text}/*` }] : [access]));
  rules.world.work.spend(all.length * cwds.length * (rules.deny.length + rules.ask.length) * 10);
  return all.flatMap((access) =>
    cwds.flatMap((cwd) => {
      const guarded = guardPath(access.text, access.op, rules.world, startOf(access, cwd, rules.world));
      const ops = access.op === "write" ? (["write"] as const) : (["read"] as const);
      const denied = ops.map((op) => pathRule(rules.deny, op, guarded, rules.world)).find(Boolean);
      if (denied) return [ruleDenies(denied, access.text)];
      const asked = ops.map((op) => pathRule(rules.ask, op, guarded, rules.world)).find(Boolean);
      return asked ? [ruleAsks(asked, access.text)] : [];
    }),
  );
}

/** Nobody knows what an unknown program does with the files it is given: one that may not be edited asks. */
function maybeWritten(accesses: OperandAccess[], part: ShellPart, rules: RuleSet): Finding[] {
  const name = stripWrappers(part.words).words[0]?.value ?? "";
  const guards = rules.deny.filter((rule) => rule.tool === "Edit" && rule.specifier.kind === "path");
  if (guards.length === 0 || name === "cp" || name === "git" || readOnlyTable(name) !== undefined) return [];
  return accesses.flatMap((access) =>
    (part.cwds ?? [rules.world.cwd]).flatMap((cwd) => {
      const rule = pathRule(guards, "write", guardPath(access.text, "read", rules.world, cwd), rules.world);
      return rule ? [ask("rules", `${access.text} may not be changed: ${rule.source.text}`, { rule, firm: true })] : [];
    }),
  );
}

/** Only `/dev/null` and descriptor copies are free (SR-14). */
function judgeRedirect(redirect: ShellRedirect, part: ShellPart, rules: RuleSet): Finding[] {
  const { operator, target } = redirect;
  if (!target) return [ask("shell", "a redirect has no target")];
  if (!target.fixed || target.glob || target.home) {
    const fixedHome = target.home && target.text.startsWith("~");
    if (!fixedHome)
      return [
        ask("shell", `the redirect ${operator} ${target.text} has a target that is only known when it runs`, {
          changes: operator !== "<",
        }),
      ];
  }
  if ((operator === ">&" || operator === "<&") && /^(?:\d|-)$/.test(target.value)) return [];
  if (target.value === "/dev/null" && [">", ">>", "<", "&>", "&>>"].includes(operator)) return [];
  const read = operator === "<";
  const found = (part.cwds ?? [null]).map((cwd) =>
    cwd === null && !target.value.startsWith("/")
      ? ask("path", `the folder of ${target.value} cannot be told`)
      : judgePath({ text: target.value, op: read ? "read" : "write", content: true, ...(cwd === null ? {} : { cwd }) }, rules),
  );
  return found.map((finding) =>
    finding.verdict === "deny" && finding.gate === "path" ? { ...finding, verdict: "ask" as const } : finding,
  );
}

/** Redirects, assignments or constructs without a command of their own. */
function emptyPart(part: ShellPart, context: PartContext): Finding[] {
  const why = part.unclear[0] ?? (part.assignments.length > 0 ? `it sets ${part.assignments.join(", ")}` : undefined);
  if (why !== undefined) {
    const { blanket } = context;
    return [
      blanket
        ? allow("rules", `allowed by ${blanket.source.text}`, blanket)
        : ask("shell", `${shorten(part.text)}: ${why}`, { contained: true, changes: true }),
    ];
  }
  return part.redirects.length > 0 && context.shell === "zsh" ? [ask("shell", "zsh starts a pager for a redirect alone")] : [];
}

function judgeCd(part: ShellPart, context: PartContext): Finding[] {
  const { rules } = context;
  const operands = part.words.slice(1).filter((word) => !["-P", "-L", "--"].includes(word.value));
  const to = operands[0];
  const plain =
    to !== undefined &&
    operands.length === 1 &&
    to.fixed &&
    !to.glob &&
    !to.value.startsWith("-") &&
    part.unclear.length === 0 &&
    part.assignments.length === 0;
  if (!plain) return [ask("shell", `${shorten(part.text)}: where it leads cannot be told`)];
  if (part.cwds === null && !to.value.startsWith("/")) return [ask("path", `where ${to.value} is cannot be told`)];
  return (part.cwds ?? [rules.world.cwd]).map((cwd) => {
    const guarded = guardPath(to.value, "read", rules.world, cwd);
    const denied = pathRule(rules.deny, "cd", guarded, rules.world);
    if (denied) return ruleDenies(denied, part.text);
    const asked = pathRule(rules.ask, "cd", guarded, rules.world);
    if (asked) return ruleAsks(asked, part.text);
    const rule = pathRule(rules.allow, "cd", guarded, rules.world);
    if (guarded.problem) return ask("path", `${part.text}: ${guarded.problem.reason}`, { targets: [guarded.target] });
    if (guarded.target.outside && !rule) return ask("path", `${part.text} leaves the workspace`, { targets: [guarded.target] });
    return allow("path", "it stays in the workspace");
  });
}

function gitProblem(part: ShellPart, context: PartContext): string | undefined {
  if (context.moves) return "changing the folder and then running git asks, the other folder may bring its own configuration";
  if (part.cwds === null) return "the folder it runs in cannot be told";
  return part.cwds.map((cwd) => repositoryProblem(cwd, context.rules.world)).find((problem) => problem !== undefined);
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}…` : text);
