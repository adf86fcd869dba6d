import { messageOf } from "./errors";

/** The bit of a MessagePort, a Worker or a pair of in-memory queues that rpc needs. */
export interface Channel {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

type Wire =
  | { rpc: "call"; id: number; method: string; args: unknown[] }
  | { rpc: "result"; id: number; value?: unknown; error?: string }
  | { rpc: "event"; name: string; value: unknown };

/** Objects whose methods all return promises: the only shape that may cross a thread. */
export type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<R> : never;
};

export interface Rpc<T> {
  remote: Remote<T>;
  emit(name: string, value: unknown): void;
  on(name: string, listener: (value: never) => void): void;
  /** The other side is gone: every open call fails with this reason. */
  close(reason: string): void;
}

/**
 * Calls and events over one channel, both directions. Structured clone does the encoding, so this is
 * the whole protocol; a method that throws answers with its message and never breaks the channel.
 */
export function connect<T>(channel: Channel, local: object): Rpc<T> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, ((value: never) => void)[]>();
  let nextId = 1;
  let closed: string | undefined;

  const serve = async (id: number, method: string, args: unknown[]): Promise<void> => {
    let answer: Wire;
    try {
      const target = (local as Record<string, unknown>)[method];
      if (typeof target !== "function" || !isOwnMethod(local, method)) throw new Error(`no such method: ${method}`);
      answer = { rpc: "result", id, value: await target.apply(local, args) };
    } catch (error) {
      answer = { rpc: "result", id, error: messageOf(error) };
    }
    if (closed === undefined) channel.post(answer);
  };

  channel.onMessage((raw) => {
    const message = raw as Wire;
    if (message.rpc === "call") void serve(message.id, message.method, message.args);
    else if (message.rpc === "result") {
      const call = open.get(message.id);
      open.delete(message.id);
      if (message.error === undefined) call?.resolve(message.value);
      else call?.reject(new Error(message.error));
    } else if (message.rpc === "event") {
      for (const listener of listeners.get(message.name) ?? []) listener(message.value as never);
    }
  });

  const call = (method: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed !== undefined) return reject(new Error(closed));
      const id = nextId++;
      open.set(id, { resolve, reject });
      channel.post({ rpc: "call", id, method, args } satisfies Wire);
    });

  return {
    remote: new Proxy({} as Remote<T>, {
      // A promise-like proxy would be awaited by accident: it has no `then`.
      get: (_, method) =>
        typeof method === "string" && method !== "then" ? (...args: unknown[]) => call(method, args) : undefined,
    }),
    emit: (name, value) => {
      if (closed === undefined) channel.post({ rpc: "event", name, value } satisfies Wire);
    },
    on: (name, listener) => {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
    close: (reason) => {
      closed = reason;
      for (const { reject } of open.values()) reject(new Error(reason));
      open.clear();
    },
  };
}

function isOwnMethod(local: object, method: string): boolean {
  if (Object.hasOwn(local, method)) return true;
  const prototype = Object.getPrototypeOf(local) as object | null;
  return prototype !== null && prototype !== Object.prototype && Object.hasOwn(prototype, method) && method !== "constructor";
}
