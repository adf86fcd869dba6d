import { minimatch } from "minimatch";
import { ask, type Finding } from "./finding";
import type { RuleSet } from "./match-rules";
import { toNative } from "./paths/canonical-path";
import { guardPath } from "./paths/path-guard";
import { protectedSamples } from "./paths/protected-names";
import { secretSamples, sensitiveName } from "./paths/sensitive-names";
import type { OperandAccess } from "./shell/operands";

/** What an unquoted pattern could name: by its text, and by what is there where the probe can list a folder. */
export function judgePattern(access: OperandAccess, cwd: string, rules: RuleSet, placeOnly: boolean): Finding[] {
  if (!access.glob) return [];
  const segments = access.text.split("/");
  return [...byText(access, segments, rules, placeOnly), ...byFiles(access, cwd, rules)];
}

function byText(access: OperandAccess, segments: string[], rules: RuleSet, placeOnly: boolean): Finding[] {
  if (access.op === "write") return writtenPattern(access, segments, rules);
  if (!access.content) return [];
  if (!placeOnly && segments.slice(0, -1).some((segment) => /[*?[]/.test(segment)))
    return [ask("path", `the pattern ${access.text} may lead through a link`)];
  const last = segments.at(-1) ?? "";
  if (secretSamples.some((name) => couldName(last, name)))
    return [ask("path", `the pattern ${access.text} may name a secret file`)];
  const rule = [...rules.deny, ...rules.ask].find((one) => one.tool === "Read" && one.specifier.kind === "path");
  return rule ? [ask("path", `the pattern ${access.text} may name a file that ${rule.source.text} forbids`)] : [];
}

/** Which files a pattern names is only known later: where it could name a guarded one, it asks. */
function writtenPattern(access: OperandAccess, segments: string[], rules: RuleSet): Finding[] {
  // `dist/*` means what was built there, not a file of instructions among it.
  const named = segments.filter((segment, i) => /[*?[]/.test(segment) && (i === 0 || !/^\*+$/.test(segment)));
  if (named.some((segment) => protectedSamples.some((name) => couldName(segment, name))))
    return [ask("path", `the pattern ${access.text} may name a protected file`)];
  const rule = [...rules.deny, ...rules.ask].find((one) => one.tool === "Edit" && one.specifier.kind === "path");
  return rule ? [ask("path", `the pattern ${access.text} may name a file that ${rule.source.text} guards`)] : [];
}

/** A name that fits may be a link out of the workspace or a secret: those are looked at one by one. */
function byFiles(access: OperandAccess, cwd: string, rules: RuleSet): Finding[] {
  const { probe } = rules.world.context;
  if (!probe.list) return [];
  const slash = access.text.lastIndexOf("/");
  const folder = slash < 0 ? "." : access.text.slice(0, slash) || "/";
  const last = access.text.slice(slash + 1);
  if (/[*?[]/.test(folder) || !/[*?[]/.test(last)) return [];
  const guarded = guardPath(folder, "read", rules.world, cwd);
  if (guarded.kind === "missing") return [];
  const entries = probe.list(toNative(guarded.target.resolved, probe.platform));
  if (entries === null) return [ask("path", `what ${access.text} names in this large or unreadable folder cannot be told`)];
  rules.world.work.spend(entries.length / 2);
  const fitting = entries.filter(({ name }) => couldName(last, name));
  for (const { name } of fitting.filter(({ link }) => link)) {
    const { target, problem } = guardPath(`${folder}/${name}`, access.op, rules.world, cwd);
    const where = `${access.text} names ${target.path}, which leads to ${target.resolved}`;
    if (target.outside || problem || target.protected || target.sensitive)
      return [ask("path", where, { risk: "high", targets: [target] })];
  }
  const secret = access.content ? fitting.find(({ name }) => sensitiveName(name) !== undefined) : undefined;
  return secret ? [ask("path", `${access.text} names ${secret.name}, which may hold secrets`, { risk: "high" })] : [];
}

/** The shell's own pattern, without what only minimatch reads into it. */
const couldName = (pattern: string, name: string): boolean =>
  pattern.length > 100 ||
  minimatch(name, pattern, { nobrace: true, noext: true, nonegate: true, nocomment: true, noglobstar: true, nocase: true });
