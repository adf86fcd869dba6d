import type { ModelRequest } from "../../shared/protocol/model";

export interface FirstCountPorts {
  /** The provider's own count; null where nobody can say. */
  count?(request: ModelRequest, signal: AbortSignal): Promise<number | null>;
  counted(tokens: number): void;
}

/**
 * A first request that fills much of the window is counted by its provider, beside the send: the request goes first and
 * waits for nothing, a failure is nobody's concern, and what the reply itself reports counts more.
 */
export class FirstCount {
  readonly #ports: FirstCountPorts;
  #wanted: (() => ModelRequest) | null = null;
  #asked: AbortController | undefined;

  constructor(ports: FirstCountPorts) {
    this.#ports = ports;
  }

  /** Of the request that goes out next; null: it is not worth one. */
  want(request: (() => ModelRequest) | null): void {
    this.#wanted = this.#asked ? null : request;
  }

  requestStarted(): void {
    const { count } = this.#ports;
    const request = this.#wanted;
    this.#wanted = null;
    if (!request || !count) return;
    const { signal } = (this.#asked = new AbortController());
    const ask = async (): Promise<number | null> => (signal.aborted ? null : count(request(), signal));
    const take = (tokens: number | null): void => {
      if (tokens !== null && !signal.aborted) this.#ports.counted(tokens);
    };
    setTimeout(() => void ask().then(take, () => {}), 0);
  }

  /** The provider has reported, or the turn is over. */
  stop(): void {
    this.#asked?.abort();
  }
}
