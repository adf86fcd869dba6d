import type { AgentEvent, Recorded, Todo } from "../shared/protocol/agent";
import type { Message } from "../shared/protocol/messages";
import type { Projection, ResumeState } from "./sessions/projection";
import type { OpenSession } from "./sessions/store";

/** The log of one conversation and what it says now: one source, kept together. */
export interface Conversation {
  readonly session: string;
  readonly opened: OpenSession;
  append(event: AgentEvent): Recorded;
  flush(): Promise<void>;
  /** What the model is shown. */
  messages(): readonly Message[];
  /** The whole of it, compression or not. */
  everything(): readonly Message[];
  /** What no level may take out, by message or call. */
  kept(): ReadonlySet<string>;
  state(): ResumeState;
  todos(): Todo[];
  spent(): { usd: number; tokens: number };
}

export async function openConversation(opened: OpenSession): Promise<Conversation> {
  const projection: Projection = await opened.project();
  return {
    session: opened.id,
    opened,
    append(event) {
      const recorded = opened.log.append(event);
      projection.apply(recorded);
      return recorded;
    },
    flush: () => opened.log.flush(),
    messages: () => projection.messages(),
    everything: () => projection.everything(),
    kept: () => projection.kept(),
    state: () => projection.state(),
    todos: () => projection.state().todos,
    spent: () => {
      const { usd, usage } = projection.state();
      return { usd: usd ?? 0, tokens: usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens };
    },
  };
}
