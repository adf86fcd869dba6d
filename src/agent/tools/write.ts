import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool, failed, type ToolPorts } from "./define";
import { changeSummary } from "./diff-display";
import { previewOf } from "./edit-file";
import { withLineEnds } from "./edit-matching/line-index";
import { writeSeen } from "./write-seen";

export const write = defineTool({
  name: "Write",
  description: "Create a file, or replace a whole file you have Read. Prefer Edit for changes of existing files.",
  input: z.object({ file_path: z.string().min(1), content: z.string() }),
  title: ({ file_path }) => `Write ${shortPath(file_path)}`,
  access: ({ file_path }) => [{ kind: "write", path: file_path }],
  effect: ({ file_path }) => ({ kind: "write", paths: [file_path] }),
  async preview({ file_path, content }, ports) {
    const path = absolutePath(ports.cwd, file_path);
    const read = await ports.files.readText(path);
    return previewOf(path, read.ok ? read.file.text : "", content);
  },
  run: ({ file_path, content }, ports) => writeWhole(ports, absolutePath(ports.cwd, file_path), content),
});

async function writeWhole(ports: ToolPorts, path: string, content: string) {
  const read = await ports.files.readText(path);
  if (!read.ok && read.problem !== "missing") return failed(read.message);
  if (!read.ok) return writeSeen(ports, path, content, { before: null, said: `Created ${path} (${lines(content)}).` });
  const { file } = read;
  const seen = ports.seen.get(path);
  if (!seen) return failed(`${path}: exists and has not been read yet. Read it first; prefer Edit to change a part of it.`);
  if (seen.hash !== file.hash) {
    const what = seen.text === undefined ? "" : `\nWhat changed, ${changeSummary(seen.text, file.text)}`;
    return failed(
      `${path}: has changed since you read it. Nothing was written.${what}\nRead it again, then use Edit so that this is kept.`,
    );
  }
  const text = file.eol === "crlf" && !content.includes("\r") ? withLineEnds(content, "\r\n") : content;
  if (text === file.text) return { content: `${path} has exactly this content already. Nothing was written.` };
  return writeSeen(ports, path, text, { before: file, said: `Wrote ${path} (${lines(content)}).` });
}

const lines = (text: string): string => `${text.split("\n").length - (text.endsWith("\n") ? 1 : 0)} lines`;
