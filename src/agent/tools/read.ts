import * as z from "zod";
import type { FileText } from "../../shared/ports/files";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool, failed, type ToolPorts, type ToolResult } from "./define";
import { imageKind, showImage } from "./reading/image";
import { cellsOf, isNotebook, showCells, sourcesOf, type Cell } from "./reading/notebook";
import { numberLines } from "./reading/number-lines";
import { isPdf, showPdf } from "./reading/pdf";
import { remember, twoTexts } from "./write-seen";

const maxMediaBytes = 30_000_000;
const defaultLines = 2000;

export const read = defineTool({
  name: "Read",
  description: `Read a file: text with line numbers (${defaultLines} lines unless limit says otherwise; unsaved editor text included), images, PDFs (pages "1-5"), notebooks by cell. Not for folders: use Glob.`,
  input: z.object({
    file_path: z.string().min(1),
    offset: z.int().min(1).optional().describe("First line, from 1"),
    limit: z.int().min(1).optional(),
    pages: z.string().optional().describe("PDF only, at most 20 pages"),
  }),
  title: ({ file_path, offset }) => `Read ${shortPath(file_path)}${offset ? ` from line ${offset}` : ""}`,
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  async run({ file_path, offset = 1, limit = defaultLines, pages }, ports) {
    const path = absolutePath(ports.cwd, file_path);
    if (isNotebook(path)) return readNotebook(path, ports);
    const text = await ports.files.readText(path);
    if (text.ok && pages === undefined && !text.file.text.startsWith("%PDF-"))
      return showText(text.file, { offset, limit }, ports);
    if (!text.ok && !["binary", "lossy", "too_large"].includes(text.problem)) return failed(text.message);
    const media = await readMedia(path, pages, ports);
    return media ?? failed(text.ok ? `${path}: is no PDF; read it without pages.` : text.message);
  },
});

function showText(file: FileText, { offset, limit }: { offset: number; limit: number }, ports: ToolPorts): ToolResult {
  remember(ports, file.path, file);
  const notes: string[] = [];
  if (file.dirty) notes.push("(The user has unsaved changes in the editor: this is what they see, not what is on disk.)");
  if (file.onDisk) notes.push(`(${twoTexts(file.onDisk)})`);
  if (file.encoding !== "utf8") notes.push(`(${file.encoding === "latin1" ? "CP1252" : file.encoding}; kept when edited.)`);
  if (!file.text) return { content: [...notes, "The file is empty."].join("\n") };
  const shown = numberLines(file.text, offset, limit);
  if (offset > shown.total) return failed(`${file.path}: has only ${shown.total} lines.`);
  if (shown.last < shown.total)
    notes.push(
      `(Lines ${shown.first}-${shown.last} of ${shown.total}; go on with offset ${shown.last + 1}, or find the place with Grep.)`,
    );
  if (shown.cutLines) notes.push(`(${shown.cutLines} long lines were cut; see them whole with cut -c in Bash.)`);
  return { content: [shown.text, ...notes].join("\n") };
}

async function readMedia(path: string, pages: string | undefined, ports: ToolPorts): Promise<ToolResult | null> {
  const head = await ports.files.readBytes(path, maxMediaBytes);
  if (!head.ok) return null;
  const kind = imageKind(head.bytes);
  const shown = kind
    ? await showImage(head.bytes, kind)
    : isPdf(head.bytes)
      ? await showPdf(head.bytes, shortPath(path), pages)
      : null;
  if (!shown) return null;
  if (!shown.ok) return failed(`${path}: ${shown.message}`);
  return {
    content: [{ type: "text", text: `${path} (${shown.note})` }, shown.block],
    display: { kind: "text", text: shown.note },
  };
}

async function readNotebook(path: string, ports: ToolPorts): Promise<ToolResult> {
  const disk = await ports.files.readText(path);
  const cells: Cell[] | null = await cellsOf(ports.host, path, async () => (disk.ok ? disk.file.text : null));
  if (!cells && disk.ok) return showText(disk.file, { offset: 1, limit: defaultLines }, ports);
  if (!cells) return failed(disk.ok ? `${path}: is no notebook.` : disk.message);
  ports.seen.set(path, { hash: disk.ok ? disk.file.hash : "", text: sourcesOf(cells) });
  return { content: `${path}: ${cells.length} cells. Change them with NotebookEdit.\n\n${showCells(cells)}` };
}
