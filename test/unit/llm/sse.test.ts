import { expect, test } from "vitest";
import { createSseDecoder } from "../../../src/llm/sse";

const events = (chunks: Uint8Array[]): string[] => {
  const decoder = createSseDecoder();
  return chunks.flatMap((chunk) => decoder.push(chunk)).map(({ event, data }) => `${event}|${data}`);
};

const cut = (bytes: Uint8Array, step: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) => bytes.subarray(at * step, (at + 1) * step));

/** The same events, however the bytes are cut and whichever line end is used. */
function check(name: string, text: string, expected: string[]): void {
  test(name, () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const bytes = new TextEncoder().encode(text.replaceAll("\n", end));
      for (const step of [1, 2, 3, 5, 1000])
        expect(events(cut(bytes, step)), `${JSON.stringify(end)} in ${step}`).toEqual(expected);
    }
  });
}

check("an event", "event: a\ndata: b\n\n", ["a|b"]);
check("data before event, no blank", "data:b\nevent:a\n\n", ["a|b"]);
check("no event name", "data: b\n\n", ["|b"]);
check("several data lines", "data: a\ndata\ndata: b\n\n", ["|a\n\nb"]);
check("only one blank is taken", "data:  b\n\n", ["| b"]);
check("comments, other fields", ": x\nid: 1\nretry: 5\nnonsense\ndata: b\n\n", ["|b"]);
check("nothing without data", "event: a\n\n\n\ndata: b\n\n", ["|b"]);
check("byte order mark", "\ufeffdata: b\n\n", ["|b"]);
check("four bytes of one character", "data: 😀é\n\n", ["|😀é"]);
check("the tail is not an event", "data: a\n\ndata: b\n", ["|a"]);

test("an invalid byte is one replacement character", () =>
  expect(events([Uint8Array.of(100, 97, 116, 97, 58, 97, 0xff, 98, 10, 10)])).toEqual(["|a\ufffdb"]));
test("the tail can be asked for", () => {
  const decoder = createSseDecoder();
  decoder.push(new TextEncoder().encode("event: message_stop\ndata: {}"));
  expect(decoder.end()).toEqual({ event: "message_stop", data: "{}" });
  expect(createSseDecoder().end()).toBeNull();
});
test("a line without an end is refused at the limit", () => {
  const decoder = createSseDecoder(1_000_000);
  const chunk = new TextEncoder().encode("x".repeat(64_000));
  expect(() => {
    for (let nth = 0; nth < 20; nth++) decoder.push(chunk);
  }).toThrow(/more than/);
});
test("6 MB in one line, 64 KB at a time", () => {
  const words = "x".repeat(6 * 2 ** 20);
  expect(events(cut(new TextEncoder().encode(`data: ${words}\n\n`), 65_536))).toEqual([`|${words}`]);
});
