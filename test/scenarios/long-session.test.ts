import { expect, onTestFinished, test } from "vitest";
import { textOf } from "../../src/shared/protocol/messages";
import type { ModelRequest } from "../../src/shared/protocol/model";
import { billedModel, isSummaryRequest, type Answer, type BilledModel } from "../support/billed-model";
import { engineWorld, type EngineWorld } from "../support/engine-world";
import { illegalities } from "../support/scenario";

const TURNS = Number(process.env["T"] ?? 500);
const FILES = 40;

/** What was said and done in the first turns, and how it must still be known at the end. */
const early: { turn: number; prompt?: string; calls?: Answer["calls"]; says?: string; probe: string; kind: string }[] = [
  {
    turn: 1,
    kind: "fact of the user",
    prompt: "Build the importer. The API keys rotate every 17 days.",
    probe: "rotate every 17 days",
  },
  { turn: 2, kind: "rule of the user", prompt: "Never touch the folder legacy/.", probe: "Never touch the folder legacy/" },
  { turn: 3, kind: "correction", prompt: "No, call it Orchid, not Lily.", probe: "call it Orchid, not Lily" },
  { turn: 4, kind: "decision of the user", prompt: "We decided on port 4823 for the service.", probe: "port 4823" },
  {
    turn: 5,
    kind: "file changed",
    calls: [{ name: "Write", input: { file_path: "src/early-planted.ts", content: "export const early = 1;\n" } }],
    probe: "src/early-planted.ts",
  },
  {
    turn: 6,
    kind: "command run",
    calls: [{ name: "Bash", input: { command: "echo planted-command-7421", description: "say it" } }],
    probe: "planted-command-7421",
  },
  { turn: 7, kind: "decision of the model", says: "Decision: the retry limit is 9.", probe: "retry limit is 9" },
];

const visible = ({ messages }: ModelRequest): string =>
  messages
    .map(({ content }) => JSON.stringify(content))
    .join("\n")
    .replaceAll('\\"', '"');

/** Summarises like a good model: it keeps the decisions it can see, and thinks aloud first. */
function summaryOf(request: ModelRequest): string {
  const decisions = [...new Set(visible(request).match(/Decision: [^."\\]*/g) ?? [])];
  return `<analysis>scratch</analysis><summary><intent>Build the importer.</intent><concepts>${decisions.join("\n")}</concepts><findings>The files are alike.</findings><errors>none</errors><state>Going on.</state><next>none</next></summary>`;
}

interface Run {
  world: EngineWorld;
  model: BilledModel;
  illegal: string[];
  overfull: number;
  ask(query: string): Promise<string>;
}

async function longRun(failures: number, model: string): Promise<Run> {
  const plan: Answer[] = [];
  const illegal: string[] = [];
  let overfull = 0;
  let summaries = 0;
  const scripted = billedModel((request) => {
    illegal.push(...illegalities(request.messages));
    if (isSummaryRequest(request)) return ++summaries <= failures ? { fails: true } : { text: summaryOf(request) };
    return plan.shift() ?? { text: "(script ended)" };
  });
  const files = Object.fromEntries(
    Array.from({ length: FILES }, (_, n) => [
      `src/f${n}.ts`,
      `export function work${n}(input: string): number {\n  return input.length * ${n};\n}\n`.repeat(40 + n * 3),
    ]),
  );
  const world = await engineWorld({
    model: scripted.stream,
    files: { ...files, "CLAUDE.md": "House rule: tabs are forbidden." },
    settings: { model, providers: { scripted: { kind: "anthropic", baseUrl: "http://127.0.0.1:9" } } },
  });
  onTestFinished(() => world.stop());
  for (let turn = 1; turn <= TURNS; turn++) {
    const planted = early.find((one) => one.turn === turn);
    plan.push(...answersOf(turn, planted));
    await world.send(planted?.prompt ?? `Please look at part ${turn} and go on with the importer.`);
    plan.length = 0;
  }
  for (const { usage, summary } of scripted.bills)
    if (!summary && usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens > 200_000) overfull++;
  const ask = async (query: string): Promise<string> => {
    plan.push({ calls: [{ name: "Recall", input: { query } }] }, { text: "found" });
    await world.send("What was it again?");
    const call = world.events.findLast((event) => event.type === "tool_finished" && event.name === "Recall");
    return call?.type === "tool_finished" ? textOf(call.result.content) : "";
  };
  return { world, model: scripted, illegal, overfull, ask };
}

function answersOf(turn: number, planted: (typeof early)[number] | undefined): Answer[] {
  const file = `src/f${turn % FILES}.ts`;
  const answers: Answer[] = [{ text: "I read it first.", calls: [{ name: "Read", input: { file_path: file } }] }];
  if (planted?.calls) answers.push({ calls: planted.calls });
  if (turn % 4 === 0)
    answers.push({
      calls: [
        {
          name: "Edit",
          input: {
            file_path: file,
            old_string: "export function",
            new_string: `/* ${turn} */ export function`,
            replace_all: turn % 8 === 0,
          },
        },
      ],
    });
  if (turn % 25 === 0) answers.push({ calls: [{ name: "Bash", input: { command: `echo run ${turn}`, description: "run" } }] });
  return [...answers, { text: planted?.says ?? `Part ${turn} is done. ${explanation(turn)}` }];
}

/** Models talk: about 800 tokens a turn that no clearing of results gets rid of. */
const explanation = (turn: number): string =>
  Array.from(
    { length: 40 },
    (_, n) => `In part ${turn} step ${n} the importer takes row ${turn * n} and keeps its order while it is checked.`,
  ).join(" ");

const cases = [
  [0, "scripted/claude-sonnet-4-5"],
  [1, "scripted/claude-sonnet-4-5"],
  [2, "scripted/claude-sonnet-4-5"],
  [3, "scripted/claude-sonnet-4-5"],
  [0, "anthropic/claude-sonnet-4-5"],
] as const;

for (const [failures, model] of cases)
  test(
    `${TURNS} turns over 200K tokens, the summariser failing ${failures} times in a row (${model.split("/")[0]})`,
    { timeout: 120_000 },
    async () => {
      const { world, model: scripted, illegal, overfull, ask } = await longRun(failures, model);
      const last = scripted.bills.findLast(({ summary }) => !summary)!.request;
      const shown = visible(last);
      const seen = early.map(({ probe, kind }) => ({ kind, probe, visible: shown.includes(probe) }));
      const ends = world.events.filter((event) => event.type === "turn_ended");
      expect(ends.filter(({ reason }) => reason === "completed")).toHaveLength(TURNS);
      expect(illegal).toEqual([]);
      expect(overfull).toBe(0);
      expect(world.live.prefix.figures.unexplained).toEqual([]);
      expect(shown).toContain("House rule: tabs are forbidden.");
      const recalled = [];
      for (const { probe } of early) recalled.push((await ask(probe)).includes(probe));
      report(failures, model, world, scripted, seen, recalled);
      expect(recalled).toEqual(early.map(() => true));
      // Without a summariser the model's own remarks are left to Recall; all the rest stands in front of it.
      const needed = failures >= 3 ? seen.filter(({ kind }) => kind !== "decision of the model") : seen;
      expect(needed.filter((one) => !one.visible)).toEqual([]);
    },
  );

function report(
  failures: number,
  model: string,
  world: EngineWorld,
  { bills }: BilledModel,
  seen: { kind: string; visible: boolean }[],
  recalled: boolean[],
): void {
  const levels: Record<string, number> = {};
  for (const event of world.events)
    if (event.type === "context_reduced") {
      const name = `${event.level} ${event.detail.kind}`;
      levels[name] = (levels[name] ?? 0) + 1;
    }
  const hits = seen.filter((one) => one.visible).length;
  console.log(
    `${model}, ${failures} failures: ${bills.length} requests; shown ${hits}/${seen.length} (${seen.map(({ kind, visible }) => `${kind}: ${visible ? "yes" : "no"}`).join(", ")}); Recall ${recalled.filter(Boolean).length}/${recalled.length}; levels ${JSON.stringify(levels)}; breaks ${JSON.stringify(world.live.prefix.figures.breaks)}`,
  );
}
