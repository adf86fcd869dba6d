import type { AgentEvent, ContextReduction } from "../../shared/protocol/agent";
import { textBlock, type Message, type ResultContent, type ToolResultBlock } from "../../shared/protocol/messages";
import { reduceHistory, shortened, slotKey, type ActiveReduction } from "./reductions";

/**
 * What the model is shown, as a projection of events. Legal after every event: a reply with tool calls is followed by
 * one user message with exactly one result for each, in the order of the calls; a result that is not there yet says so.
 */
export interface History {
  apply(event: AgentEvent): void;
  /** A list of its own: a request that is under way does not see what comes later. */
  messages(): readonly Message[];
  /** All that was said, whatever compression took out of `messages()`. */
  everything(): readonly Message[];
  /** Messages and calls the person wants kept word for word. */
  kept(): ReadonlySet<string>;
}

interface Slot {
  message: number;
  position: number;
}

interface Early {
  result?: ToolResultBlock;
  readOnly: boolean;
  /** What was asked, as `tool_started` has it. */
  asked?: { name: string; input: Record<string, unknown> };
}

const clearedText = "[This old result was cleared to make room. Call the tool again if you need it.]";
const cleared: ResultContent[] = [textBlock(clearedText, "engine")];
const unknownEffect = "Interrupted: the call had started and its effect is unknown. Check what it did before you repeat it.";
const notFinished = "Not finished: interrupted while reading. Call it again if you still need it.";
const notStarted = "Not run: the turn ended before this call started.";

/** Providers refuse a history that begins with the model. One for each conversation: what is known of it is known by its first message. */
const openingMessage = (): Message => ({
  id: "opening",
  role: "user",
  content: [textBlock("[The beginning of this conversation was removed to make room.]", "engine")],
});

export const resultsId = (reply: string): string => `${reply}:results`;

export function createHistory(): History {
  const base: Message[] = [];
  const positions = new Map<string, number>();
  const slots = new Map<string, Slot>();
  const early = new Map<string, Early>();
  const replaced = new Map<string, ResultContent[]>();
  const kept = new Set<string>();
  const opening = openingMessage();
  let reductions: ActiveReduction[] = [];
  /** Null: must be made anew. `shift` maps the end of `base` to the end of `view`. */
  let view: Message[] | null = base;

  const push = (message: Message): void => {
    if (!positions.has(message.id)) positions.set(message.id, base.length);
    base.push(message);
    if (view && view !== base) view.push(message);
  };
  const change = (at: number, message: Message): void => {
    const before = base[at]!;
    base[at] = message;
    if (!view || view === base) return;
    const fromEnd = view.length - (base.length - at);
    if (view[fromEnd] === before) view[fromEnd] = message;
    else view = null;
  };
  const setResult = (slot: Slot, result: ToolResultBlock): void => {
    const message = base[slot.message]!;
    change(slot.message, { ...message, content: message.content.with(slot.position, result) });
  };
  const started = ({ call, readOnly, name, input }: Extract<AgentEvent, { type: "tool_started" }>): void => {
    const slot = slots.get(call);
    if (slot) setResult(slot, synthetic(call, readOnly ? notFinished : unknownEffect));
    else early.set(call, { readOnly, ...(input && { asked: { name, input } }) });
  };
  const finished = (call: string, result: ToolResultBlock): void => {
    const slot = slots.get(call);
    if (slot) setResult(slot, { ...result, toolUseId: call });
    else early.set(call, { ...early.get(call), readOnly: false, result: { ...result, toolUseId: call } });
  };
  const reply = (message: Message): void => {
    if (message.content.length === 0) return;
    push(message);
    const calls = message.content.filter((block) => block.type === "tool_use");
    if (calls.length === 0) return;
    calls.forEach((call, position) => slots.set(call.id, { message: base.length, position }));
    const results = calls.map(({ id }) => resultFor(id, early.get(id)));
    push({ id: resultsId(message.id), role: "user", content: results });
    early.clear();
  };
  /** Calls that ran while their reply still streamed, and the reply never came: what happened is told all the same. */
  const keepOrphans = (): void => {
    const calls = [...early].flatMap(([id, { asked }]) => (asked ? [{ type: "tool_use" as const, id, ...asked }] : []));
    if (calls[0]) reply({ id: `${calls[0].id}:orphans`, role: "assistant", content: calls });
    early.clear();
  };
  /** Results that come inside a message belong to their calls, wherever they stand. */
  const said = (message: Message): void => {
    const content = message.content.filter((block) => {
      if (block.type !== "tool_result") return true;
      finished(block.toolUseId, block);
      return false;
    });
    if (content.length > 0) push(content.length === message.content.length ? message : { ...message, content });
  };
  const replace = (call: string, content: (result: ToolResultBlock) => ResultContent[]): void => {
    const slot = slots.get(call);
    if (!slot) return;
    const result = base[slot.message]?.content[slot.position];
    if (result?.type !== "tool_result") return;
    const shorter = content(result);
    // A preview already: nothing changes, and nothing must be made anew.
    if (shorter === result.content) return;
    replaced.set(slotKey(slot.message, slot.position), shorter);
    view = null;
  };
  const reduce = (detail: ContextReduction): void => {
    if (detail.kind === "result_to_disk") return replace(detail.call, (result) => shortened(result, detail.path, detail.chars));
    if (detail.kind === "cleared_results") {
      // What the provider clears on its side is sent as it is.
      if (detail.by === "engine") for (const call of detail.calls) replace(call, () => cleared);
      return;
    }
    if (detail.kind === "summarised") {
      if (!positions.has(detail.upTo)) return;
      reductions.push(detail);
    } else reductions.push({ ...detail, messages: detail.messages.filter((id) => positions.has(id)) });
    view = null;
  };

  const keep = (target: string, on: boolean): void => {
    if (on) kept.add(target);
    else kept.delete(target);
    if (reductions.length > 0 || replaced.size > 0) view = null;
  };
  const keptPlaces = (): ReadonlySet<number> =>
    new Set([...kept].flatMap((id) => positions.get(id) ?? slots.get(id)?.message ?? []));
  /** A kept result is shown as it came, though a level had cleared it. */
  const shownInstead = (): ReadonlyMap<string, ResultContent[]> => {
    const back = [...kept].flatMap((id) => slots.get(id) ?? []).map(({ message, position }) => slotKey(message, position));
    return back.length === 0
      ? replaced
      : new Map([...replaced].filter(([key, content]) => content !== cleared || !back.includes(key)));
  };

  return {
    apply(event) {
      if (event.type === "user_message" || event.type === "attachment") said(event.message);
      else if (event.type === "assistant_message") reply(event.message);
      else if (event.type === "tool_started") started(event);
      else if (event.type === "tool_finished") finished(event.call, event.result);
      else if (event.type === "reply_discarded") early.clear();
      else if (event.type === "turn_ended" || event.type === "turn_started" || event.type === "session_resumed") keepOrphans();
      else if (event.type === "context_reduced") reduce(event.detail);
      else if (event.type === "kept_changed") keep(event.target, event.kept);
      else if (event.type === "context_restored") {
        reductions = reductions.filter((reduction) => !("id" in reduction && reduction.id === event.id));
        view = null;
      }
    },
    messages() {
      view ??= reduceHistory(base, positions, reductions, shownInstead(), keptPlaces());
      return view[0]?.role === "assistant" ? [opening, ...view] : view.slice();
    },
    everything: () => base,
    kept: () => kept,
  };
}

const synthetic = (call: string, text: string): ToolResultBlock => ({
  type: "tool_result",
  toolUseId: call,
  content: [textBlock(text, "engine")],
  isError: true,
  origin: "engine",
});

function resultFor(call: string, early: Early | undefined): ToolResultBlock {
  if (!early) return synthetic(call, notStarted);
  return early.result ?? synthetic(call, early.readOnly ? notFinished : unknownEffect);
}
