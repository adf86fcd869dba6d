import { textOf, type Message } from "../../shared/protocol/messages";
import { userWords } from "./work-list";

/** A sentence with the concepts in it, so that another wording of it is still found. */
interface Sentence {
  concepts: ReadonlySet<string>;
  runs: ReadonlySet<string>;
  /** It tells somebody to do something. */
  instructs: boolean;
}

export interface Checked {
  text: string;
  removed: string[];
}

/** So many words in a row are a quotation. */
const RUN = 5;
/** Of a sentence's concepts: from here on another sentence says the same. */
const SAME = 0.5;
const MAX_DATA_CHARS = 4_000_000;

/**
 * Looks over a summary's account of what the user wants: whatever only stands in data (files, commands, web,
 * MCP) is taken out, quoted or in other words. An instruction planted in a file must not come out of a summary
 * as the user's wish; what is taken out wrongly is still told, as a finding.
 */
export function plantedCheck(log: readonly Message[]): (wishes: string) => Checked {
  const own = sentencesOf(userWords(log).join("\n"));
  const ownConcepts = new Set(own.flatMap(({ concepts }) => [...concepts]));
  const ownRuns = new Set(own.flatMap(({ runs }) => [...runs]));
  const data = sentencesOf(dataOf(log));
  const dataRuns = new Set(data.flatMap(({ runs }) => [...runs]));
  const orders = data.filter(({ instructs, concepts }) => instructs && concepts.size > 0);

  const isPlanted = (text: string): boolean => {
    const sentence = sentenceOf(text);
    const { concepts, runs } = sentence;
    if ([...runs].some((run) => dataRuns.has(run) && !ownRuns.has(run))) return true;
    if (addressesOf(text).some((address) => !ownConcepts.has(address))) return true;
    if (concepts.size === 0) return false;
    const foreign = [...concepts].filter((concept) => !ownConcepts.has(concept));
    // Wholly in the user's own terms: whoever else says so too.
    if (foreign.length === 0) return false;
    return orders.some((order) => {
      const shared = foreign.filter((concept) => order.concepts.has(concept)).length;
      const covered = [...concepts].filter((concept) => order.concepts.has(concept)).length / concepts.size;
      const risky = foreign.some((concept) => riskyConcepts.has(concept) && order.concepts.has(concept));
      return (covered >= SAME && shared >= 2) || (risky && shared + (covered > 0 ? 0 : 1) >= 2);
    });
  };

  return (wishes) => {
    const removed: string[] = [];
    const kept = wishes.split(/(?<=[.!?。！？])\s+|\n/).filter((text) => {
      const planted = isPlanted(text);
      if (planted) removed.push(text.trim());
      return !planted;
    });
    return { text: kept.join("\n").trim(), removed };
  };
}

/** Text that carries no authority: everything that is not the user's or the model's own. */
function dataOf(messages: readonly Message[]): string {
  return messages
    .flatMap((message) => message.content)
    .map((block) => {
      if (block.type === "tool_result") return textOf(block.content);
      return block.type === "text" && block.origin !== undefined && block.origin !== "user" && block.origin !== "engine"
        ? block.text
        : "";
    })
    .join("\n")
    .slice(-MAX_DATA_CHARS);
}

const sentencesOf = (text: string): Sentence[] =>
  text
    .split(/\n+|(?<=[.!?])\s+|[。！？]+/)
    .filter((part) => part.trim() !== "")
    .map(sentenceOf);

function sentenceOf(text: string): Sentence {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const runs = new Set<string>();
  if (words.length >= 3 && words.length < RUN) runs.add(words.join(" "));
  for (let at = 0; at + RUN <= words.length; at++) runs.add(words.slice(at, at + RUN).join(" "));
  const concepts = new Set([...words.flatMap((word) => conceptOf(word) ?? []), ...addressesOf(text)]);
  return {
    concepts,
    runs,
    instructs: words.some((word) => conceptOf(word) !== null && ordering.has(conceptOf(word)!)) || addressee.test(text),
  };
}

/** Where something could be sent to. */
const addressesOf = (text: string): string[] =>
  [...text.toLowerCase().matchAll(/\b(?:https?:\/\/)?((?:[a-z0-9-]+@)?(?:[a-z0-9-]+\.)+[a-z]{2,})\b/g)]
    .filter(([whole, host]) => whole.startsWith("http") || host?.includes("@") || !fileEnding.test(host ?? ""))
    .map(([, host]) => host ?? "");

const fileEnding =
  /\.(ts|tsx|js|jsx|mjs|cjs|json|md|py|rs|go|java|kt|c|h|cc|cpp|cs|rb|php|sh|css|scss|html|xml|ya?ml|toml|txt|sql|vue|svelte|lock|test|spec|config|log|env|ini|cfg|swift|lua|zig|proto|gradle|prototype|length|push|map|then|name)$/;

const addressee = /\b(you|assistant|agent|model|ai|must|should|please|shall|always|never)\b/i;

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
const ordering = new Set(["~send", "~delete", "~run", "~ignore", "~install", "~disable", "~write", "~commit"]);

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
