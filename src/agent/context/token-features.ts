import type { Block, Message } from "../../shared/protocol/messages";

/**
 * What a tokenizer's count depends on, as sums that can be added up: one pass over the characters, no tokenizer.
 * Sums let a ledger learn a weight for each from nothing but the totals a provider reports.
 */
export type Features = Float64Array;

export const featureNames = [
  "words",
  "wordParts",
  "letters",
  "signs",
  "signParts",
  "digits",
  "wide",
  "breaks",
  "spaces",
  "blocks",
  "known",
] as const;

export const noFeatures = (): Features => new Float64Array(featureNames.length);

const enum At {
  Words,
  WordParts,
  Letters,
  Signs,
  SignParts,
  Digits,
  Wide,
  Breaks,
  Spaces,
  Blocks,
  Known,
}

/** Tokens of an image or a page where the provider does not say: the usual upper end. */
const imageTokens = 1_600;
const pageTokens = 2_500;
/** Longer runs of letters (names, base64) are cut again about every so many. */
const longRun = 10;

export function addFeatures(to: Features, from: Features, sign = 1): Features {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + sign * from[i]!;
  return to;
}

export function addText(to: Features, text: string): Features {
  let words = 0;
  let parts = 0;
  let letters = 0;
  let signs = 0;
  let signParts = 0;
  let digits = 0;
  let wide = 0;
  let breaks = 0;
  let spaces = 0;
  let run = 0;
  let before = Kind.None;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? asciiKinds[code]! : kindOf(code);
    const inWord = before === Kind.Lower || before === Kind.Upper;
    if (kind === Kind.Lower || kind === Kind.Upper) {
      letters++;
      run = inWord ? run + 1 : 1;
      if (!inWord) words++;
      else if ((kind === Kind.Upper && before === Kind.Lower) || run % longRun === 0) parts++;
    } else if (kind === Kind.Sign) {
      if (before === Kind.Sign) signParts++;
      else signs++;
    } else if (kind === Kind.Space) {
      if (before === Kind.Space) spaces++;
    } else if (kind === Kind.Digit) digits++;
    else if (kind === Kind.Break) breaks++;
    else wide++;
    before = kind;
  }
  to[At.Words]! += words;
  to[At.WordParts]! += parts;
  to[At.Letters]! += letters;
  to[At.Signs]! += signs;
  to[At.SignParts]! += signParts;
  to[At.Digits]! += digits;
  to[At.Wide]! += wide;
  to[At.Breaks]! += breaks;
  to[At.Spaces]! += spaces;
  return to;
}

const enum Kind {
  None,
  Lower,
  Upper,
  Digit,
  Break,
  Wide,
  Space,
  Sign,
}

function kindOf(code: number): Kind {
  if (code >= 97 && code <= 122) return Kind.Lower;
  if (code >= 65 && code <= 90) return Kind.Upper;
  if (code === 32 || code === 9 || code === 13) return Kind.Space;
  if (code === 10) return Kind.Break;
  if (code >= 48 && code <= 57) return Kind.Digit;
  if (code >= 192 && code < 0x2000) return Kind.Lower;
  return code > 0x2e7f ? Kind.Wide : Kind.Sign;
}

const asciiKinds = Uint8Array.from({ length: 128 }, (_, code) => kindOf(code));

const ofBlocks = new WeakMap<Block, Features>();
const ofMessages = new WeakMap<Message, Features>();

/** Counted once a block: blocks never change. */
export function blockFeatures(block: Block): Features {
  const known = ofBlocks.get(block);
  if (known) return known;
  const features = noFeatures();
  features[At.Blocks] = 1;
  switch (block.type) {
    case "text":
      addText(features, block.text);
      break;
    case "thinking":
      addText(features, block.thinking);
      break;
    case "tool_use":
      addText(features, `${block.name} ${JSON.stringify(block.input)}`);
      features[At.Blocks] = 3;
      break;
    case "tool_result":
      for (const part of block.content) addFeatures(features, blockFeatures(part));
      break;
    case "image":
      features[At.Known] = imageTokens;
      break;
    case "document":
      features[At.Known] = pageTokens;
      break;
    case "redacted_thinking":
      features[At.Known] = block.data.length / 4;
      break;
    case "opaque":
      addText(features, JSON.stringify(block.raw));
  }
  ofBlocks.set(block, features);
  return features;
}

export function messageFeatures(message: Message): Features {
  const known = ofMessages.get(message);
  if (known) return known;
  const features = noFeatures();
  features[At.Blocks] = 1;
  for (const block of message.content) addFeatures(features, blockFeatures(block));
  ofMessages.set(message, features);
  return features;
}
