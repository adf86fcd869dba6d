import { readFileSync } from "node:fs";
import { createContext } from "../../src/agent/context/create-context";
import { nextAction, type Fill } from "../../src/agent/context/policy";
import { TokenLedger } from "../../src/agent/context/token-ledger";
import { PrefixLedger } from "../../src/agent/prompt/prefix-ledger";
import { createProjection } from "../../src/agent/sessions/projection";
import { anthropicBody } from "../../src/llm/providers/anthropic-request";
import type { AgentEvent } from "../../src/shared/protocol/agent";
import { textBlock, textOf, type Block, type Message } from "../../src/shared/protocol/messages";
import type { ModelRequest, StreamEvent, Usage } from "../../src/shared/protocol/model";
import { Bill } from "../support/model-server/bill";
import { seededRandom } from "../unit/tools/edit-cases";
import type { BenchContext, BenchRow } from "./row";

interface Replay {
  usages: Usage[];
  /** Tokens the request before had, which an ideal cache would read again. */
  reusable: number;
  reused: number;
  cost: number;
  errors: number[];
  breaks: Record<string, number>;
  /** Longest a request waited for the levels, and what reading the log for them took. */
  fitMs: number[];
  summaries: number;
}

const system = [{ text: "You are a coding agent. ".repeat(120) }, { text: "Working folder: /p\nDate: 2026-11-21", cache: true }];
const tools = ["Bash", "Edit", "Glob", "Grep", "Read", "Write"].map((name) => ({
  name,
  description: `${name}: ${"what it does and when to use it. ".repeat(12)}`,
  inputSchema: { type: "object", properties: { file_path: { type: "string" }, pattern: { type: "string" } } },
}));
const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

/** As the provider bills: reads a tenth, writes a quarter more. */
const costOf = (usage: Usage): number =>
  (usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    usage.cacheReadTokens * price.cacheRead +
    usage.cacheWriteTokens * price.cacheWrite) /
  1e6;

/** A recorded kind of session: how many calls a turn makes and how much they bring back. */
interface Kind {
  name: string;
  turns: number;
  calls: number;
  chars: number;
}

const kinds: Kind[] = [
  { name: "big results", turns: 60, calls: 5, chars: 16_000 },
  { name: "mixed", turns: 60, calls: 4, chars: 7_000 },
  { name: "talk", turns: 60, calls: 1, chars: 3_000 },
];

let corpus: string[] | undefined;

/** Real code, prose and data of this repository: what results really look like. */
function textsOf({ dist }: BenchContext): string[] {
  const names = [
    "package.json",
    "package-lock.json",
    "src/ARCHITECTURE.md",
    "src/agent/context/create-context.ts",
    "src/agent/sessions/event-log.ts",
    "src/llm/retry.ts",
    "src/agent/permissions/judge-part.ts",
    "webview-ui/store/reduce.ts",
    "test/support/scenario.ts",
  ];
  return (corpus ??= names.map((name) => readFileSync(`${dist}/../${name}`, "utf8").slice(0, 300_000)));
}

/** One session over the real levels and the real wire bytes, billed like a provider; `harness` "append": nothing is ever left out. */
async function replay(kind: Kind, harness: "ours" | "append", context: BenchContext): Promise<Replay> {
  const pick = seededRandom(context.seed + kind.turns * kind.calls);
  const random = (): number => pick(1_000_000) / 1_000_000;
  const texts = textsOf(context);
  const bill = new Bill();
  const ledger = new PrefixLedger();
  const projection = createProjection();
  const out: Replay = { usages: [], reusable: 0, reused: 0, cost: 0, errors: [], breaks: {}, fitMs: [], summaries: 0 };
  let seq = 0;
  const charge = (request: ModelRequest, reply: Block[]): Usage => {
    const parts = reply.map((block) =>
      block.type === "tool_use"
        ? { kind: "tool" as const, name: block.name, input: block.input }
        : { kind: "text" as const, text: block.type === "text" ? block.text : "" },
    );
    const wire = bill.charge(JSON.parse(anthropicBody(request, "claude-sonnet-4-5").join("")), { parts });
    const usage = {
      inputTokens: wire.input_tokens ?? 0,
      outputTokens: wire.output_tokens ?? 0,
      cacheReadTokens: wire.cache_read_input_tokens ?? 0,
      cacheWriteTokens: wire.cache_creation_input_tokens ?? 0,
    };
    out.cost += costOf(usage);
    return usage;
  };
  const levels = createContext({
    window: () => (harness === "append" ? 1e9 : 200_000),
    messages: () => projection.messages(),
    everything: () => projection.everything(),
    todos: () => [],
    emit: (event) => emit(event),
    fork: (messages) => ({ role: "main", model: "m", system, tools, messages }),
    async *model(request): AsyncGenerator<StreamEvent> {
      out.summaries++;
      const text =
        "<summary><intent>Go on.</intent><concepts>c</concepts><findings>f</findings><errors>e</errors><state>s</state><next>n</next></summary>";
      // Somewhere else: nobody here waits for it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const usage = charge(request, [textBlock(text)]);
      yield { type: "block_stop", index: 0, block: textBlock(text) };
      yield { type: "message_end", stopReason: "end_turn", usage };
    },
    readFile: async () => texts[0]!.slice(0, 8_000),
    providerClears: () => false,
    price: () => price,
    enabled: () => harness === "ours",
    newId: () => `n${++seq}`,
    now: () => performance.now(),
  });
  let added = 0;
  const emit = (event: AgentEvent): void => {
    projection.apply({ session: "s", seq: ++seq, at: 0, event });
    if (event.type === "user_message") added += textOf(event.message.content).length;
    if (event.type === "tool_finished") added += textOf(event.result.content).length;
    levels.observe(event);
    ledger.observe(event);
  };
  const request = async (turn: string, blocks: Block[]): Promise<void> => {
    const began = performance.now();
    const fitted =
      harness === "ours"
        ? await levels.fit({ turn, messages: projection.messages(), system, tools })
        : { messages: projection.messages(), estimatedTokens: 0, extra: {} };
    out.fitMs.push(performance.now() - began);
    const asked: ModelRequest = { role: "main", model: "m", system, tools, messages: fitted.messages, ...fitted.extra };
    const prefix = ledger.note(asked);
    emit({ type: "request_started", turn, request: `r${seq}`, model: "m", estimatedTokens: fitted.estimatedTokens });
    const usage = charge(asked, blocks);
    const before = out.usages.at(-1);
    const all = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    if (before) {
      // What the two requests share, by an oracle that compares them; the bill's own cache must come to the same.
      const old = before.inputTokens + before.cacheReadTokens + before.cacheWriteTokens;
      out.reusable += prefix.cause === null ? old : Math.min(old, all) * (prefix.shared / Math.max(1, prefix.before));
      out.reused += Math.min(usage.cacheReadTokens, prefix.cause === null ? old : Infinity);
      // The plain way, where nothing is left out: what was reported, and a quarter of the characters since.
      const plain = old + before.outputTokens + added / 4;
      out.errors.push(Math.abs((harness === "ours" ? fitted.estimatedTokens : plain) - all) / all);
    }
    out.usages.push(usage);
    added = 0;
    emit({
      type: "assistant_message",
      turn,
      request: "r",
      model: "m",
      stopReason: "tool_use",
      usage,
      usd: null,
      message: { id: `a${++seq}`, role: "assistant", content: blocks },
    });
  };
  for (let turn = 0; turn < kind.turns; turn++) {
    const id = `t${turn}`;
    emit({ type: "turn_started", turn: id });
    emit({
      type: "user_message",
      turn: id,
      via: "prompt",
      message: {
        id: `u${turn}`,
        role: "user",
        content: [textBlock(`Please do part ${turn} of the work and tell me what you found.`)],
      },
    });
    for (let call = 0; call < kind.calls; call++) {
      const tool = `c${turn}-${call}`;
      await request(id, [
        textBlock("I look at it."),
        { type: "tool_use", id: tool, name: "Read", input: { file_path: `/p/src/f${turn % 30}.ts` } },
      ]);
      const text = texts[Math.floor(random() * texts.length)]!;
      const from = Math.floor(random() * Math.max(1, text.length - kind.chars));
      const content = [textBlock(text.slice(from, from + Math.floor(kind.chars * (0.4 + random() * 1.2))))];
      emit({
        type: "tool_finished",
        turn: id,
        call: tool,
        name: "Read",
        outcome: "ok",
        ms: 1,
        result: { type: "tool_result", toolUseId: tool, content },
      });
    }
    await request(id, [textBlock(`Part ${turn}: ${texts[2]!.slice(turn * 20, turn * 20 + 1_200)}`)]);
    emit({ type: "turn_ended", turn: id, reason: "completed", usage: out.usages.at(-1)!, usd: null, steps: 1, ms: 1 });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  out.breaks = { ...ledger.figures.breaks };
  return out;
}

const replays = new Map<string, Promise<Replay>>();
function replayed(kind: Kind, harness: "ours" | "append", context: BenchContext): Promise<Replay> {
  const key = `${kind.name} ${harness}`;
  const known = replays.get(key) ?? replay(kind, harness, context);
  replays.set(key, known);
  return known;
}

const both = (context: BenchContext): Promise<{ kind: Kind; ours: Replay; append: Replay }[]> =>
  Promise.all(
    kinds.map(async (kind) => ({
      kind,
      ours: await replayed(kind, "ours", context),
      append: await replayed(kind, "append", context),
    })),
  );

const fill: Fill = {
  tokens: 120_000,
  usable: 180_000,
  idleMs: 100,
  atTurnStart: true,
  summary: "running",
  collapsed: false,
  auto: true,
  providerClears: "no",
  clearable: 20_000,
  rewritten: 90_000,
  readPrice: 0.3,
  writePrice: 3.75,
  expectedRequests: 40,
};

/** A conversation of so many messages, half of them results. */
function conversation(count: number): { projection: ReturnType<typeof createProjection>; append(): void } {
  const projection = createProjection();
  let seq = 0;
  const apply = (event: AgentEvent): void => projection.apply({ session: "s", seq: ++seq, at: 0, event });
  const append = (): void => {
    const call = `c${seq}`;
    apply({
      type: "assistant_message",
      turn: "t",
      request: "r",
      model: "m",
      stopReason: "tool_use",
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
      usd: null,
      message: {
        id: `a${seq}`,
        role: "assistant",
        content: [textBlock("look"), { type: "tool_use", id: call, name: "Read", input: { file_path: `/f${seq}` } }],
      },
    });
    apply({
      type: "tool_finished",
      turn: "t",
      call,
      name: "Read",
      outcome: "ok",
      ms: 1,
      result: { type: "tool_result", toolUseId: call, content: [textBlock(`line ${seq}\n`.repeat(30))] },
    });
  };
  apply({ type: "user_message", turn: "t", via: "prompt", message: { id: "u", role: "user", content: [textBlock("go")] } });
  for (let n = 0; n < count / 2; n++) append();
  return { projection, append };
}

/** What one more request costs before it is sent: projection, levels, meter, prefix ledger. */
function overheadRow(count: number, goal: number): BenchRow {
  return {
    name: `context: fit, projection and prefix ledger at ${count} messages`,
    baseline: "copy of the list",
    goal: `p50 ≤ ${goal} ms`,
    met: ({ ours }) => ours.p50 <= goal,
    async run(context) {
      const { projection, append } = conversation(count);
      const ledger = new PrefixLedger();
      const levels = createContext({
        window: () => 1e7,
        messages: () => projection.messages(),
        everything: () => projection.everything(),
        todos: () => [],
        emit: () => {},
        fork: (messages) => ({ role: "main", system, tools, messages }),
        async *model() {},
        readFile: async () => null,
        providerClears: () => false,
        enabled: () => true,
        newId: () => "x",
        now: () => performance.now(),
      });
      const ours = async (): Promise<number> => {
        append();
        const began = performance.now();
        const { messages } = await levels.fit({ turn: "t", messages: projection.messages(), system, tools });
        ledger.note({ role: "main", system, tools, messages });
        return performance.now() - began;
      };
      const base = (): number => {
        const began = performance.now();
        const copy: Message[] = [...projection.messages()];
        return copy.length > 0 ? performance.now() - began : 0;
      };
      return { ...(await context.pairs(60, ours, base)), unit: "ms" };
    },
  };
}

export const rows: BenchRow[] = [
  {
    name: "context: reusable prefix that was reused, 60-turn replays (%)",
    baseline: "append-only harness",
    goal: "≥ 99.5 %, 0 self-made breaks",
    met: ({ ours }) => ours.p50 >= 99.5,
    async run(context) {
      const all = await both(context);
      const share = ({ reused, reusable }: Replay): number => Math.min(100, (reused / reusable) * 100);
      const unexplained = all.reduce((sum, { ours }) => sum + (ours.breaks["unexplained"] ?? 0), 0);
      const note = all
        .map(
          ({ kind, ours }) =>
            `${kind.name}: ${share(ours).toFixed(2)} %, ${ours.usages.length} requests, breaks ${JSON.stringify(ours.breaks)}`,
        )
        .join("; ");
      return {
        ours: unexplained > 0 ? [0] : all.map(({ ours }) => share(ours)),
        base: all.map(({ append }) => share(append)),
        unit: "%",
        note,
      };
    },
  },
  {
    name: "context: cost of a 60-turn session with big results",
    baseline: "append-only harness, same replay, same bill",
    goal: "≤ 0.5×",
    met: ({ ratio }) => ratio.median <= 0.5,
    async run(context) {
      const all = await both(context);
      const [big] = all;
      const note = all
        .map(
          ({ kind, ours, append }) =>
            `${kind.name}: $${ours.cost.toFixed(2)} vs $${append.cost.toFixed(2)} = ${(ours.cost / append.cost).toFixed(2)}×, ${ours.summaries} summaries`,
        )
        .join("; ");
      return { ours: [big!.ours.cost], base: [big!.append.cost], unit: "$", note };
    },
  },
  {
    name: "context: token estimate before the request, error",
    baseline: "last report + characters / 4, nothing left out",
    goal: "p95 ≤ 0.5 %, p99 ≤ 1.5 %",
    met: ({ ours }) => ours.p95 <= 0.5 && ours.p99 <= 1.5,
    async run(context) {
      const all = await both(context);
      const errors = (replay: Replay): number[] => replay.errors.map((error) => error * 100);
      const ours = all.flatMap((one) => errors(one.ours));
      return { ours, base: all.flatMap((one) => errors(one.append)), unit: "%", note: `${ours.length} requests` };
    },
  },
  {
    name: "context: a decision",
    baseline: "an empty loop",
    goal: "≤ 5 µs",
    met: ({ ours }) => ours.p99 <= 5,
    run: (context) => {
      const times = 10_000;
      const timed = (work: (n: number) => unknown): number => {
        const began = performance.now();
        for (let n = 0; n < times; n++) work(n);
        return ((performance.now() - began) * 1_000) / times;
      };
      return context
        .pairs(
          60,
          () => timed((n) => nextAction({ ...fill, tokens: n * 18 })),
          () => timed((n) => n * 18),
        )
        .then((pairs) => ({ ...pairs, unit: "µs" }));
    },
  },
  {
    name: "context: the longest a request waits for a compaction",
    baseline: "a request without one",
    goal: "≤ 50 ms, no model is waited for",
    met: ({ ours }) => ours.p99 <= 50,
    async run(context) {
      const all = await both(context);
      return {
        ours: all.map(({ ours }) => Math.max(...ours.fitMs)),
        base: all.map(({ ours }) => [...ours.fitMs].sort((a, b) => a - b)[ours.fitMs.length >> 1]!),
        unit: "ms",
      };
    },
  },
  overheadRow(1_000, 1),
  overheadRow(10_000, 5),
  {
    name: "context: tokens of a 20 KB turn",
    baseline: "JSON of it",
    goal: "p95 ≤ 3 ms",
    met: ({ ours }) => ours.p95 <= 3,
    run: (context) => {
      const text = textsOf(context)[4]!.repeat(4).slice(0, 20_000);
      const timed = (work: () => unknown): number => {
        const began = performance.now();
        work();
        return performance.now() - began;
      };
      let n = 0;
      const message = (): Message => ({ id: `m${n++}`, role: "user", content: [textBlock(text)] });
      const count = (made: Message): number => {
        const ledger = new TokenLedger();
        ledger.observe({ type: "user_message", turn: "t", via: "prompt", message: made });
        return ledger.tokens;
      };
      return context
        .pairs(
          100,
          () => ((made) => timed(() => count(made)))(message()),
          () => ((made) => timed(() => JSON.stringify(made)))(message()),
        )
        .then((pairs) => ({ ...pairs, unit: "ms" }));
    },
  },
];
