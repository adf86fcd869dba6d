import type { InstructionFile, Instructions } from "../config/instructions/load-instructions";
import type { HostApi } from "../shared/protocol/host";
import { textBlock, type Message, type TextBlock } from "../shared/protocol/messages";
import type { Files, SeenFiles } from "../shared/ports/files";
import { editedPaths, newDiagnostics } from "./tools/diagnostics-baseline";

export interface AttachmentPorts {
  instructions: Instructions;
  files: Files;
  host: HostApi;
  newId(): string;
  /** Slow facts (git status): what is ready when asked goes in, the rest later. */
  facts: Promise<string | null>[];
}

/** Waiting longer than this for anything would be felt. */
const PATIENCE_MS = 40;
const MAX_CHECKED = 60;
const MAX_DIAGNOSTICS = 20;

/** Text that joins the conversation beside what user and model say; always at its end, so that the cached prefix stays. */
export class Attachments {
  readonly #ports: AttachmentPorts;
  readonly #read = new Set<string>();
  /** Hash we last told the model about, by path. */
  readonly #told = new Map<string, string>();
  readonly #checked = new Map<string, number>();
  #toldDiagnostics = "";
  #facts: Promise<string | null>[];

  constructor(ports: AttachmentPorts) {
    this.#ports = ports;
    this.#facts = ports.facts;
  }

  get instructions(): Pick<Instructions, "loaded" | "skipped"> {
    return this.#ports.instructions;
  }

  /** Before the first prompt: instruction files, and the facts that are there already. */
  async opening(): Promise<Message[]> {
    const blocks = [...this.#ports.instructions.start().map(instructionBlock), ...(await this.#readyFacts(15))];
    return this.#message(blocks);
  }

  /** After tools, before the next request. */
  async afterTools(seen: SeenFiles): Promise<Message[]> {
    const slow = await Promise.race([
      Promise.all([this.#changedFiles(seen), this.#diagnostics(seen)]),
      late([[], []] as TextBlock[][]),
    ]);
    return this.#message([...this.#newInstructions(seen), ...(await this.#readyFacts(0)), ...slow.flat()]);
  }

  #message(blocks: TextBlock[]): Message[] {
    return blocks.length === 0 ? [] : [{ id: this.#ports.newId(), role: "user", content: blocks }];
  }

  #newInstructions(seen: SeenFiles): TextBlock[] {
    const fresh = seen.paths().filter((path) => !this.#read.has(path));
    for (const path of fresh) this.#read.add(path);
    return fresh.flatMap((path) => this.#ports.instructions.onRead(path)).map(instructionBlock);
  }

  async #readyFacts(patienceMs: number): Promise<TextBlock[]> {
    const blocks: TextBlock[] = [];
    const open: Promise<string | null>[] = [];
    for (const fact of this.#facts) {
      const text = await Promise.race([fact, late(undefined, patienceMs)]);
      if (text === undefined) open.push(fact);
      else if (text !== null && text !== "") blocks.push(textBlock(text, "engine"));
    }
    this.#facts = open;
    return blocks;
  }

  /** Files the model has read that somebody else changed since. */
  async #changedFiles(seen: SeenFiles): Promise<TextBlock[]> {
    const changed: string[] = [];
    for (const path of seen.paths().slice(-MAX_CHECKED)) {
      const known = seen.get(path);
      const stat = await this.#ports.files.stat(path);
      if (!known || this.#checked.get(path) === stat?.mtimeMs) continue;
      if (stat) this.#checked.set(path, stat.mtimeMs);
      const read = stat ? await this.#ports.files.readText(path) : null;
      const hash = read?.ok ? read.file.hash : "gone";
      if (hash === known.hash || this.#told.get(path) === hash) continue;
      this.#told.set(path, hash);
      changed.push(hash === "gone" ? `${path} (deleted)` : path);
    }
    return changed.length === 0
      ? []
      : [
          textBlock(
            `Reminder: changed by somebody else since you read them: ${changed.join(", ")}. Read them again before you rely on them.`,
            "engine",
          ),
        ];
  }

  async #diagnostics(seen: SeenFiles): Promise<TextBlock[]> {
    const paths = editedPaths(seen);
    if (paths.length === 0) return [];
    const fresh = newDiagnostics(seen, await this.#ports.host.diagnostics(paths).catch(() => [])).filter(
      ({ severity }) => severity === "error" || severity === "warning",
    );
    const lines = fresh
      .slice(0, MAX_DIAGNOSTICS)
      .map(({ path, range, severity, message }) => `- ${path}:${range.start.line + 1} ${severity}: ${message.slice(0, 300)}`);
    const text = lines.join("\n");
    if (text === this.#toldDiagnostics) return [];
    this.#toldDiagnostics = text;
    return text === "" ? [] : [textBlock(`Reminder: new problems in files you edited:\n${text}`, "tool")];
  }
}

function instructionBlock({ path, scope, text }: InstructionFile): TextBlock {
  return textBlock(`<instructions file="${path}" scope="${scope}">\n${text}\n</instructions>`, "instructions");
}

function late<T>(value: T, ms = PATIENCE_MS): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms).unref());
}
