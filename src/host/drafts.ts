import type { Memento } from "vscode";

const draftKey = "stride.draft";
const sessionKey = "stride.session";
const writeMs = 500;

/** What the person was writing and which conversation was open, over reloads of the window. */
export class Drafts {
  #text: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly state: Memento) {}

  get text(): string {
    return this.#text ?? this.state.get(draftKey, "");
  }

  get session(): string | undefined {
    return this.state.get(sessionKey);
  }

  keep(text: string): void {
    this.#text = text;
    this.#timer ??= setTimeout(() => this.flush(), writeMs);
  }

  keepSession(session: string): void {
    if (session !== this.session) void this.state.update(sessionKey, session);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text !== undefined) void this.state.update(draftKey, this.#text);
  }

  dispose(): void {
    this.flush();
  }
}
