import type { ApprovalAnswer, ApprovalRequest } from "../../src/shared/protocol/permission";

/** Keys that arrive sooner were meant for what stood there before. */
export const guardMs = 500;

export type Choice = "deny" | "once" | "session" | "local";

/** May this press count? A key only after the prompt could be read; a click has been aimed. */
export function isMeant(press: { at: number; by: "key" | "pointer" }, shownAt: number): boolean {
  return press.by === "pointer" || press.at - shownAt >= guardMs;
}

/** Lasting answers exist only where a rule can give them. */
export function choicesOf({ decision }: ApprovalRequest): Choice[] {
  return decision.suggestions.length > 0 ? ["deny", "once", "session", "local"] : ["deny", "once"];
}

export function answerFor(choice: Choice, { decision }: ApprovalRequest, comment: string): ApprovalAnswer {
  if (choice === "deny") return comment.trim() === "" ? { verdict: "deny" } : { verdict: "deny", comment: comment.trim() };
  if (choice === "once") return { verdict: "allow", scope: "once" };
  return { verdict: "allow", scope: choice, rules: decision.suggestions };
}

/** Alt+letter; Escape and a bare Enter elsewhere do nothing. */
export function choiceForKey(
  key: { key: string; code: string; altKey: boolean; ctrlKey: boolean; metaKey: boolean },
  choices: readonly Choice[],
): Choice | null {
  if (!key.altKey || key.ctrlKey || key.metaKey) return null;
  const wanted: Record<string, Choice> = { KeyD: "deny", KeyA: "once", KeyS: "session", KeyP: "local" };
  const choice = wanted[key.code];
  return choice && choices.includes(choice) ? choice : null;
}
