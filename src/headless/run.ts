import { createInterface } from "node:readline";
import type { AgentEvent, Op, Problem } from "../shared/protocol/agent";
import type { PanelEvent } from "../shared/protocol/view";
import { textBlock, type Block } from "../shared/protocol/messages";
import type { CliArgs } from "./args";
import { createPrinter, type OutputContext, type Printer } from "./output";

/** The engine as a command line needs it. */
export interface HeadlessEngine {
  open(args: CliArgs): Promise<{ session: string; model: string; mode: string; tools: string[] } | Problem>;
  submit(op: Op): Promise<Problem | null>;
  onEvent(listener: (event: PanelEvent) => void): void;
  shutdown(): Promise<void>;
}

export interface Console {
  stdin: NodeJS.ReadStream;
  write(text: string): void;
  writeError(text: string): void;
  onInterrupt(listener: () => void): void;
  cwd: string;
  keySource: string;
}

/** `stride -p`: one prompt (or a stream of them) in, the answer out, the exit code back. */
export async function runHeadless(args: CliArgs, engine: HeadlessEngine, console: Console): Promise<number> {
  const reading = promptOf(args, console);
  // With a prompt at hand the conversation opens while a pipe gets its moment.
  const opening = args.prompt === null && args.inputFormat === "text" ? null : engine.open(args);
  // It is looked at below; until then its failure must not count as one that nobody handles.
  opening?.catch(() => undefined);
  const prompt = await reading;
  if (prompt === null && args.inputFormat === "text") {
    console.writeError('There is no prompt. Give one: stride -p "what to do", or pipe it in.\n');
    return 2;
  }
  const opened = await (opening ?? engine.open(args));
  if ("kind" in opened) {
    console.writeError(`${[opened.message, opened.next].filter(Boolean).join(" ")}\n`);
    return 1;
  }
  const context: OutputContext = {
    ...opened,
    cwd: console.cwd,
    permissionMode: opened.mode,
    keySource: console.keySource,
    includePartialMessages: args.includePartialMessages,
    verbose: args.verbose,
    write: console.write,
    writeError: console.writeError,
    now: () => performance.now(),
  };
  const turns = new Turns(args, engine, context, console);
  return args.inputFormat === "stream-json" ? turns.fromStream(console.stdin) : turns.one(prompt ?? "");
}

/** Two frames: by then the next request is on its way, which would wait for the printing. */
const PRINT_AFTER_MS = 33;

class Turns {
  #printer: Printer;
  #ended: ((event: AgentEvent) => void) | undefined;
  #interrupts = 0;
  readonly #unprinted: AgentEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly args: CliArgs,
    readonly engine: HeadlessEngine,
    readonly context: OutputContext,
    console: Console,
  ) {
    this.#printer = createPrinter(args.outputFormat, context);
    engine.onEvent(({ event }) => {
      if (this.#unprinted.push(event) === 1) this.#timer = setTimeout(() => this.#print(), PRINT_AFTER_MS);
      if (event.type === "turn_ended") this.#ended?.(event);
    });
    console.onInterrupt(() => void this.#interrupt());
    this.#printer.start();
  }

  async one(prompt: string): Promise<number> {
    return this.#turn([textBlock(prompt)], "prompt");
  }

  /** A line a message; the exit code is the last turn's. */
  async fromStream(stdin: NodeJS.ReadStream): Promise<number> {
    let code = 0;
    let position = 0;
    for await (const line of createInterface({ input: stdin, crlfDelay: Infinity })) {
      position++;
      if (line.trim() === "") continue;
      const content = contentOfLine(line);
      if (content === null) {
        this.context.writeError(
          `Line ${position} of the input is not a user message: expected {"type":"user","message":{"role":"user","content":"…"}}.\n`,
        );
        return 2;
      }
      this.#printer = createPrinter(this.args.outputFormat, this.context);
      code = await this.#turn(content, `line-${position}`);
      if (this.#interrupts > 0) return 130;
    }
    return code;
  }

  async #turn(content: Block[], id: string): Promise<number> {
    const ended = new Promise<AgentEvent>((resolve) => (this.#ended = resolve));
    const problem = await this.engine.submit({ op: "user_turn", session: this.context.session, id, content, delivery: "queue" });
    if (!problem) await ended;
    this.#print();
    return this.#printer.finish(problem ?? undefined);
  }

  /** A moment after it happened: a request goes out before what led to it is printed. */
  #print(): void {
    clearTimeout(this.#timer);
    for (const event of this.#unprinted.splice(0)) this.#printer.onEvent(event);
  }

  async #interrupt(): Promise<void> {
    if (++this.#interrupts > 1) {
      this.#print();
      process.exit(130);
    }
    await this.engine.submit({ op: "interrupt", session: this.context.session });
  }
}

/** The prompt, and what is piped in after it. */
async function promptOf(args: CliArgs, console: Console): Promise<string | null> {
  if (args.inputFormat === "stream-json") return args.prompt;
  if (console.stdin.isTTY) return args.prompt;
  if (args.prompt !== null) {
    const piped = await hasData(console.stdin);
    if (piped === "silent")
      console.writeError(
        `Nothing came through the pipe within ${pipeMs / 1_000} s; going on without it. If none was meant: stride … < /dev/null\n`,
      );
    // Or an open pipe would keep the process when all is done.
    if (piped !== "data") console.stdin.destroy();
    if (piped !== "data") return args.prompt;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of console.stdin) chunks.push(chunk as Buffer);
  const piped = Buffer.concat(chunks).toString("utf8").trim();
  if (piped === "") return args.prompt;
  return args.prompt === null ? piped : `${args.prompt}\n\n${piped}`;
}

const pipeMs = 3_000;

/** What is piped in belongs to the prompt, but a pipe that nobody writes to must not hold up a run for ever. */
function hasData(stdin: NodeJS.ReadStream): Promise<"data" | "end" | "silent"> {
  return new Promise((resolve) => {
    const done = (what: "data" | "end" | "silent"): void => {
      clearTimeout(timer);
      stdin.off("readable", onReadable).off("error", onEnd).off("end", onEnd);
      resolve(what);
    };
    const onReadable = (): void => done(stdin.readableLength > 0 ? "data" : "end");
    const onEnd = (): void => done("end");
    const timer = setTimeout(() => done("silent"), pipeMs);
    stdin.once("readable", onReadable).once("error", onEnd).once("end", onEnd);
  });
}

function contentOfLine(line: string): Block[] | null {
  try {
    const parsed = JSON.parse(line) as { type?: unknown; message?: { role?: unknown; content?: unknown } };
    const content = parsed.message?.content;
    if (parsed.type !== "user" || parsed.message?.role !== "user") return null;
    if (typeof content === "string") return [textBlock(content)];
    if (!Array.isArray(content)) return null;
    const blocks = content.map(blockOfWire);
    return blocks.every((block): block is Block => block !== null) ? blocks : null;
  } catch {
    return null;
  }
}

function blockOfWire(raw: unknown): Block | null {
  const block = raw as {
    type?: unknown;
    text?: unknown;
    source?: { type?: unknown; media_type?: unknown; data?: unknown };
  } | null;
  if (block?.type === "text" && typeof block.text === "string") return textBlock(block.text);
  if (
    block?.type === "image" &&
    block.source?.type === "base64" &&
    typeof block.source.media_type === "string" &&
    typeof block.source.data === "string"
  ) {
    return { type: "image", mediaType: block.source.media_type, data: block.source.data };
  }
  return null;
}
