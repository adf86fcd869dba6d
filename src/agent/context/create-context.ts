import type { AgentEvent } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import { oldResults } from "./levels/3-clear";
import type { ContextPipeline } from "./pipeline";
import { TokenLedger } from "./token-ledger";

export interface ContextOptions {
  /** Tokens the model takes. */
  window(): number;
  messages(): readonly Message[];
  emit(event: AgentEvent): void;
}

const CHARS_A_TOKEN = 3.6;

export function createContext(options: ContextOptions): ContextPipeline {
  const ledger = new TokenLedger();
  return {
    async fit({ turn, messages, fixedChars }) {
      ledger.fixed = fixedChars / CHARS_A_TOKEN;
      options.emit({ type: "context_measured", turn, tokens: ledger.tokens, window: options.window(), sources: {} });
      return { messages, estimatedTokens: ledger.tokens };
    },
    async emergency(turn) {
      const { calls, freedTokens } = oldResults(options.messages(), 1);
      if (calls.length === 0) return false;
      ledger.freed(freedTokens);
      options.emit({ type: "context_reduced", turn, level: 3, freedTokens, detail: { kind: "cleared_results", calls, by: "engine" } });
      return true;
    },
    observe: (event) => ledger.observe(event),
    async handle() {},
  };
}
