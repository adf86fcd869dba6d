import { problem, StrideError } from "../shared/errors";
import type { Timeouts } from "../shared/protocol/host";

/** How long a slow gateway may take; the defaults suit the public ones. */
export const timeoutVariables: readonly (readonly [variable: string, field: keyof Timeouts, help: string])[] = [
  ["STRIDE_CONNECT_MS", "connectMs", "until the connection stands (15000)"],
  ["STRIDE_FIRST_BYTE_MS", "firstByteMs", "until a reply begins (120000)"],
  ["STRIDE_IDLE_MS", "idleMs", "of silence within a reply (90000)"],
  ["STRIDE_NO_PROGRESS_MS", "noProgressMs", "with nothing but keep-alives (300000)"],
  ["STRIDE_SLOW_MS", "slowMs", "until a wait is told (10000)"],
  ["STRIDE_RETRY_MS", "retryMs", "for trying again (15000)"],
];

export function timeoutsOf(environment: Record<string, string | undefined>): Timeouts {
  const given = timeoutVariables.flatMap(([variable, field]) => {
    const text = environment[variable];
    if (text === undefined || text === "") return [];
    const ms = Number(text);
    if (!(ms > 0 && Number.isFinite(ms)))
      throw new StrideError(
        problem("usage", `${variable} is "${text}", which is not a number of milliseconds.`, "Correct or unset it."),
      );
    return [[field, ms] as const];
  });
  return Object.fromEntries(given);
}
