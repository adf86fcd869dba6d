import type { Message } from "../shared/protocol/messages";
import { textOf } from "../shared/protocol/messages";
import type { ModelStream } from "../shared/protocol/model";
import type { Decision } from "../shared/protocol/permission";
import type { Gatekeeper } from "./gatekeeper";
import { createAutonomy, type AskModel, type Labelled } from "./permissions/classifier";
import type { DecideRequest } from "./permissions/types";

export interface AutonomousPorts {
  gatekeeper: Gatekeeper;
  model: ModelStream;
  messages(): readonly Message[];
  /** Said once, when it stops guessing. */
  onExhausted(): void;
}

/** The gatekeeper's answer; in the autonomous mode a small model may answer a harmless question in the person's place. */
export function autonomousDecisions(
  ports: AutonomousPorts,
): (
  call: Omit<DecideRequest, "access"> & { access: DecideRequest["access"][number][] },
  signal: AbortSignal,
) => Promise<Decision> {
  const autonomy = createAutonomy(askFastModel(ports.model));
  let told = false;
  /** After a person has answered the runner decides once more: the model is not asked twice about one call. */
  const asked = new WeakSet<object>();
  return async (call, signal) => {
    const { gatekeeper } = ports;
    const decision = gatekeeper.decide(call);
    if (gatekeeper.mode !== "auto" || decision.verdict !== "ask" || asked.has(call)) return decision;
    asked.add(call);
    const conversation = ports.messages().flatMap(labelled);
    const answer = await autonomy.answer({ call, decision, conversation, tainted: gatekeeper.tainted }, signal);
    if (autonomy.exhausted && !told) {
      told = true;
      ports.onExhausted();
    }
    return answer;
  };
}

const askFastModel =
  (model: ModelStream): AskModel =>
  async ({ system, text }, signal) => {
    let answer = "";
    const messages: Message[] = [{ id: "question", role: "user", content: [{ type: "text", text }] }];
    for await (const event of model({ role: "fast", system: [{ text: system }], messages, tools: [], maxTokens: 200 }, signal)) {
      if (event.type === "block_stop" && event.block.type === "text") answer += event.block.text;
      if (event.type === "error") throw new Error(event.error.message);
    }
    return answer;
  };

function labelled(message: Message): Labelled[] {
  return message.content.flatMap((block): Labelled[] => {
    if (block.type === "text")
      return [{ origin: message.role === "assistant" ? "assistant" : (block.origin ?? "user"), text: block.text }];
    if (block.type === "tool_result") return [{ origin: block.origin ?? "tool", text: textOf(block.content) }];
    return block.type === "tool_use" ? [{ origin: "assistant", text: `${block.name} ${JSON.stringify(block.input)}` }] : [];
  });
}
