import type { ContextReduction } from "../../shared/protocol/agent";
import { textBlock, type Block, type Message, type ResultContent, type ToolResultBlock } from "../../shared/protocol/messages";

/** Levels that take whole messages out; the others replace the content of results. */
export type ActiveReduction = Extract<ContextReduction, { kind: "snipped" | "collapsed" | "summarised" }>;

const previewChars = 2_000;

/**
 * The messages as the reductions leave them, in a new array. Calls and their results stay or go together. A reduction
 * that names messages this history does not have takes out nothing, and none takes out what is kept.
 */
export function reduceHistory(
  base: readonly Message[],
  positions: ReadonlyMap<string, number>,
  reductions: readonly ActiveReduction[],
  replaced: ReadonlyMap<string, ResultContent[]>,
  kept: ReadonlySet<number> = new Set(),
): Message[] {
  const hidden = new Set<number>();
  let inserts = new Map<number, Message[]>();
  for (const reduction of reductions) {
    if (reduction.kind === "summarised") {
      const upTo = positions.get(reduction.upTo);
      if (upTo === undefined) continue;
      inserts = summarise(base, positions, reduction, withResults(base, upTo), hidden, inserts);
      continue;
    }
    const taken = reduction.messages.flatMap((id) => pairOf(base, positions.get(id)));
    for (const at of taken) hidden.add(at);
    if (reduction.kind === "collapsed" && taken.length > 0) insert(inserts, Math.min(...taken), reduction.view);
  }
  const stays = new Set([...kept].flatMap((at) => pairOf(base, at)));
  const ids = new Set([...stays].map((at) => base[at]?.id));
  for (const at of stays) hidden.delete(at);
  const view = base.flatMap((message, at) => [
    // A view may hold the same prompt.
    ...(inserts.get(at) ?? []).filter(({ id }) => !ids.has(id)),
    ...(hidden.has(at) ? [] : [withReplaced(message, at, replaced)]),
  ]);
  view.push(...(inserts.get(base.length) ?? []));
  return view;
}

/** Of a result by its place: call ids may come twice. */
export const slotKey = (message: number, position: number): string => `${message}:${position}`;

/** A result that is on disk: its beginning, and where the rest is. Short ones already are previews. */
export function shortened(result: ToolResultBlock, path: string, chars: number): ResultContent[] {
  const text = result.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  if (text.length <= 2 * previewChars) return result.content;
  const preview = text.slice(0, previewChars).replace(/[\uD800-\uDBFF]$/, "");
  const origin = result.origin ?? "tool";
  return [
    textBlock(`${preview}\n\n[${chars} characters in all. The whole result is in ${path}; read the part you need.]`, origin),
  ];
}

function summarise(
  base: readonly Message[],
  positions: ReadonlyMap<string, number>,
  { summary, restored, kept }: Extract<ActiveReduction, { kind: "summarised" }>,
  upTo: number,
  hidden: Set<number>,
  inserts: Map<number, Message[]>,
): Map<number, Message[]> {
  const keep = new Set(kept.flatMap((id) => pairOf(base, positions.get(id))));
  for (let at = 0; at <= upTo; at++) if (!keep.has(at)) hidden.add(at);
  const left = new Map([...inserts].filter(([at]) => at > upTo));
  const earlier = [...inserts]
    .filter(([at]) => at <= upTo)
    .flatMap(([, messages]) => messages.filter(({ id }) => kept.includes(id)));
  left.set(0, [summary, ...restored, ...earlier]);
  return left;
}

function insert(inserts: Map<number, Message[]>, at: number, messages: Message[]): void {
  inserts.set(at, [...(inserts.get(at) ?? []), ...messages]);
}

/** A reply with calls and the message with their results, whichever of the two was named. */
function pairOf(base: readonly Message[], at: number | undefined): number[] {
  if (at === undefined) return [];
  const first = isResults(base[at]) ? at - 1 : at;
  return isResults(base[first + 1]) ? [first, first + 1] : [first];
}

const withResults = (base: readonly Message[], at: number): number => (isResults(base[at + 1]) ? at + 1 : at);

const isResults = (message: Message | undefined): boolean =>
  message?.role === "user" && message.content[0]?.type === "tool_result";

function withReplaced(message: Message, at: number, replaced: ReadonlyMap<string, ResultContent[]>): Message {
  // The same message as long as nothing in it is replaced: whoever counted or serialised it need not do so again.
  if (replaced.size === 0 || !isResults(message) || !message.content.some((_, position) => replaced.has(slotKey(at, position))))
    return message;
  const content = message.content.map((block, position): Block => {
    const short = block.type === "tool_result" ? replaced.get(slotKey(at, position)) : undefined;
    return short && block.type === "tool_result" ? { ...block, content: short } : block;
  });
  return { ...message, content };
}
