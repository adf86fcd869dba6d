import { expect, test } from "vitest";
import { createLineSplitter } from "../../../src/llm/sse";

function textOf(chunks: readonly Uint8Array[]): string {
  const splitter = createLineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  return [...lines, splitter.end()].join("\n");
}

/** The standard's own decoder, in one piece. */
const meant = (bytes: Uint8Array): string => new TextDecoder("utf-8").decode(bytes).replace(/\r\n?/g, "\n");

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const all = [0, ...places, bytes.length];
  return all.slice(1).map((end, at) => bytes.subarray(all[at], end));
}

const texts = [
  "plain\nascii\n",
  "é€😀 then ascii\nand é again",
  "\ufeffmark\nthen text",
  "ascii first\n\ufeffa mark in the middle stays",
  "\ufeff",
  "a\r\nb\rc\nd",
  "😀",
];
const broken = [[0x61, 0xe2, 0x82, 0x0a, 0x62], [0xc3], [0x61, 0xf0, 0x9f, 0x98], [0x80, 0x61, 0xff, 0x62], [0xef, 0xbb, 0x61]];
const samples = [...texts.map((text) => Buffer.from(text)), ...broken.map((bytes) => Uint8Array.from(bytes))];

for (const [at, bytes] of samples.entries())
  test(`however the bytes are cut, they are the same text (${at})`, () => {
    for (let first = 0; first <= bytes.length; first++)
      for (let second = first; second <= bytes.length; second++) expect(textOf(cutAt(bytes, [first, second]))).toBe(meant(bytes));
    expect(textOf([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(meant(bytes));
  });
