import type { Block, Message } from "../../shared/protocol/messages";

/** Tokens of an image or a page where the provider does not say: the usual upper end. */
const IMAGE_TOKENS = 1_600;
const PAGE_TOKENS = 2_500;

/**
 * Tokens of a text without a tokenizer: one pass over its characters, by class. Letters come in words of
 * about four and a half, signs mostly alone, digits in groups of three, CJK about one each. What is still
 * wrong is corrected by the ledger's factor, which learns from what the provider reports.
 */
export function estimateTokens(text: string): number {
  let letters = 0;
  let words = 0;
  let digits = 0;
  let signs = 0;
  let wide = 0;
  let breaks = 0;
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 192 && code < 0x2000);
    if (isLetter) {
      letters++;
      if (!inWord) words++;
    } else if (code >= 48 && code <= 57) digits++;
    else if (code === 10) breaks++;
    else if (code > 0x2e7f) wide++;
    else if (code !== 32 && code !== 9 && code !== 13) signs++;
    inWord = isLetter;
  }
  // Long words (identifiers, base64) split further than words of prose.
  const wordTokens = Math.max(words, letters / 4.8) * 1.02 + Math.max(0, letters / 4.8 - words) * 0.35;
  return Math.ceil(wordTokens + digits / 2.6 + signs * 0.62 + wide * 0.95 + breaks * 0.55);
}

export function estimateBlock(block: Block): number {
  switch (block.type) {
    case "text":
      return estimateTokens(block.text) + 3;
    case "thinking":
      return estimateTokens(block.thinking) + 3;
    case "tool_use":
      return estimateTokens(JSON.stringify(block.input)) + 20;
    case "tool_result":
      return block.content.reduce((sum, part) => sum + estimateBlock(part), 12);
    case "image":
      return IMAGE_TOKENS;
    case "document":
      return PAGE_TOKENS;
    case "redacted_thinking":
      return Math.ceil(block.data.length / 4);
    case "opaque":
      return Math.ceil(JSON.stringify(block.raw).length / 4);
  }
}

const known = new WeakMap<Message, number>();

/** Counted once a message: messages never change. */
export function estimateMessage(message: Message): number {
  const cached = known.get(message);
  if (cached !== undefined) return cached;
  const tokens = message.content.reduce((sum, block) => sum + estimateBlock(block), 4);
  known.set(message, tokens);
  return tokens;
}
