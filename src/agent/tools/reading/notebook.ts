import type { HostApi } from "../../../shared/protocol/host";

export interface Cell {
  id: string;
  type: "code" | "markdown";
  source: string;
  outputs: string[];
}

export const isNotebook = (path: string): boolean => /\.ipynb$/i.test(path);

/** Cells as the editor shows them, or as they are on disk; null when the text is no notebook. */
export async function cellsOf(host: HostApi, path: string, diskText: () => Promise<string | null>): Promise<Cell[] | null> {
  const open = await host.notebookCells(path);
  if (open) return open;
  const text = await diskText();
  return text === null ? null : parseCells(text);
}

export function parseCells(text: string): Cell[] | null {
  const notebook = parseNotebook(text);
  return (
    notebook &&
    notebook.cells.map((cell, at) => ({
      id: typeof cell["id"] === "string" ? cell["id"] : String(at),
      type: cell["cell_type"] === "code" ? "code" : "markdown",
      source: joined(cell["source"]),
      outputs: Array.isArray(cell["outputs"]) ? cell["outputs"].map(outputText) : [],
    }))
  );
}

type Json = Record<string, unknown>;

function parseNotebook(text: string): (Json & { cells: Json[] }) | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    const cells = (value as Json | null)?.["cells"];
    return Array.isArray(cells) && cells.every((cell) => cell && typeof cell === "object")
      ? (value as Json & { cells: Json[] })
      : null;
  } catch {
    return null;
  }
}

export const showCells = (cells: readonly Cell[]): string => cells.map(showCell).join("\n\n");

function showCell({ id, type, source, outputs }: Cell, at: number): string {
  const output = outputs
    .map((text) => clip(text, 3000))
    .filter(Boolean)
    .join("\n");
  const shown = clip(output, 6000);
  return `<cell n="${at}" id="${id}" type="${type}">\n${clip(source, 20_000)}${shown ? `\n<output>\n${shown}\n</output>` : ""}\n</cell>`;
}

/** What a cell edit must still find: the sources, not what running them gave. */
export const sourcesOf = (cells: readonly Cell[]): string =>
  JSON.stringify(cells.map(({ id, type, source }) => [id, type, source]));

export interface CellEdit {
  cell: number | string;
  mode: "replace" | "insert" | "delete";
  source: string;
  cellType?: "code" | "markdown" | undefined;
}

/** The notebook's text with one cell changed; format, metadata and the style of the file stay. */
export function editNotebookText(text: string, edit: CellEdit, newId: string): string | null {
  const notebook = parseNotebook(text);
  if (!notebook) return null;
  const at =
    typeof edit.cell === "number"
      ? edit.cell
      : notebook.cells.findIndex((cell, n) => cell["id"] === edit.cell || (cell["id"] === undefined && String(n) === edit.cell));
  if (edit.mode === "insert") notebook.cells.splice(at + 1, 0, freshCell(notebook, edit, newId));
  else if (!notebook.cells[at]) return null;
  else if (edit.mode === "delete") notebook.cells.splice(at, 1);
  else notebook.cells[at] = changedCell(notebook.cells[at], edit);
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? " ";
  const written = JSON.stringify(notebook, null, text.includes("\n") ? indent : undefined);
  return written + (text.endsWith("\n") ? "\n" : "");
}

function changedCell(cell: Json, { source, cellType }: CellEdit): Json {
  const type = cellType ?? cell["cell_type"];
  const changed: Json = { ...cell, cell_type: type, source: asLines(source) };
  delete changed["outputs"];
  delete changed["execution_count"];
  return type === "code" ? { ...changed, execution_count: null, outputs: [] } : changed;
}

/** Ids exist since format 4.5 and are not allowed before. */
function freshCell(notebook: Json, { source, cellType }: CellEdit, newId: string): Json {
  const version = Number(notebook["nbformat"]) * 100 + Number(notebook["nbformat_minor"]);
  return changedCell(
    { ...(version >= 405 && { id: newId }), cell_type: cellType ?? "code", metadata: {} },
    { cell: 0, mode: "insert", source },
  );
}

function outputText(output: unknown): string {
  const { text, data, ename, evalue } = (output ?? {}) as Json;
  if (ename !== undefined) return `${String(ename)}: ${String(evalue)}`;
  if (text !== undefined) return joined(text);
  const plain = (data as Json | undefined)?.["text/plain"];
  const kinds = Object.keys((data as Json | undefined) ?? {}).filter((kind) => kind.startsWith("image/"));
  return [joined(plain), ...kinds.map((kind) => `(${kind})`)].filter(Boolean).join("\n");
}

const joined = (value: unknown): string => (Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "");
const asLines = (source: string): string[] => source.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const clip = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max)}… (${text.length - max} more characters)` : text;
