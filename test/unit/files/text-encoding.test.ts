import { expect, test } from "vitest";
import { decodeText, encodeText, eolOf } from "../../../src/files/text-encoding";

function check(bytes: Uint8Array, expected: { encoding: string; bom: boolean; text: string } | "binary" | "lossy"): void {
  const decoded = decodeText(bytes);
  if (typeof expected === "string") return void expect(decoded).toMatchObject({ ok: false, problem: expected });
  expect(decoded).toEqual({ ok: true, ...expected });
  if (decoded.ok) expect(Buffer.from(encodeText(decoded.text, decoded.encoding, decoded.bom)!)).toEqual(Buffer.from(bytes));
}

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");

test("each encoding comes back byte for byte", () => {
  check(Buffer.from("grün\r\n"), { encoding: "utf8", bom: false, text: "grün\r\n" });
  check(Buffer.from("\uFEFFgrün"), { encoding: "utf8", bom: true, text: "grün" });
  check(Buffer.from("\uFEFF\uFEFFx"), { encoding: "utf8", bom: true, text: "\uFEFFx" });
  check(utf16("\uFEFFgrün\n"), { encoding: "utf16le", bom: true, text: "grün\n" });
  check(utf16("plain text\n"), { encoding: "utf16le", bom: false, text: "plain text\n" });
  check(utf16("\uFEFFgrün\n").swap16(), { encoding: "utf16be", bom: true, text: "grün\n" });
  check(utf16("plain text\n").swap16(), { encoding: "utf16be", bom: false, text: "plain text\n" });
  check(Buffer.from("// Größe für Ärzte\n", "latin1"), { encoding: "latin1", bom: false, text: "// Größe für Ärzte\n" });
  check(Buffer.from([0x91, 0x61, 0x92, 0x20, 0x80]), { encoding: "latin1", bom: false, text: "‘a’ €" });
  check(new Uint8Array(), { encoding: "utf8", bom: false, text: "" });
});

test("what cannot be written back, or would read as garbage, is refused", () => {
  check(Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x0a]), "lossy"); // Shift-JIS
  check(Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a]), "lossy"); // GBK
  check(Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]), "lossy"); // CP1251
  check(Buffer.concat([Buffer.from("a ü b ü"), Buffer.from([0xff]), Buffer.from("ü")]), "lossy"); // damaged UTF-8
  check(Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]), "lossy"); // half a surrogate pair
  check(Buffer.from([0xff, 0xfe, 0x41]), "lossy"); // odd length
  check(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x00, 0x01, 0x02]), "binary");
  check(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x01, 0x02, 0x1a]), "binary");
});

test("a character the encoding does not have is not written", () => {
  expect(encodeText("日本", "latin1", false)).toBeNull();
  expect(encodeText("\uD800", "utf8", false)).toBeNull();
  expect(encodeText("€", "latin1", false)).toEqual(Buffer.from([0x80]));
});

test("line ends", () => {
  const cases: [string, string][] = [
    ["a", "none"],
    ["a\n", "lf"],
    ["a\r\nb", "crlf"],
    ["a\rb", "cr"],
    ["a\r\nb\n", "mixed"],
    ["\r\r\n", "mixed"],
  ];
  for (const [text, eol] of cases) expect(eolOf(text)).toBe(eol);
});
