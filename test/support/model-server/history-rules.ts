import { signatureOf } from "./anthropic-wire.ts";

type Block = Record<string, unknown>;
type WireMessage = { role: string; content: string | Block[] } & Record<string, unknown>;

/** What a provider would refuse in this request's history; empty when it is legal. */
export function historyProblems(body: unknown, dialect: "anthropic" | "openai"): string[] {
  const messages = (body as { messages?: WireMessage[] } | null)?.messages;
  if (!Array.isArray(messages) || messages.length === 0) return ["the request has no messages"];
  return dialect === "anthropic" ? anthropicProblems(messages) : openaiProblems(messages);
}

function anthropicProblems(messages: readonly WireMessage[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  if (messages[0]!.role !== "user") problems.push("messages.0: the first message must be the user's");
  messages.forEach((message, i) => {
    const say = (problem: string) => problems.push(`messages.${i}: ${problem}`);
    if (message.role === messages[i - 1]?.role) say(`two ${message.role} messages in a row`);
    const blocks = blocksOf(message);
    if (blocks.length === 0) say("empty content");
    for (const block of blocks) {
      if (block["type"] === "text" && !String(block["text"]).trim()) say("empty text block");
      if (block["type"] === "tool_use" && !/^[\w-]{1,128}$/.test(String(block["name"])))
        say(`no name of a tool: ${String(block["name"])}`);
      if (block["type"] === "tool_use" && !/^[\w-]+$/.test(String(block["id"]))) say(`no id of a call: ${String(block["id"])}`);
      if (block["type"] === "thinking" && isForged(block)) say("thinking was changed: the signature does not match");
    }
    if (message.role === "assistant" && /thinking/.test(String(blocks.at(-1)?.["type"])))
      say("the final block cannot be thinking");
    if (message.role === "assistant")
      for (const id of idsOf(blocks, "tool_use", "id")) {
        if (seen.has(id)) say(`tool_use id ${id} is used twice`);
        seen.add(id);
      }
    const before = messages[i - 1];
    const wanted = before?.role === "assistant" ? idsOf(blocksOf(before), "tool_use", "id") : [];
    const given = message.role === "user" ? idsOf(blocks, "tool_result", "tool_use_id") : [];
    problems.push(...pairing(wanted, given).map((problem) => `messages.${i}: ${problem}`));
    const firstOther = blocks.findIndex((block) => block["type"] !== "tool_result");
    if (firstOther >= 0 && blocks.slice(firstOther).some((block) => block["type"] === "tool_result"))
      say("tool_result blocks must come first");
  });
  const last = messages.at(-1)!;
  if (last.role === "assistant" && idsOf(blocksOf(last), "tool_use", "id").length > 0)
    problems.push("the last message has calls without results");
  return problems;
}

function openaiProblems(messages: readonly WireMessage[]): string[] {
  const problems: string[] = [];
  let open: string[] = [];
  let given: string[] = [];
  const settle = (i: number) => {
    problems.push(...pairing(open, given).map((problem) => `messages.${i}: ${problem}`));
    open = [];
    given = [];
  };
  messages.forEach((message, i) => {
    if (message.role === "tool") return void given.push(String(message["tool_call_id"]));
    settle(i);
    if (message.role !== "assistant") return;
    const calls = (message["tool_calls"] as { id: string; function: { name: string } }[] | undefined) ?? [];
    open = calls.map((call) => call.id);
    for (const { function: work } of calls)
      if (!/^[\w-]{1,64}$/.test(work.name)) problems.push(`messages.${i}: no name of a tool: ${work.name}`);
  });
  settle(messages.length);
  return problems;
}

/** Every call has exactly one result and every result a call. */
function pairing(wanted: readonly string[], given: readonly string[]): string[] {
  const missing = wanted.filter((id) => !given.includes(id)).map((id) => `tool_use ${id} has no tool_result`);
  const foreign = given
    .filter((id) => !wanted.includes(id))
    .map((id) => `tool_result ${id} belongs to no tool_use of the message before`);
  const doubled = given.filter((id, at) => given.indexOf(id) !== at).map((id) => `two tool_results for ${id}`);
  return [...missing, ...foreign, ...doubled];
}

const blocksOf = ({ content }: WireMessage): Block[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);

const idsOf = (blocks: readonly Block[], type: string, field: string): string[] =>
  blocks.filter((block) => block["type"] === type).map((block) => String(block[field]));

/** Signatures of other servers cannot be judged. */
const isForged = (block: Block): boolean =>
  String(block["signature"]).startsWith("scripted-") && block["signature"] !== signatureOf(String(block["thinking"]));
