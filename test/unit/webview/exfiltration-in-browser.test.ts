import { describe, expect, test } from "vitest";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { payloads } from "./exfiltration-payloads";
import { hasChromium, openPanel, record, snapshotOf } from "./panel-page";

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
const perPage = 24;

/** The payload wherever foreign text is shown. */
function everywhere(payload: string, n: number): AgentEvent[] {
  const call = `c${n}`;
  const text = { type: "text" as const, text: payload };
  return [
    { type: "user_message", turn: "t", via: "prompt", message: { id: `u${n}`, role: "user", content: [text] } },
    {
      type: "assistant_message",
      turn: "t",
      request: `r${n}`,
      model: "m",
      stopReason: "end_turn",
      usage,
      usd: 0,
      message: {
        id: `a${n}`,
        role: "assistant",
        content: [text, { type: "tool_use", id: call, name: "WebFetch", input: { url: payload } }],
      },
    },
    { type: "tool_started", turn: "t", call, name: "WebFetch", title: payload, inputHash: "h", readOnly: true },
    {
      type: "tool_finished",
      turn: "t",
      call,
      name: "WebFetch",
      outcome: "error",
      ms: 1,
      result: { type: "tool_result", toolUseId: call, content: [text] },
    },
    { type: "notice", level: "warning", message: payload, next: payload },
  ];
}

describe.skipIf(!hasChromium)("what foreign text can do in a real browser", { timeout: 120_000 }, () => {
  test(`${payloads.length} payloads as answer, message, title, result and notice: no request, no attempt`, async () => {
    const panel = await openPanel("dark", { width: 500, height: 9_000 });
    try {
      for (let from = 0, frame = 1; from < payloads.length; from += perPage, frame++) {
        const page = payloads.slice(from, from + perPage);
        const events = record([
          { type: "session_titled", title: page[0] ?? "" },
          ...page.flatMap((payload, n) => everywhere(payload, from + n)),
          { type: "turn_ended", turn: "t", reason: "completed", usage, usd: 0, steps: 1, ms: 1 },
        ]).map((one) => ({ ...one, session: `s${frame}` }));
        await panel.send({ type: "snapshot", frame, state: snapshotOf(events, { session: `s${frame}` }) });
        await panel.page.waitForFunction(
          (id) => document.querySelector(".transcript")?.textContent?.includes(id) ?? false,
          "1 ms",
        );
        await panel.page.evaluate(async () => {
          for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
          for (const head of document.querySelectorAll<HTMLElement>(".tool-title")) head.click();
          for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
        });
        const shown = await panel.page.evaluate(() => ({
          rows: document.querySelectorAll(".row-text").length,
          loaders: [...document.querySelectorAll("#root *")]
            .filter((one) =>
              ["src", "srcset", "href", "xlink:href", "action", "data", "poster", "style", "ping"].some((name) =>
                /evil|url\(/.test(one.getAttribute(name) ?? ""),
              ),
            )
            .map((one) => one.outerHTML.slice(0, 200)),
          made: [
            ...document.querySelectorAll(
              "#root :is(a, img, iframe, object, embed, script, style, link, meta, video, audio, form:not([aria-label]), base)",
            ),
          ].length,
        }));
        expect(shown.rows, `payloads from ${from}`).toBeGreaterThanOrEqual(Math.min(page.length, 12));
        expect([shown.loaders, shown.made], `payloads from ${from}`).toEqual([[], 0]);
      }
      // A load that the policy had to stop would be an error on the console.
      expect(panel.outside).toEqual([]);
      expect(panel.errors).toEqual([]);
    } finally {
      await panel.close();
    }
  });
});
