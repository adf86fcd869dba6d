import type { Problem } from "./protocol/agent";

/** Thrown where a caller can only give up; carries what a person should read. */
export class StrideError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
    this.name = "StrideError";
  }
}

export const problem = (kind: string, message: string, next?: string): Problem =>
  next === undefined ? { kind, message } : { kind, message, next };

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Ends reducers over closed unions: a new member fails the build until it is handled. */
export function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
