import * as fc from "fast-check";
import { expect, test } from "vitest";
import { applyEdits } from "../../../src/agent/tools/edit-matching/apply-edits";
import { decodeText, encodeText } from "../../../src/files/text-encoding";

const ends = fc.constantFrom("\n", "\r\n", "\r");
const word = fc.constantFrom("alpha", "für", "x = 1;", "“q”", "\ttab", "  two", "é", "end  ", "", "€ 5", "日本", "😀");
const line = fc.tuple(word, word, ends).map(([one, two, end]) => `${one} ${two}${end}`);
const encodings = [
  { encoding: "utf8", bom: false },
  { encoding: "utf8", bom: true },
  { encoding: "utf16le", bom: true },
  { encoding: "utf16be", bom: true },
  { encoding: "latin1", bom: false },
] as const;

test("10,000 edits over encodings and line ends: every byte outside of the edit stays", () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(line, { maxLength: 12 }),
      fc.boolean(),
      fc.constantFrom(...encodings),
      (before, after, finalEnd, kind) => {
        const plain = (text: string): string => (kind.encoding === "latin1" ? text.replace(/[^\x00-\xFF]/gu, "z") : text);
        const [head, tail] = [plain(before.join("")), plain(after.join("")) + (finalEnd ? "\n" : "last")];
        const bytes = encodeText(`${head}«the place»${tail}`, kind.encoding, kind.bom)!;
        const decoded = decodeText(bytes);
        // A short Western text cannot be told from other encodings by its bytes and is refused, which is safe.
        if (!decoded.ok) return kind.encoding === "latin1";
        const applied = applyEdits(decoded.text, [{ old: "the place", next: "another one", all: false }]);
        if (!applied.ok) return false;
        const written = Buffer.from(encodeText(applied.text, decoded.encoding, decoded.bom)!);
        const wanted = encodeText(`${head}«another one»${tail}`, kind.encoding, kind.bom)!;
        return written.equals(Buffer.from(wanted));
      },
    ),
    { seed: 5, numRuns: 10_000 },
  );
  expect.assertions(0);
});
