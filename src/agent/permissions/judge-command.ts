import type { CommandPart, ResolvedTarget } from "../../shared/protocol/permission";
import type { Access } from "../../shared/protocol/permission";
import { allow, ask, deny, ruleAsks, ruleDenies, type Finding } from "./finding";
import { judgePart } from "./judge-part";
import { judgeOperand } from "./judge-path";
import { commandRule, toolRule, type RuleSet } from "./match-rules";
import { insideRoots } from "./paths/path-guard";
import { normalize, withSlashes } from "./paths/canonical-path";
import { checkPathText } from "./paths/check-path-text";
import { analyzeScript } from "./shell/analyze-script";
import { cmdFloor, cmdParts } from "./shell/cmd";
import { viewsOf } from "./shell/command-views";
import { checkCommandText } from "./shell/command-text";
import { shellLimits } from "./shell/limits";
import { powershellFloor, powershellParts } from "./shell/powershell";
import { zshDifference } from "./shell/zsh";
import type { DecideRequest } from "./types";

type CommandAccess = Extract<Access, { kind: "command" }>;

/** One answer for the whole line: every part must pass on its own. */
export function judgeCommand(access: CommandAccess, request: DecideRequest, rules: RuleSet): Finding {
  const text = checkCommandText(access.command);
  if (text?.verdict === "deny") return deny("input", text.reason);
  const findings: Finding[] = text ? [ask("input", text.reason, { risk: "high" })] : [];
  const cwd = normalize(withSlashes(access.cwd, rules.world.context.probe.platform), rules.world.cwd);
  if (!insideRoots(cwd, rules.world))
    findings.push(ask("path", `the command would run outside the workspace, in ${cwd}`, { risk: "high" }));
  const parts: CommandPart[] = [];
  if (access.shell === "powershell" || access.shell === "cmd") findings.push(...foreignShell(access, request, rules, cwd, parts));
  else findings.push(...posixShell(access, request, rules, cwd, parts));
  const out = strongest(findings);
  return {
    ...out,
    parts,
    targets: interesting(findings),
    changes: findings.some((finding) => finding.changes || finding.verdict !== "allow"),
  };
}

function posixShell(access: CommandAccess, request: DecideRequest, rules: RuleSet, cwd: string, shown: CommandPart[]): Finding[] {
  const shell = access.shell === "zsh" ? "zsh" : "bash";
  const script = analyzeScript(access.command, cwd, rules.world);
  const findings: Finding[] = [];
  const whole = toolRule(rules.allow, request);
  const moves = script.parts.some((part) => part.words[0]?.value === "cd");
  for (const part of script.parts) {
    const judged = judgePart(part, { rules, tool: request.tool, shell, blanket: whole, moves });
    if (!part.nested) shown.push(shownPart(part.text, judged));
    findings.push(...judged);
  }
  if (script.forkBomb) findings.push(deny("floor", "it defines a function that keeps starting itself: refused in every mode"));
  findings.push(
    ...script.problems.map((problem) => ask("shell", `the command cannot be read for sure: ${problem}`, { risk: "high" })),
  );
  const zsh = shell === "zsh" ? zshDifference(access.command) : undefined;
  if (zsh) findings.push(ask("shell", zsh, { contained: true }));
  const top = script.parts.filter((part) => !part.nested);
  if (top.length > shellLimits.askParts) findings.push(ask("shell", `the command has more than ${shellLimits.askParts} parts`));
  if (top.length === 0) findings.push(ask("shell", "there is no command in it"));
  if (access.background && findings.every((finding) => finding.verdict === "allow" && finding.gate !== "rules")) return findings;
  return findings;
}

/** PowerShell and cmd.exe: own tables; rules may refuse and ask, and allow whole parts. */
function foreignShell(
  access: CommandAccess,
  request: DecideRequest,
  rules: RuleSet,
  cwd: string,
  shown: CommandPart[],
): Finding[] {
  const power = access.shell === "powershell";
  const parts = power ? powershellParts(access.command) : cmdParts(access.command);
  const tools = power ? ["PowerShell", "Bash"] : ["Bash", "Cmd"];
  const findings: Finding[] = [];
  const whole = toolRule(rules.allow, request);
  for (const part of parts) {
    const views = viewsOf([part.words, ...part.words.filter((word) => /\s/.test(word)).map((word) => word.trim().split(/\s+/))]);
    const own: Finding[] = [];
    const denied = commandRule(rules.deny, tools, views);
    const asked = commandRule(rules.ask, tools, views);
    const floor = power ? powershellFloor(part.words) : cmdFloor(part.words);
    if (denied) own.push(ruleDenies(denied, part.text));
    if (floor) own.push(deny("floor", `${floor}: refused in every mode`));
    if (asked) own.push(ruleAsks(asked, part.text));
    const analysed = part.why === undefined || !part.why.includes("not analysed");
    const allowed = analysed ? (whole ?? commandRule(rules.allow, [request.tool], [part.words])) : undefined;
    if (part.why !== undefined)
      own.push(
        allowed
          ? allow("rules", `allowed by ${allowed.source.text}`, allowed)
          : ask("shell", `${part.text}: ${part.why}`, { contained: true }),
      );
    const device = part.accesses.find((one) => checkPathText(one.text, "win32")?.verdict === "deny");
    if (device) own.push(ask("path", `${device.text} is a device or a network path`));
    const drive = rules.world.context.probe.platform !== "win32" && part.accesses.find((one) => /^[A-Za-z]:/.test(one.text));
    if (drive) own.push(ask("path", `${drive.text} lies outside the workspace`));
    own.push(...part.accesses.flatMap((one) => judgeOperand(one, [cwd], rules, false)));
    if (own.length === 0) own.push(allow("shell", `${part.text} only reads`));
    shown.push(shownPart(part.text, own));
    findings.push(...own);
  }
  if (parts.length === 0) findings.push(ask("shell", "there is no command in it"));
  return findings;
}

function shownPart(text: string, findings: Finding[]): CommandPart {
  const worst = strongest(findings);
  return worst.verdict === "allow" ? { text, asked: false } : { text, asked: true, why: worst.reason };
}

const order = { deny: 0, ask: 1, allow: 2 } as const;

/** deny > ask > allow; a firm question before one that a mode may answer. */
export function strongest(findings: readonly Finding[]): Finding {
  const weight = (finding: Finding): number => order[finding.verdict] * 4 + (finding.firm ? 0 : 2) + (finding.contained ? 1 : 0);
  return findings.reduce(
    (best, next) => (weight(next) < weight(best) ? next : best),
    findings[0] ?? allow("shell", "nothing is touched"),
  );
}

function interesting(findings: readonly Finding[]): ResolvedTarget[] {
  const all = findings.flatMap((finding) => finding.targets ?? []);
  const seen = new Map(
    all
      .filter((one) => one.op === "write" || one.outside || one.symlink || one.protected || one.sensitive)
      .map((one) => [`${one.op} ${one.path}`, one]),
  );
  return [...seen.values()].slice(0, 50);
}
