import type { SourcedRule } from "../../config/types";
import type { Decision } from "../../shared/protocol/permission";
import { pathWorld } from "./paths/path-guard";
import { analyzeScript } from "./shell/analyze-script";
import { shellLimits } from "./shell/limits";
import { exactOnly, interpreters, runners } from "./shell/tables/launchers";
import { stripWrappers } from "./shell/wrappers";
import type { DecideContext, DecideRequest } from "./types";

const most = 5;
/** Programs whose first operand says what they do: the rule keeps it. */
const twoWords = new Set(
  "git npm pnpm yarn bun cargo go make docker podman kubectl gh glab pip pip3 uv poetry mvn gradle ./gradlew dotnet terraform helm aws gcloud az composer bundle rails rake mix just task nx turbo deno brew apt systemctl swift flutter dart terraform pulumi".split(
    " ",
  ),
);
const threeWords =
  /^(?:npm|pnpm|yarn|bun) run$|^docker compose$|^gh (?:pr|issue|run|repo|api)$|^uv run$|^poetry run$|^bundle exec$|^npx$|^go run$|^cargo run$/;

/** The smallest rules that together let exactly this through; every set is proven by deciding again with it. */
export function suggestRules(
  decision: Decision,
  request: DecideRequest,
  context: DecideContext,
  decide: (request: DecideRequest, context: DecideContext) => Decision,
): string[] {
  if (decision.gate === "floor" || decision.gate === "input" || decision.gate === "rules" || decision.gate === "mode") return [];
  // Nobody grants a line like this for good, and every candidate costs one more decision.
  if ((decision.parts?.length ?? 0) > 20 || String(request.input["command"] ?? "").length > 2000) return [];
  const tried = new Set<string>();
  for (const candidate of candidates(decision, request, context)) {
    const rules = [...new Set(candidate)];
    const key = rules.join("\n");
    if (rules.length === 0 || rules.length > most || tried.has(key)) continue;
    tried.add(key);
    if (decide(request, withRules(context, rules)).verdict === "allow") return minimal(rules, request, context, decide);
  }
  return [];
}

/** Drops what is not needed, so that nothing more than this is granted. */
function minimal(
  rules: string[],
  request: DecideRequest,
  context: DecideContext,
  decide: (request: DecideRequest, context: DecideContext) => Decision,
): string[] {
  let kept = rules;
  for (const rule of rules) {
    const fewer = kept.filter((one) => one !== rule);
    if (fewer.length > 0 && decide(request, withRules(context, fewer)).verdict === "allow") kept = fewer;
  }
  return kept;
}

function withRules(context: DecideContext, texts: readonly string[]): DecideContext {
  const base = context.roots[0] ?? context.cwd;
  const added: SourcedRule[] = texts.map((text) => ({ text, scope: "local", source: "suggestion", base }));
  return { ...context, rules: { ...context.rules, allow: [...context.rules.allow, ...added] } };
}

function candidates(decision: Decision, request: DecideRequest, context: DecideContext): string[][] {
  const sets = request.access.map((access): string[][] => {
    if (access.kind === "command") return commandCandidates(decision, access.command, access.cwd, request.tool, context);
    if (access.kind === "fetch") return [[`WebFetch(domain:${hostOf(access.url)})`]];
    if (access.kind === "mcp") return [[`mcp__${access.server}__${access.tool}`]];
    if (access.kind === "none") return [[]];
    return [[pathCandidate(access.kind, decision, access.path)]];
  });
  const first = sets.map((set) => set[0] ?? []).flat();
  const last = sets.map((set) => set.at(-1) ?? []).flat();
  return [first, last];
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");

function pathCandidate(kind: "read" | "write", decision: Decision, path: string): string {
  const target = decision.targets?.find((one) => one.path.endsWith(path.replace(/^\.\//, "")))?.path ?? path;
  return `${kind === "read" ? "Read" : "Edit"}(/${target.startsWith("/") ? target : `/${target}`})`;
}

/** Prefix rules first, exact ones second; read rules for the places that asked. */
function commandCandidates(decision: Decision, command: string, cwd: string, tool: string, context: DecideContext): string[][] {
  if (command.length > 2_000) return [];
  const script = analyzeScript(command, cwd, pathWorld(context));
  if (script.problems.length > 0 || script.parts.length > shellLimits.askParts) return [];
  const asked = new Set((decision.parts ?? []).filter((part) => part.asked).map((part) => part.text));
  const reads = (decision.targets ?? [])
    .filter((target) => target.outside && target.op === "read")
    .map((target) => `Read(/${target.path})`);
  const prefixes: string[] = [];
  const exacts: string[] = [];
  for (const part of script.parts) {
    if (part.nested || !asked.has(part.text)) continue;
    // One part that no rule can cover makes every set useless.
    if (part.words.length === 0 || part.unclear.length > 0 || part.assignments.length > 0) return [];
    const words = stripWrappers(part.words).words.map((word) => word.value);
    const exact = words.map(quoteRuleWord).join(" ");
    exacts.push(`${tool}(${exact})`);
    prefixes.push(prefixRule(words, tool) ?? `${tool}(${exact})`);
  }
  return [prefixes, exacts, reads, [...prefixes, ...reads]].filter((set) => set.length > 0);
}

/** Undefined where a prefix would be too broad: interpreters, runners, wrappers, programs without a verb. */
function prefixRule(words: string[], tool: string): string | undefined {
  const [name = "", second = ""] = words;
  if (exactOnly.has(name) || interpreters.has(name) || !twoWords.has(name)) return undefined;
  if (second === "" || second.startsWith("-")) return undefined;
  const length = threeWords.test(`${name} ${second}`) ? 3 : 2;
  if (runners.some((runner) => runner.length >= length && runner.every((token, i) => token === "*" || token === words[i])))
    return undefined;
  const head = words.slice(0, length);
  if (head.length < length || head.some((word) => word.startsWith("-") || /[^\w@%+=:,./-]/.test(word))) return undefined;
  return `${tool}(${head.join(" ")}:*)`;
}

function quoteRuleWord(word: string): string {
  if (word !== "" && !/[\s'"\\*]/.test(word) && !word.endsWith(":")) return word;
  if (!/['\\]/.test(word) && !word.includes("*")) return `'${word}'`;
  return word.replace(/[\s'"\\*]/g, (c) => `\\${c}`);
}
