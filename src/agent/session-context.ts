import { resolve } from "node:path";
import type { ResumedContext } from "./context/context-options";
import { createContext } from "./context/create-context";
import type { ContextPipeline } from "./context/pipeline";
import type { Conversation } from "./conversation";
import type { Parts } from "./engine-parts";
import type { LiveSession } from "./live-session";
import { newId } from "./new-id";

export interface SessionContextOptions {
  parts: Parts;
  conversation: Conversation;
  live(): LiveSession;
  cwd: string;
  /** `autoCompactEnabled`; asked each time, because settings reload. */
  autoCompact(): boolean;
}

/** The context levels of one conversation, wired to its log and its model. */
export function sessionContext({ parts, conversation, live, cwd, autoCompact }: SessionContextOptions): ContextPipeline {
  const resumed = resumedContext(conversation);
  return createContext({
    window: () => parts.windowOf(live().model),
    messages: () => conversation.messages(),
    everything: () => conversation.everything(),
    kept: () => conversation.kept(),
    todos: () => conversation.todos(),
    emit: (event) => live().emit(event),
    fork: (messages) => live().requestWith(messages),
    model: parts.stream,
    spent: (model, usage) => parts.spend.add(conversation.session, model, parts.costOf(model, usage) ?? 0),
    readFile: async (path) => {
      const read = await parts.files.readText(resolve(cwd, path));
      return read.ok ? read.file.text : null;
    },
    providerClears: () => live().model.startsWith("anthropic/"),
    count: (request, signal) => parts.model.count(request, signal),
    price: () => parts.model.price(live().model),
    enabled: autoCompact,
    newId,
    now: () => performance.now(),
    later: (work) => void setImmediate(work),
    ...(resumed && { resumed }),
  });
}

/** What the log says of a conversation that goes on. */
function resumedContext(conversation: Conversation): ResumedContext | null {
  const { views, lastReply, updatedAt, turns } = conversation.state();
  if (turns === 0) return null;
  const messages = conversation.messages();
  const usage = lastReply?.usage;
  const input = usage ? usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens : 0;
  const at = lastReply ? messages.findIndex(({ id }) => id === lastReply.message) : -1;
  const anchored = usage !== undefined && input > 0 && at >= 0;
  return {
    views,
    idleMs: Math.max(0, Date.now() - updatedAt),
    reported: anchored ? input + usage.outputTokens : null,
    since: anchored ? messages.slice(at + 1) : messages,
    freedTokens: anchored ? (lastReply?.freedTokens ?? 0) : 0,
  };
}
