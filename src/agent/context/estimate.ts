import type { Block, Message } from "../../shared/protocol/messages";
import { addText, blockFeatures, messageFeatures, noFeatures } from "./token-features";
import { usualWeights, weigh } from "./token-weights";

/** Tokens of a text by a usual tokenizer; how full the window is, is the ledger's to say. */
export const estimateTokens = (text: string): number => Math.ceil(weigh(addText(noFeatures(), text), usualWeights));

export const estimateBlock = (block: Block): number => weigh(blockFeatures(block), usualWeights);

const ofMessages = new WeakMap<Message, number>();

export function estimateMessage(message: Message): number {
  let tokens = ofMessages.get(message);
  if (tokens === undefined) ofMessages.set(message, (tokens = weigh(messageFeatures(message), usualWeights)));
  return tokens;
}

export const estimateMessages = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);
