import type { Block, Message } from "../../shared/protocol/messages";
import { addText, blockFeatures, messageFeatures, noFeatures } from "./token-features";
import { usualWeights, weigh } from "./token-weights";

/** Tokens of a text by a usual tokenizer; how full the window is, is the ledger's to say. */
export const estimateTokens = (text: string): number => Math.ceil(weigh(addText(noFeatures(), text), usualWeights));

export const estimateBlock = (block: Block): number => weigh(blockFeatures(block), usualWeights);

export const estimateMessage = (message: Message): number => weigh(messageFeatures(message), usualWeights);

export const estimateMessages = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + estimateMessage(message), 0);
