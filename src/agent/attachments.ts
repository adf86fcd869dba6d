import type { InstructionFile, Instructions } from "../config/instructions/load-instructions";
import type { HostApi } from "../shared/protocol/host";
import { textBlock, type Message, type TextBlock } from "../shared/protocol/messages";
import type { Files, FileStat, SeenFile, SeenFiles } from "../shared/ports/files";
import { editedPaths, newDiagnostics } from "./tools/diagnostics-baseline";

export interface AttachmentPorts {
  instructions: Instructions;
  files: Files;
  host: HostApi;
  newId(): string;
  /** Slow facts (git, the folder): what is ready when asked goes in, the rest later. Called once, with the first prompt. */
  facts(): Promise<string | null>[];
}

/** A frame: waiting longer for anything would be felt. */
const PATIENCE_MS = 14;
/** A question nobody answers is given up, so that the next one can be asked. */
const GIVE_UP_MS = 5_000;
const MAX_CHECKED = 30;
const MAX_DIAGNOSTICS = 20;

/** Text that joins the conversation beside what user and model say; always at its end, so that the cached prefix stays. */
export class Attachments {
  readonly #ports: AttachmentPorts;
  /** What we looked at last, by path: another object means it was read again. */
  readonly #read = new Map<string, object>();
  readonly #nested = new Map<string, InstructionFile[]>();
  /** Since the last compaction the model no longer sees these. */
  #forgotten = new Set<InstructionFile>();
  /** Hash we last told the model about, by path. */
  readonly #told = new Map<string, string>();
  readonly #checked = new Map<string, number>();
  #toldDiagnostics = "";
  #facts: Late<string | null>[] = [];
  #changes: Late<TextBlock[]> | undefined;
  #problems: Late<TextBlock[]> | undefined;

  constructor(ports: AttachmentPorts) {
    this.#ports = ports;
  }

  get instructions(): Pick<Instructions, "loaded" | "skipped"> {
    return this.#ports.instructions;
  }

  /** Before the first prompt: instruction files, and the facts that are there with the first of them. */
  async opening(): Promise<Message[]> {
    this.#facts = this.#ports.facts().map((fact) => new Late(fact));
    const files = this.#ports.instructions.start().map(instructionBlock);
    await atMost(PATIENCE_MS, Promise.race(this.#facts.map((fact) => fact.promise)));
    return this.#message([...files, ...this.#readyFacts()]);
  }

  /** After tools and before a prompt. Whatever is late comes the next time. */
  async afterTools(seen: SeenFiles): Promise<Message[]> {
    this.#changes ??= new Late(this.#changedFiles(seen));
    this.#problems ??= new Late(this.#diagnostics(seen));
    await atMost(PATIENCE_MS, Promise.all([this.#changes.promise, this.#problems.promise]));
    return this.#message([...this.#newInstructions(seen), ...this.#readyFacts(), ...this.#readyReminders()]);
  }

  /** Nested instructions went with the rest; they come back with the next read of a file they are for. */
  compacted(): void {
    this.#forgotten = new Set([...this.#nested.values()].flat());
  }

  #message(blocks: TextBlock[]): Message[] {
    return blocks.length === 0 ? [] : [{ id: this.#ports.newId(), role: "user", content: blocks }];
  }

  #newInstructions(seen: SeenFiles): TextBlock[] {
    const blocks: TextBlock[] = [];
    for (const path of seen.paths()) {
      const known = seen.get(path);
      if (!known || this.#read.get(path) === known) continue;
      if (!this.#read.has(path)) this.#nested.set(path, this.#ports.instructions.onRead(path));
      this.#read.set(path, known);
      const fresh = this.#nested.get(path) ?? [];
      const again = [...this.#forgotten].filter((file) => fresh.includes(file) || isFor(file, path));
      for (const file of new Set([...(this.#told.has(`instructions ${path}`) ? [] : fresh), ...again])) {
        this.#forgotten.delete(file);
        blocks.push(instructionBlock(file));
      }
      this.#told.set(`instructions ${path}`, "");
    }
    return blocks;
  }

  #readyFacts(): TextBlock[] {
    const ready = this.#facts.filter(({ done }) => done);
    this.#facts = this.#facts.filter(({ done }) => !done);
    // Branch names, commits and file names are whoever's wrote them.
    return ready.flatMap(({ value }) => (value ? [textBlock(value, "tool")] : []));
  }

  #readyReminders(): TextBlock[] {
    const blocks: TextBlock[] = [];
    if (this.#changes?.done) {
      blocks.push(...(this.#changes.value ?? []));
      this.#changes = undefined;
    }
    if (this.#problems?.done) {
      blocks.push(...(this.#problems.value ?? []));
      this.#problems = undefined;
    }
    return blocks;
  }

  /** Files the model has read that somebody else changed since, on disk or in the editor. */
  async #changedFiles(seen: SeenFiles): Promise<TextBlock[]> {
    const unsaved = new Set(await this.#ports.host.dirtyDocuments().catch(() => []));
    const paths = seen.paths().slice(-MAX_CHECKED);
    const changed = await Promise.all(paths.map((path) => this.#changeOf(path, seen, unsaved.has(path))));
    const names = changed.filter((name) => name !== null);
    if (names.length === 0) return [];
    const text = `Reminder: changed by somebody else since you read them: ${names.join(", ")}. Read them again before you rely on them.`;
    return [textBlock(text, "engine")];
  }

  async #changeOf(path: string, seen: SeenFiles, unsaved: boolean): Promise<string | null> {
    const stat = await this.#ports.files.stat(path);
    if (!unsaved && stat && (isAsSeen(stat, seen.get(path)?.stat) || this.#checked.get(path) === stat.mtimeMs)) return null;
    const read = stat ? await this.#ports.files.readText(path) : null;
    if (stat) this.#checked.set(path, stat.mtimeMs);
    // Asked last: a call that ran meanwhile may have read or written it.
    const known = seen.get(path);
    const hash = read?.ok ? read.file.hash : "gone";
    if (!known || (read && !read.ok) || hash === known.hash || this.#told.get(path) === hash) return null;
    this.#told.set(path, hash);
    return hash === "gone" ? `${path} (deleted)` : path;
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

/** Something that is used when it is there and never waited for. */
class Late<T> {
  done = false;
  value: T | undefined;
  readonly promise: Promise<void>;

  constructor(work: Promise<T>) {
    const settle = (value?: T): void => {
      if (this.done) return;
      this.done = true;
      this.value = value;
    };
    this.promise = atMost(
      GIVE_UP_MS,
      work.then(settle, () => settle()),
    ).then(() => settle());
  }
}

const isAsSeen = (stat: FileStat, seen: SeenFile["stat"]): boolean =>
  seen !== undefined && stat.mtimeMs === seen.mtimeMs && stat.size === seen.size;

const isFor = ({ path, scope, why }: InstructionFile, read: string): boolean => {
  if (why.kind !== "read" || (scope !== "project" && scope !== "local")) return false;
  const folder = path.replace(/[/\\](?:\.claude[/\\].*|[^/\\]+)$/, "");
  return path.includes(".claude") ? why.path === read : read.startsWith(folder);
};

/** A file cannot close its own fence and go on as somebody else. */
function instructionBlock({ path, scope, text }: InstructionFile): TextBlock {
  const body = text.replaceAll(/<(?=\/?instructions\b)/gi, "‹");
  return textBlock(
    `<instructions file="${path.replaceAll('"', "'")}" scope="${scope}">\n${body}\n</instructions>`,
    "instructions",
  );
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms).unref()));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
