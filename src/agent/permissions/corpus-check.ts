import type { PermissionRules, SourcedRule } from "../../config/types";
import type { Access, Decision, Shell } from "../../shared/protocol/permission";
import { decide } from "./decide";
import { compareTargets, snapshotTargets } from "./paths/use-check";
import type { DecideContext, DecideRequest, PathProbe } from "./types";
import { virtualProbe, type SetupEntry } from "./virtual-probe";

export interface CorpusCase {
  id: string;
  cat?: string;
  expect?: Decision["verdict"];
  setup?: SetupEntry[];
  rule_allow?: string[];
  rule_ask?: string[];
  rule_deny?: string[];
  /** Commands. */
  command?: string;
  cwd?: string;
  shell?: string;
  platform?: string;
  /** Paths. */
  root?: string;
  roots?: string[];
  path?: string;
  op?: string;
  to?: string;
  race?: string;
}

export interface CaseResult {
  id: string;
  verdict: Decision["verdict"];
  gate: Decision["gate"];
  ms: number;
}

export interface CorpusSummary {
  summary: true;
  cases: number;
  /** allow where ask or deny was expected, or ask where a rule denies. */
  critical: string[];
  /** ask where the hard floor refuses. */
  major: string[];
  /** ask or deny where allow was expected. */
  friction: string[];
  allowRecall: number;
  p99Ms: number;
  worstMs: number;
}

/** A temporary tree on a real disk; made and removed by the caller's side. */
export interface CorpusTree {
  root: string;
  probe(platform: PathProbe["platform"]): PathProbe;
  apply(entries: readonly SetupEntry[]): void;
  /** Does what a race case says happens between check and use; false = not understood. */
  race(text: string): boolean;
  remove(): void;
}

export interface CorpusPorts {
  tree(): CorpusTree;
  now(): number;
  print(line: string): void;
}

/** Runs a corpus through the very function that guards real calls; one line for each case and a summary. */
export function checkCorpus(text: string, kind: "commands" | "paths", ports: CorpusPorts): CorpusSummary {
  const cases = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as CorpusCase);
  // Tables and parser are compiled once for each process, as in the engine; the first case must not pay for it.
  for (const one of cases.slice(0, 25)) if (kind === "commands") runCommand(one, ports);
  const results = cases.map((one) => {
    const result = kind === "commands" ? runCommand(one, ports) : runPath(one, ports);
    ports.print(JSON.stringify(result));
    return result;
  });
  const summary = summarize(cases, results);
  ports.print(JSON.stringify(summary));
  return summary;
}

function runCommand(one: CorpusCase, ports: CorpusPorts): CaseResult {
  const shell = shellOf(one.shell);
  const command = one.command ?? "";
  const cwd = one.cwd ?? "/proj";
  const request: DecideRequest = {
    tool: shell === "powershell" ? "PowerShell" : "Bash",
    input: { command },
    access: [{ kind: "command", shell, command, cwd }],
  };
  const context: DecideContext = {
    cwd,
    roots: ["/proj"],
    home: "/home/u",
    mode: "default",
    trusted: true,
    rules: rulesOf(one, "/proj"),
    probe: virtualProbe("/proj", one.setup ?? [], platformOf(one.platform)),
  };
  return timed(one.id, ports, () => decide(request, context));
}

function runPath(one: CorpusCase, ports: CorpusPorts): CaseResult {
  const tree = ports.tree();
  try {
    const place = (text: string): string => text.replaceAll("$T", tree.root);
    const setup = (one.setup ?? []).map((entry) =>
      Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, key === "text" ? value : place(value)])),
    );
    tree.apply(setup);
    const probe = tree.probe(platformOf(one.platform));
    const root = place(one.root ?? "$T/proj");
    const context: DecideContext = {
      cwd: root,
      roots: (one.roots ?? [root]).map(place),
      home: place("$T/home"),
      mode: "default",
      trusted: true,
      rules: rulesOf(one, root),
      probe,
    };
    const request = pathRequest(place(one.path ?? ""), one.op ?? "read", root, one.to === undefined ? undefined : place(one.to));
    return timed(
      one.id,
      ports,
      () => {
        const decision = decide(request, context);
        return one.race === undefined || decision.verdict !== "allow"
          ? decision
          : afterRace(decision, place(one.race), tree, probe);
      },
      one.race === undefined,
    );
  } finally {
    tree.remove();
  }
}

/** What the writer does before it opens the file: the object that was judged must still be there (SR-23). */
function afterRace(decision: Decision, race: string, tree: CorpusTree, probe: PathProbe): Decision {
  const judged = snapshotTargets(decision.targets ?? [], probe);
  if (!tree.race(race)) return { ...decision, verdict: "deny", gate: "path", reason: "a race that is not known" };
  const now = compareTargets(judged, probe);
  if (now === "moved") return { ...decision, verdict: "deny", gate: "path", reason: "another file stands there now" };
  return now === "changed"
    ? { ...decision, verdict: "ask", gate: "person", reason: "the file changed in the meantime" }
    : decision;
}

function pathRequest(path: string, op: string, cwd: string, to: string | undefined): DecideRequest {
  if (to !== undefined) {
    const from: Access = op === "copy" ? { kind: "read", path } : { kind: "write", path };
    return { tool: "Edit", input: { from: path, to }, access: [from, { kind: "write", path: to }] };
  }
  if (op === "delete") {
    const command = `rm -r -- '${path.replaceAll("'", `'\\''`)}'`;
    return { tool: "Bash", input: { command }, access: [{ kind: "command", shell: "bash", command, cwd }] };
  }
  if (["read", "stat", "open", "search", "grep"].includes(op))
    return { tool: "Read", input: { file_path: path }, access: [{ kind: "read", path }] };
  if (op === "list" || op === "glob") return { tool: "Glob", input: { path }, access: [{ kind: "read", path }] };
  return { tool: op === "create" ? "Write" : "Edit", input: { file_path: path }, access: [{ kind: "write", path }] };
}

function rulesOf(one: CorpusCase, base: string): PermissionRules {
  const list = (texts: string[] | undefined): SourcedRule[] =>
    (texts ?? []).map((text) => ({ text, scope: "user", source: "corpus", base }));
  return { allow: list(one.rule_allow), ask: list(one.rule_ask), deny: list(one.rule_deny) };
}

function shellOf(name: string | undefined): Shell {
  if (name === "zsh" || name === "cmd") return name;
  return name === "pwsh" || name === "powershell" ? "powershell" : "bash";
}

const platformOf = (name: string | undefined): PathProbe["platform"] => (name === "win32" || name === "darwin" ? name : "linux");

/** The shortest of three runs: a decision is pure, and what the machine does beside it is not its cost. */
function timed(id: string, ports: CorpusPorts, run: () => Decision, repeat = true): CaseResult {
  let ms = Number.POSITIVE_INFINITY;
  let decision: Decision | undefined;
  for (let i = 0; i < 3 && (i === 0 || (repeat && ms > 1)); i++) {
    const start = ports.now();
    const next = run();
    ms = Math.min(ms, ports.now() - start);
    decision ??= next;
  }
  const { verdict, gate } = decision as Decision;
  return { id, verdict, gate, ms: Math.round(ms * 1000) / 1000 };
}

function summarize(cases: CorpusCase[], results: CaseResult[]): CorpusSummary {
  const critical: string[] = [];
  const major: string[] = [];
  const friction: string[] = [];
  let wanted = 0;
  cases.forEach((one, i) => {
    const verdict = results[i]?.verdict;
    if (one.expect === "allow") {
      wanted++;
      if (verdict !== "allow") friction.push(one.id);
    } else if (verdict === "allow" && one.expect !== undefined) critical.push(one.id);
    else if (verdict === "ask" && one.expect === "deny")
      (one.cat === "catastrophic" || one.rule_deny === undefined ? major : critical).push(one.id);
  });
  const times = results.map((result) => result.ms).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    summary: true,
    cases: cases.length,
    critical,
    major,
    friction,
    allowRecall: wanted === 0 ? 1 : (wanted - friction.length) / wanted,
    p99Ms: at(0.99),
    worstMs: times.at(-1) ?? 0,
  };
}
