import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PDFDocument } from "@cantoo/pdf-lib";
import { PNG } from "pngjs";
import { afterAll, expect, test } from "vitest";
import * as z from "zod";
import { absolutePath } from "../../../src/agent/tools/absolute-path";
import type { ToolPorts } from "../../../src/agent/tools/define";
import { tools } from "../../../src/agent/tools/index";
import type { CommandOutcome } from "../../../src/shared/ports/commands";
import { openDocuments } from "../files/open-documents";
import { toolPorts } from "./tool-ports";

const cwd = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "tools-")));
afterAll(() => fs.rmSync(cwd, { recursive: true, force: true }));
const put = (name: string, content: string | Uint8Array): void => fs.writeFileSync(join(cwd, name), content);
const on = (name: string): string => fs.readFileSync(join(cwd, name), "utf8");

async function call(name: string, input: object, ports: ToolPorts) {
  const tool = tools.find((one) => one.name === name)!;
  return tool.run(tool.input.parse(input), ports, { call: "toolu_1", signal: new AbortController().signal, progress: () => {} });
}
async function check(name: string, input: object, ports: ToolPorts, expected: string | RegExp, isError = false): Promise<void> {
  const result = await call(name, input, ports);
  const text = typeof result.content === "string" ? result.content : JSON.stringify(result.content);
  if (typeof expected === "string") expect(text).toBe(expected);
  else expect(text).toMatch(expected);
  expect(result.isError ?? false).toBe(isError);
}

test("the core tools are small, strict, and say what they touch", () => {
  const core = tools.filter((tool) => !tool.deferred);
  const chars = core.reduce(
    (sum, { name, description, input }) =>
      sum + JSON.stringify({ name, description, input_schema: z.toJSONSchema(input) }).length,
    0,
  );
  expect(chars / 4).toBeLessThan(3500);
  for (const tool of tools) expect([tool.name, tool.input.safeParse({ approved: true }).success]).toEqual([tool.name, false]);
  expect(
    tools
      .find((tool) => tool.name === "Edit")!
      .access({ file_path: "a", old_string: "b", new_string: "c" }, { cwd, shell: "bash" }),
  ).toEqual([{ kind: "write", path: "a" }]);
});

test("paths in the notation of the folder", () => {
  expect(absolutePath("/w", "a/../b/./c")).toBe("/w/b/c");
  expect(absolutePath("/w", "/../x")).toBe("/x");
  expect(absolutePath("C:\\w", "a/b")).toBe("C:\\w\\a\\b");
  expect(absolutePath("C:\\w", "d:/x/../y")).toBe("d:\\y");
  expect(absolutePath("\\\\srv\\share\\w", "..\\z")).toBe("\\\\srv\\share\\z");
});

test("Read: numbers, parts, long lines, nothing, folders, pipes of bytes", async () => {
  const ports = toolPorts(cwd);
  put("a.txt", "one\ntwo\n");
  await check("Read", { file_path: "a.txt" }, ports, "     1\tone\n     2\ttwo");
  put("many.txt", Array.from({ length: 3000 }, (_, at) => `line ${at + 1}`).join("\n"));
  await check("Read", { file_path: "many.txt" }, ports, /2000\tline 2000\n\(Lines 1-2000 of 3000; go on with offset 2001/);
  await check("Read", { file_path: "many.txt", offset: 2999, limit: 5 }, ports, "  2999\tline 2999\n  3000\tline 3000");
  await check("Read", { file_path: "many.txt", offset: 4000 }, ports, /only 3000 lines/, true);
  put("wide.txt", "w".repeat(5000));
  await check("Read", { file_path: "wide.txt" }, ports, /… \(3000 more characters\)/);
  put("big.txt", `${"b".repeat(1000)}\n`.repeat(1000));
  expect(((await call("Read", { file_path: "big.txt" }, ports)).content as string).length).toBeLessThan(50_000);
  put("empty.txt", "");
  await check("Read", { file_path: "empty.txt" }, ports, "The file is empty.");
  await check("Read", { file_path: "." }, ports, /is a folder\. List it with Glob/, true);
  put("x.bin", Buffer.from([1, 0, 2]));
  await check("Read", { file_path: "x.bin" }, ports, /NUL bytes.*xxd/, true);
});

test("Edit: only what was read, as it was read", async () => {
  const ports = toolPorts(cwd);
  put("e.ts", "a();\nb();\nc();\n");
  await check("Edit", { file_path: "e.ts", old_string: "b", new_string: "x" }, ports, /has not been read yet/, true);
  await call("Read", { file_path: "e.ts" }, ports);
  const done = await call("Edit", { file_path: "e.ts", old_string: "b();", new_string: "B();" }, ports);
  expect(done.display).toMatchObject({ kind: "diff", added: 1, removed: 1, before: "a();\nb();\nc();\n" });
  expect(on("e.ts")).toBe("a();\nB();\nc();\n");
  put("e.ts", "a();\nB();\nC();\n");
  await check(
    "Edit",
    { file_path: "e.ts", old_string: "a();", new_string: "A();" },
    ports,
    /Others changed the file since you read it; that was kept[^]*\+ C\(\);/,
  );
  expect(on("e.ts")).toBe("A();\nB();\nC();\n");
  put("e.ts", "A();\nmine();\nC();\n");
  await check(
    "Edit",
    { file_path: "e.ts", old_string: "B();", new_string: "b();" },
    ports,
    /has changed since you read it[^]*You quoted:\nB\(\);[^]*\+ mine\(\);/,
    true,
  );
  expect(on("e.ts")).toBe("A();\nmine();\nC();\n");
});

test("MultiEdit: all or none; Write: unread and stale files stay", async () => {
  const ports = toolPorts(cwd);
  put("m.ts", "one\r\ntwo\r\n");
  await check("Write", { file_path: "m.ts", content: "x" }, ports, /has not been read/, true);
  await call("Read", { file_path: "m.ts" }, ports);
  const edit = (old_string: string, new_string: string) => ({ old_string, new_string });
  await check(
    "MultiEdit",
    { file_path: "m.ts", edits: [edit("one", "1"), edit("three", "3")] },
    ports,
    /Edit 2 of 2 does not fit; none was applied/,
    true,
  );
  await check(
    "MultiEdit",
    { file_path: "m.ts", edits: [edit("one", "1"), edit("1", "un\ndeux")] },
    ports,
    /Edited .* in 2 places/,
  );
  expect(on("m.ts")).toBe("un\r\ndeux\r\ntwo\r\n");
  await check("Write", { file_path: "m.ts", content: "all\nnew\n" }, ports, /Wrote .*2 lines/);
  expect(on("m.ts")).toBe("all\r\nnew\r\n");
  put("m.ts", "changed");
  await check("Write", { file_path: "m.ts", content: "x" }, ports, /has changed since you read it/, true);
  await check("Write", { file_path: "deep/er/new.ts", content: "n" }, ports, /Created/);
  expect(on("deep/er/new.ts")).toBe("n");
});

test("an open buffer: unsaved text is read, kept outside of the edit, and what a formatter did is told", async () => {
  const editor = openDocuments((text) => text.replace("x=1", "x = 1"));
  const ports = toolPorts(cwd, { editor });
  const path = join(cwd, "o.ts");
  put("o.ts", "disk");
  editor.open(path, "user text\nb\n", { dirty: true });
  await check("Read", { file_path: "o.ts" }, ports, /user text\n.*\n\(The user has unsaved changes/);
  await check("Edit", { file_path: "o.ts", old_string: "b", new_string: "c" }, ports, /not saved/);
  expect(editor.documents.get(path)!.text).toBe("user text\nc\n");
  expect(on("o.ts")).toBe("disk");
  editor.open(path, "a\n");
  await call("Read", { file_path: "o.ts" }, ports);
  await check("Edit", { file_path: "o.ts", old_string: "a", new_string: "x=1" }, ports, /changed more when it saved[^]*\+ x = 1/);
});

test("images are made smaller, PDFs come by page", async () => {
  const ports = toolPorts(cwd);
  const png = new PNG({ width: 1800, height: 300 });
  for (let at = 0; at < png.data.length; at++) png.data[at] = at % 4 === 3 ? 255 : (at * 7919) % 251;
  put("p.png", PNG.sync.write(png, { deflateLevel: 0 }));
  const image = (await call("Read", { file_path: "p.png" }, ports)).content as {
    type: string;
    mediaType?: string;
    text?: string;
    data?: string;
  }[];
  expect(image[1]).toMatchObject({ type: "image", mediaType: "image/jpeg" });
  expect(image[0]!.text).toMatch(/1568×261 of 1800×300/);
  put("big.gif", Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(4_000_000)]));
  await check("Read", { file_path: "big.gif" }, ports, /image\/gif images are not made smaller here, only PNG and JPEG/, true);
  put("small.webp", Buffer.from("RIFF\0\0\0\0WEBPVP8 "));
  expect((await call("Read", { file_path: "small.webp" }, ports)).content).toMatchObject([{}, { mediaType: "image/webp" }]);
  const pdf = await PDFDocument.create();
  for (let page = 0; page < 30; page++) pdf.addPage([100 + page, 100]);
  put("d.pdf", await pdf.save());
  await check("Read", { file_path: "d.pdf" }, ports, /has 30 pages\. Give pages/, true);
  await check("Read", { file_path: "d.pdf", pages: "1-21" }, ports, /At most 20 pages/, true);
  const part = (await call("Read", { file_path: "d.pdf", pages: "2-4" }, ports)).content as { data?: string }[];
  const loaded = await PDFDocument.load(Buffer.from(part[1]!.data!, "base64"));
  expect(loaded.getPages().map((page) => page.getWidth())).toEqual([101, 102, 103]);
});

test("notebooks by cell, format kept", async () => {
  const ports = toolPorts(cwd);
  const cell = (id: string, source: string) => ({
    cell_type: "code",
    id,
    metadata: { k: 1 },
    execution_count: 3,
    outputs: [{ output_type: "stream", text: ["out"] }],
    source: [source],
  });
  put(
    "n.ipynb",
    `${JSON.stringify({ cells: [cell("aa", "one"), cell("bb", "two")], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`,
  );
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "aa", new_source: "x" }, ports, /not been read/, true);
  await check("Read", { file_path: "n.ipynb" }, ports, /<cell n="0" id="aa" type="code">\none\n<output>\nout/);
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "bb", new_source: "2\n3" }, ports, /Changed one cell/);
  await check(
    "NotebookEdit",
    { notebook_path: "n.ipynb", cell_id: "aa", new_source: "# t", cell_type: "markdown", edit_mode: "insert" },
    ports,
    /3 cells/,
  );
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "zz", new_source: "" }, ports, /no cell zz/, true);
  const written = JSON.parse(on("n.ipynb")) as { cells: { id: string; source: string[] }[] };
  expect(written.cells.map(({ source }) => source)).toEqual([["one"], ["# t"], ["2\n", "3"]]);
  expect(on("n.ipynb")).toMatch(/^\{\n "cells"[^]*\}\n$/);
});

const outcome = (given: Partial<CommandOutcome>): CommandOutcome => ({
  state: "exited",
  exitCode: 0,
  signal: null,
  head: "",
  tail: "",
  omittedBytes: 0,
  totalBytes: 0,
  outputPath: "/o",
  ms: 5,
  ...given,
});

test("Bash: blanks are no command", () => {
  for (const command of ["", " ", "\n\t "])
    expect(tools.find(({ name }) => name === "Bash")?.input.safeParse({ command }).success, JSON.stringify(command)).toBe(false);
});

test("Bash: output, exit code, background, a flood", async () => {
  const run = (given: Partial<CommandOutcome>) =>
    toolPorts(cwd, { commands: { run: async () => outcome(given) } as unknown as ToolPorts["commands"] });
  await check("Bash", { command: "x" }, run({ head: "hello\n" }), "hello");
  await check("Bash", { command: "x" }, run({}), "(no output)");
  await check("Bash", { command: "x" }, run({ head: "bad\n", exitCode: 3 }), "bad\nExit code 3", true);
  await check("Bash", { command: "x" }, run({ state: "background", exitCode: null }), /runs on in the background as toolu_1/);
  await check("Bash", { command: "x" }, run({ state: "exited", exitCode: null, signal: "SIGSEGV" }), /ended by SIGSEGV/, true);
  const flood = (
    await call(
      "Bash",
      { command: "x" },
      run({ head: "h".repeat(40_000), tail: "t".repeat(40_000), omittedBytes: 1e9, totalBytes: 1e9 + 80_000 }),
    )
  ).content as string;
  expect(flood.length).toBeLessThan(31_000);
  expect(flood).toMatch(/h\n… \(about \d+ bytes left out; the whole output is in \/o[^]*t$/);
});

test("plans need a clear yes; lists, questions, tools on demand", async () => {
  const answer = (pick: (question: string) => string) =>
    toolPorts(cwd, { ask: async ([first]) => ({ [first!.question]: pick(first!.question) }) });
  const ports = answer(() => "first rename it");
  await call("EnterPlanMode", {}, ports);
  await check("ExitPlanMode", { plan: "p" }, ports, /go on planning\. They said: first rename it/);
  expect(ports.mode.get()).toBe("plan");
  const yes = answer(() => "Yes, ask before changes");
  yes.mode.set("plan");
  await check("ExitPlanMode", { plan: "p" }, yes, /agreed/);
  expect(yes.mode.get()).toBe("default");
  await check(
    "TodoWrite",
    {
      todos: [
        { content: "a", status: "completed" },
        { content: "b", status: "pending" },
      ],
    },
    ports,
    "The list is kept: 1 open, 1 done.",
  );
  await check(
    "AskUserQuestion",
    { questions: [{ question: "Q", header: "h", options: [{ label: "a" }, { label: "b" }] }] },
    toolPorts(cwd),
    /Nobody answered/,
    true,
  );
  await check("ToolSearch", { query: "select:Rename,Hover" }, ports, "Loaded, call them now: Rename, Hover.");
});

test("the editor's brain: the place by name, honest when nobody answers", async () => {
  put("l.ts", "const one = 1;\nuse(one);\n");
  const asked: unknown[] = [];
  const none = toolPorts(cwd, { host: { language: async () => ({ ok: false, why: "no_provider", message: "" }) } });
  await check("Definition", { file_path: "l.ts", line: 2, symbol: "one" }, none, /No extension in this editor answers/, true);
  await check("Hover", { file_path: "l.ts", line: 1, symbol: "use" }, none, /It stands on line 2/, true);
  const some = toolPorts(cwd, {
    host: {
      language: async (query) => {
        asked.push(query);
        return {
          ok: true,
          locations: [
            { path: "/l.ts", range: { start: { line: 0, character: 6 }, end: { line: 0, character: 9 } }, text: "const one" },
          ],
        };
      },
    },
  });
  await check("References", { file_path: "l.ts", line: 2, symbol: "one" }, some, "/l.ts:1:7  const one");
  expect(asked).toEqual([{ kind: "references", path: join(cwd, "l.ts"), position: { line: 1, character: 4 } }]);
});

test("Diagnostics: new since my edit", async () => {
  const path = join(cwd, "g.ts");
  put("g.ts", "a\n");
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
  const shown = [{ path, range, severity: "error" as const, message: "old trouble" }];
  const ports = toolPorts(cwd, { host: { diagnostics: async () => shown } });
  await call("Read", { file_path: "g.ts" }, ports);
  await call("Edit", { file_path: "g.ts", old_string: "a", new_string: "b" }, ports);
  shown.push({ path, range, severity: "error", message: "new trouble" });
  await check("Diagnostics", { new_only: true }, ports, /^[^\n]*new trouble$/);
});
