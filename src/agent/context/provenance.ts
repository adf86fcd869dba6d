import { textOf, type Message } from "../../shared/protocol/messages";
import { userWords } from "./work-list";

/** A sentence with the concepts in it, so that another wording of it is still found. */
interface Sentence {
  text: string;
  concepts: ReadonlySet<string>;
  runs: ReadonlySet<string>;
}

/** A sentence of the summary that is not wholly in the user's own terms. */
interface Suspect extends Sentence {
  /** What the user never spoke of. */
  foreign: ReadonlySet<string>;
  foreignRuns: readonly string[];
}

export interface Checked {
  text: string;
  removed: string[];
}

/** So many words in a row are a quotation. */
const RUN = 5;
/** Of a sentence's concepts: from here on another sentence says the same. */
const SAME = 0.5;
/** After so much text others get their turn: this runs beside a conversation. */
const AT_ONCE = 100_000;
const LONGEST = 2_000;

/**
 * Looks over a summary's account of what the user wants: whatever only stands in data (files, commands, web,
 * MCP) is taken out, quoted or in other words. An instruction planted in a file must not come out of a summary
 * as the user's wish; what is taken out wrongly is still told, as a finding.
 */
export async function withoutPlanted(wishes: string, log: readonly Message[]): Promise<Checked> {
  // Also the stops of Chinese and Japanese.
  const sentences = wishes.split(/(?<=[.!?\u3002\uff01\uff1f])\s+|\n/).map(sentenceOf);
  const own = userWords(log).flatMap((words) => sentencesOf(words));
  const ownConcepts = new Set(own.flatMap(({ concepts }) => [...concepts]));
  const ownRuns = new Set(own.flatMap(({ runs }) => [...runs]));
  const planted = new Set(sentences.filter(({ text }) => addressesOf(text).some((address) => !ownConcepts.has(address))));
  const suspects = sentences.flatMap((sentence): { sentence: Sentence; suspect: Suspect }[] => {
    const foreign = new Set([...sentence.concepts].filter((concept) => !ownConcepts.has(concept)));
    const foreignRuns = [...sentence.runs].filter((run) => !ownRuns.has(run)).map((run) => ` ${run} `);
    return foreign.size + foreignRuns.length === 0 ? [] : [{ sentence, suspect: { ...sentence, foreign, foreignRuns } }];
  });
  const mentions = mentionsOf(suspects.flatMap(({ suspect }) => [...suspect.foreign]));
  let read = 0;
  for (const text of suspects.length === 0 ? [] : dataOf(log)) {
    for (let at = 0; at < text.length; at += AT_ONCE) {
      // Pieces overlap, so that no sentence is cut in two for both.
      const piece = text.slice(Math.max(0, at - LONGEST), at + AT_ONCE);
      const plain = ` ${piece.toLowerCase().replace(/[^\p{L}\p{N}_]+/gu, " ")} `;
      const orders = mentions.test(piece) ? sentencesOf(piece, (part) => mentions.test(part) && orderly.test(part)) : [];
      for (const { sentence, suspect } of suspects)
        if (suspect.foreignRuns.some((run) => plain.includes(run)) || orders.some((order) => saysTheSame(suspect, order)))
          planted.add(sentence);
      read += piece.length;
      if (read < AT_ONCE) continue;
      read = 0;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  return {
    text: sentences
      .filter((one) => !planted.has(one))
      .map(({ text }) => text)
      .join("\n")
      .trim(),
    removed: [...planted].map(({ text }) => text.trim()).filter((text) => text !== ""),
  };
}

function saysTheSame({ concepts, foreign }: Suspect, order: Sentence): boolean {
  const both = [...concepts].filter((concept) => order.concepts.has(concept));
  const shared = both.filter((concept) => foreign.has(concept));
  if (shared.length === 0) return false;
  const risky = shared.some((concept) => riskyConcepts.has(concept));
  return (both.length / concepts.size >= SAME && shared.length >= 2) || (risky && both.length >= 2);
}

/** Text that carries no authority: everything that is not the user's or the model's own. */
const dataOf = (messages: readonly Message[]): string[] =>
  messages
    .flatMap((message) => message.content)
    .map((block) => {
      if (block.type === "tool_result") return textOf(block.content);
      const own = block.type !== "text" || block.origin === undefined || block.origin === "user" || block.origin === "engine";
      return own ? "" : block.text;
    })
    .filter((text) => text !== "");

const sentencesOf = (text: string, wanted: (part: string) => boolean = () => true): Sentence[] =>
  text
    .split(/\n+|(?<=[.!?])\s+|[\u3002\uff01\uff1f]+/)
    .flatMap((part) => (part.length <= LONGEST ? [part] : (part.match(/[^]{1,2000}/g) ?? [])))
    .filter((part) => part.trim() !== "" && wanted(part))
    .map(sentenceOf);

function sentenceOf(text: string): Sentence {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const runs = new Set<string>();
  if (words.length >= 3 && words.length < RUN) runs.add(words.join(" "));
  for (let at = 0; at + RUN <= words.length; at++) runs.add(words.slice(at, at + RUN).join(" "));
  return { text, runs, concepts: new Set([...words.flatMap((word) => conceptOf(word) ?? []), ...addressesOf(text)]) };
}

/** Where something could be sent to. */
const addressesOf = (text: string): string[] =>
  [...text.toLowerCase().matchAll(/\b(?:https?:\/\/)?((?:[a-z0-9-]+@)?(?:[a-z0-9-]+\.)+[a-z]{2,})\b/g)]
    .filter(([whole, host]) => whole.startsWith("http") || host?.includes("@") || !fileEnding.test(host ?? ""))
    .map(([, host]) => host ?? "");

const fileEnding =
  /\.(ts|tsx|js|jsx|mjs|cjs|json|md|py|rs|go|java|kt|c|h|cc|cpp|cs|rb|php|sh|css|scss|html|xml|ya?ml|toml|txt|sql|vue|svelte|lock|test|spec|config|log|env|ini|cfg|swift|lua|zig|proto|gradle|prototype|length|push|map|then|name)$/;

/** Words that mean the same act or thing share one concept. */
const senses: Record<string, string> = {
  send: "send upload post transmit exfiltrate forward email mail publish push share submit deliver transfer leak copy curl",
  delete: "delete remove erase wipe drop purge destroy rm clear unlink",
  run: "run execute invoke launch start call",
  ignore: "ignore disregard forget skip override bypass disobey",
  secret:
    "secret secrets credential credentials token tokens key keys password passwords env environment environments dotenv passphrase apikey",
  install: "install download fetch add curl wget",
  disable: "disable deactivate weaken turn switch stop",
  check: "check checks test tests verify verification validation safety guard protection permission permissions security",
  write: "write create insert append add put place",
  commit: "commit commits merge rebase tag release",
  variable: "variable variables vars var",
  instruction: "instruction instructions prompt prompts order orders rule rules request",
};
const concepts = new Map(
  Object.entries(senses).flatMap(([sense, words]) => words.split(" ").map((word) => [word, `~${sense}`] as const)),
);
const riskyConcepts = new Set(["~send", "~delete", "~ignore", "~secret", "~install", "~disable"]);
const ordering = ["send", "delete", "run", "ignore", "install", "disable", "write", "commit"];

const anyOf = (words: readonly string[]): RegExp =>
  words.length === 0
    ? /(?!)/
    : new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, "\\$&")).join("|")})`, "iu");

/** Somebody is told to do something. */
const orderly = anyOf([
  ...ordering.flatMap((sense) => senses[sense]!.split(" ")),
  ..."you assistant agent model ai must should please shall always never".split(" "),
]);

/** Finds text that could be about these concepts, without looking at every word of it. */
const mentionsOf = (wanted: readonly string[]): RegExp =>
  anyOf([...new Set(wanted.flatMap((concept) => (concept.startsWith("~") ? senses[concept.slice(1)]!.split(" ") : [concept])))]);

const empty = new Set(
  "the and for with from that this then than into onto over all any are was were has have had will would can could not now new use used using its it's their your our user users wants want wish wishes needs need also first next step file files when where what which while about after before only should must please them they some more".split(
    " ",
  ),
);

function conceptOf(word: string): string | null {
  const known = concepts.get(word) ?? concepts.get(stem(word));
  if (known) return known;
  return word.length < 3 || empty.has(word) ? null : stem(word);
}

const stem = (word: string): string => (word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, "").replace(/e$/, "") : word);
