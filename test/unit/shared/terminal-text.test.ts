import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createTerminalText, plainText } from "../../../src/shared/terminal-text";

const E = "\u001b";
const cases: [name: string, input: string, expected: string][] = [
  ["plain", "hello\tworld\n", "hello\tworld\n"],
  ...[
    "0m",
    "31m",
    "1;31m",
    "38;5;196m",
    "38;2;1;2;3m",
    "4:3m",
    "2J",
    "H",
    "10;20H",
    "K",
    "1A",
    "?25l",
    "?1049h",
    "?2004h",
    "6n",
    "c",
    ">0c",
    "!p",
    "0 q",
    "3;4r",
    "s",
    "u",
    "=1u",
    "<u",
    "5i",
    "200~",
    "?2026$p",
    "1;2'z",
  ].map((end): [string, string, string] => [`CSI ${end}`, `a${E}[${end}b`, "ab"]),
  ["8-bit CSI", "a\u009b31mb", "ab"],
  ["OSC title, BEL", `a${E}]0;title\u0007b`, "ab"],
  ["OSC title, ST", `a${E}]2;title${E}\\b`, "ab"],
  ["OSC 8-bit ST", `a${E}]2;title\u009cb`, "ab"],
  ["8-bit OSC", "a\u009d0;t\u0007b", "ab"],
  ["OSC 8 link", `${E}]8;;http://evil${E}\\text${E}]8;;${E}\\`, "text"],
  ["OSC 52 clipboard", `${E}]52;c;ZXZpbA==\u0007x`, "x"],
  ["OSC 1337 file", `${E}]1337;File=name=x:AAAA\u0007x`, "x"],
  ["OSC 9 notification", `${E}]9;hey\u0007x`, "x"],
  ["OSC 133 prompt", `${E}]133;A\u0007$ `, "$ "],
  ["OSC 633 shell integration", `${E}]633;E;rm\u0007x`, "x"],
  ["OSC 7 folder", `${E}]7;file://h/x${E}\\x`, "x"],
  ["OSC 4 colour", `${E}]4;1;rgb:00/00/00${E}\\x`, "x"],
  ["OSC cut by a line end", `${E}]0;never ends\nseen`, "\nseen"],
  ["OSC cancelled", `${E}]0;t\u0018seen`, "seen"],
  ["OSC substituted", `${E}]0;t\u001aseen`, "seen"],
  ["OSC followed by CSI", `${E}]0;t${E}[31mseen`, "seen"],
  ["DCS sixel", `${E}Pq#0;2;0${E}\\x`, "x"],
  ["DCS tmux", `${E}Ptmux;${E}${E}]52;c;x\u0007${E}\\x`, "x"],
  ["8-bit DCS", "\u0090q\u009cx", "x"],
  ["APC kitty", `${E}_Gf=100;AAAA${E}\\x`, "x"],
  ["PM", `${E}^private${E}\\x`, "x"],
  ["SOS", `${E}Xstring${E}\\x`, "x"],
  ["charset", `${E}(Bx${E})0y`, "xy"],
  ["keypad", `${E}=x${E}>y`, "xy"],
  ["save and restore", `${E}7x${E}8y`, "xy"],
  ["reset", `${E}cx`, "x"],
  ["index", `${E}Dx${E}My`, "xy"],
  ["alignment", `${E}#8x`, "x"],
  ["UTF-8 mode", `${E}%Gx`, "x"],
  ["single shift is one character of the set", `${E}Nx`, "x"],
  ["7-bit controls", `${E} Fx`, "x"],
  ["escape before escape", `${E}${E}[31mx`, "x"],
  ["escape at the end", `x${E}`, "x"],
  ["CSI at the end", `x${E}[3`, "x"],
  ["CSI with a line end inside", `${E}[31\nx`, "\nx"],
  ["CSI cancelled", `${E}[31\u0018x`, "x"],
  ["CSI with a letter beyond ASCII", `${E}[3äx`, "äx"],
  ["bell", "a\u0007b", "ab"],
  ["NUL", "a\0b", "ab"],
  ["DEL", "a\u007fb", "ab"],
  ["C1 next line", "a\u0085b", "ab"],
  ["shift out", "a\u000eb\u000f", "ab"],
  ["vertical tab and form feed", "a\u000bb\u000cc", "abc"],
  ["overstrike of man pages", "N\bNA\bA", "NA"],
  ["backspace at a line start", "a\n\bb", "a\nb"],
  ["CR LF", "a\r\nb\r\n", "a\nb\n"],
  ["CR alone ends the line", "10%\r20%\r\n", "10%\n20%\n"],
  ["emoji and CJK stay", "😀 漢字 é", "😀 漢字 é"],
  ["backspace over an emoji", "😀\bx", "x"],
  ["no-break space stays", "a\u00a0b", "a\u00a0b"],
];

for (const [name, input, expected] of cases) {
  test(name, () => {
    expect(plainText(input)).toBe(expected);
    if (input.includes("\b")) return; // works within one piece
    const plain = createTerminalText();
    expect(Array.from(input, (char) => plain.push(char)).join("")).toBe(expected);
  });
}

test("there are sixty of them at least", () => expect(cases.length).toBeGreaterThanOrEqual(60));

test("any cut of any stream gives the same text, free of controls", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(E, `${E}[`, `${E}]`, "\u0007", "\r", "\n", "31m", "\u009b", `${E}\\`, "ä😀"),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const input = pieces.join("").replaceAll("\b", "");
      const plain = createTerminalText();
      const streamed = pieces.map((part) => plain.push(part.replaceAll("\b", ""))).join("");
      expect(streamed).toBe(plainText(input));
      expect(streamed).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

test("a string that never ends does not hide what follows", () => {
  expect(plainText(`${E}_${"x".repeat(70_000)}seen`)).toMatch(/seen$/);
});
