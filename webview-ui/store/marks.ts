import type { ContextReduction, ContinueReason, LimitName } from "../../src/shared/protocol/agent";
import { unreachable } from "../../src/shared/errors";
import { dollars, duration, count } from "../views/figures";

/** The reasons worth a line; the everyday ones are not. */
export function continueMark(reason: ContinueReason): { icon: string; text: string } | null {
  switch (reason) {
    case "tool_results":
    case "steer":
    case "fallback_model":
    case "too_long":
      return null;
    case "output_limit":
      return { icon: "arrow-down", text: "The answer reached its length limit and goes on" };
    case "stop_hook":
      return { icon: "debug-continue", text: "A hook asked to go on" };
    case "budget":
      return { icon: "debug-continue", text: "Going on with the raised limit" };
    case "stream_lost":
      return { icon: "sync", text: "The connection broke; the model is asked again" };
    case "empty_reply":
      return { icon: "sync", text: "The model answered nothing and is asked again" };
    case "token_target":
      return { icon: "debug-continue", text: "Going on towards the token target" };
    default:
      return unreachable(reason);
  }
}

export function contextMark(kind: Exclude<ContextReduction["kind"], "collapsed" | "summarised">, freed: number): string {
  const saved = `${count(freed)} tokens freed`;
  switch (kind) {
    case "result_to_disk":
      return `A long result was moved to a file (${saved})`;
    case "snipped":
      return `Old scaffolding left the context (${saved})`;
    case "cleared_results":
      return `Old tool results left the context (${saved})`;
    default:
      return unreachable(kind);
  }
}

export function limitText(limit: LimitName, value: number): string {
  switch (limit) {
    case "steps":
      return `${count(value)} steps`;
    case "tokens":
      return `${count(value)} tokens`;
    case "usd":
      return dollars(value);
    case "wallMs":
      return duration(value);
    default:
      return unreachable(limit);
  }
}
