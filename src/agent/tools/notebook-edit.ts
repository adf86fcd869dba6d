import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool, failed, type ToolPorts, type ToolResult } from "./define";
import { diffDisplay } from "./diff-display";
import { cellsOf, editNotebookText, isNotebook, sourcesOf, type Cell, type CellEdit } from "./reading/notebook";

export const notebookEdit = defineTool({
  name: "NotebookEdit",
  description: "Change one cell of a notebook you have Read: replace it, insert one after it, or delete it.",
  input: z.object({
    notebook_path: z.string().min(1),
    cell_id: z.string().optional().describe("Id or number from Read; without it insert at the start"),
    new_source: z.string(),
    cell_type: z.enum(["code", "markdown"]).optional(),
    edit_mode: z.enum(["replace", "insert", "delete"]).optional(),
  }),
  title: ({ notebook_path, edit_mode }) =>
    `${edit_mode === "insert" ? "Add a cell to" : edit_mode === "delete" ? "Delete a cell of" : "Edit a cell of"} ${shortPath(notebook_path)}`,
  access: ({ notebook_path }) => [{ kind: "write", path: notebook_path }],
  effect: ({ notebook_path }) => ({ kind: "write", paths: [notebook_path] }),
  async run(input, ports, context) {
    const path = absolutePath(ports.cwd, input.notebook_path);
    if (!isNotebook(path)) return failed(`${path}: is no notebook (.ipynb). Use Edit.`);
    const seen = ports.seen.get(path)?.text;
    if (seen === undefined) return failed(`${path}: has not been read yet. Read it first.`);
    const disk = await ports.files.readText(path);
    const cells = await cellsOf(ports.host, path, async () => (disk.ok ? disk.file.text : null));
    if (!cells) return failed(disk.ok ? `${path}: is no notebook.` : disk.message);
    const mode = input.edit_mode ?? "replace";
    const at = placeOf(cells, input.cell_id);
    if (at === null || (mode !== "insert" && at < 0))
      return failed(`${path}: has no cell ${input.cell_id ?? "given"}. Its cells: ${cells.map((cell) => cell.id).join(", ")}.`);
    if (mode !== "insert" && !seen.includes(JSON.stringify([cells[at]!.id, cells[at]!.type, cells[at]!.source])))
      return failed(
        `${path}: this cell has changed since you read it. It is now:\n${cells[at]!.source}\nRead the notebook again.`,
      );
    const edit: CellEdit = { cell: at, mode, source: input.new_source, cellType: input.cell_type };
    return apply(ports, { path, cells, edit, newId: context.call.replace(/\W/g, "").slice(-8) });
  },
});

/** -1: before the first. */
function placeOf(cells: Cell[], id: string | undefined): number | null {
  if (id === undefined) return -1;
  const byId = cells.findIndex((cell) => cell.id === id);
  if (byId >= 0) return byId;
  return /^\d+$/.test(id) && Number(id) < cells.length ? Number(id) : null;
}

async function apply(
  ports: ToolPorts,
  { path, cells, edit, newId }: { path: string; cells: Cell[]; edit: CellEdit; newId: string },
): Promise<ToolResult> {
  const problem = (await ports.host.notebookCells(path))
    ? await inEditor(ports, path, edit)
    : await onDisk(ports, path, edit, newId);
  if (problem) return failed(problem);
  const disk = await ports.files.readText(path);
  const now = (await cellsOf(ports.host, path, async () => (disk.ok ? disk.file.text : null))) ?? cells;
  ports.seen.set(path, { hash: disk.ok ? disk.file.hash : "", text: sourcesOf(now) });
  const before = edit.mode === "insert" ? "" : (cells[edit.cell as number]?.source ?? "");
  const done = { replace: "Changed", insert: "Added", delete: "Deleted" }[edit.mode];
  return {
    content: `${done} one cell of ${path}; it has ${now.length} cells now.`,
    display: diffDisplay(path, before, edit.mode === "delete" ? "" : edit.source),
  };
}

async function inEditor(ports: ToolPorts, path: string, { cell, mode, source, cellType }: CellEdit): Promise<string | null> {
  // The editor inserts at a place, the tool after one.
  const place = mode === "insert" ? Number(cell) + 1 : cell;
  const problem = await ports.host.editNotebook({ path, cell: place, mode, source, ...(cellType && { cellType }) });
  return problem && `${path}: ${problem.message}${problem.next ? ` ${problem.next}` : ""}`;
}

async function onDisk(ports: ToolPorts, path: string, edit: CellEdit, newId: string): Promise<string | null> {
  const disk = await ports.files.readText(path);
  if (!disk.ok) return disk.message;
  const text = editNotebookText(disk.file.text, edit, newId);
  if (text === null) return `${path}: could not find the cell. Read it again.`;
  const done = await ports.files.writeText(path, text, disk.file.hash);
  return done.ok ? null : done.message;
}
