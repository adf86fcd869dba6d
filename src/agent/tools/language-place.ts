import * as z from "zod";
import type { Position } from "../../shared/protocol/host";
import { absolutePath } from "./absolute-path";
import type { ToolPorts } from "./define";

/** A model knows the line and the name, not the column. */
export const placeFields = {
  file_path: z.string().min(1),
  line: z.int().min(1).describe("From 1"),
  symbol: z.string().min(1).describe("The name as it stands on that line"),
};

export type Place = { ok: true; path: string; position: Position } | { ok: false; message: string };

export async function placeOf(ports: ToolPorts, at: { file_path: string; line: number; symbol: string }): Promise<Place> {
  const path = absolutePath(ports.cwd, at.file_path);
  const read = await ports.files.readText(path);
  if (!read.ok) return read;
  const lines = read.file.text.split(/\r\n|\n|\r/);
  const text = lines[at.line - 1];
  if (text === undefined) return { ok: false, message: `${path}: has only ${lines.length} lines.` };
  const character = wholeWord(text, at.symbol);
  if (character >= 0) return { ok: true, path, position: { line: at.line - 1, character } };
  const near = lines.flatMap((line, n) => (Math.abs(n + 1 - at.line) <= 20 && wholeWord(line, at.symbol) >= 0 ? [n + 1] : []));
  const hint = near.length ? ` It stands on line ${near.join(", ")}.` : "";
  return {
    ok: false,
    message: `${path}: line ${at.line} has no "${at.symbol}".${hint} The line is: ${text.trim().slice(0, 200)}`,
  };
}

function wholeWord(line: string, symbol: string): number {
  for (let at = line.indexOf(symbol); at >= 0; at = line.indexOf(symbol, at + 1)) {
    if (!/[\w$]/.test(line[at - 1] ?? "") && !/[\w$]/.test(line[at + symbol.length] ?? "")) return at;
  }
  return line.indexOf(symbol);
}
