import { rmSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { realTools } from "../unit/tools/real-tools";

const room = await realTools();

async function check(name: string, input: unknown, expected: string | RegExp, isError = false): Promise<void> {
  const called = await room.call(name, input);
  if (typeof expected === "string") expect(called.text).toBe(expected);
  else expect(called.text).toMatch(expected);
  expect(called.isError).toBe(isError);
}

test("what does not fit is answered with what was expected, and nothing runs", async () => {
  room.put("kept.txt", "kept\n");
  await check("read", { file_path: "kept.txt" }, /There is no tool "read"\. Available: .*Read/, true);
  await check("Reаd", { file_path: "kept.txt" }, /There is no tool/, true);
  await check("Read", {}, /file_path[^]*Expected: file_path: string, offset\?: integer/, true);
  await check("Read", { file_path: 7 }, /expected string, received number/, true);
  await check("Read", { file_path: "kept.txt", offset: "1" }, /offset/, true);
  await check("Read", { file_path: "kept.txt", approved: true }, /Unrecognized key: "approved"[^]*nothing|nothing was run/, true);
  await check("Write", { file_path: "kept.txt", contents: "gone" }, /nothing was run[^]*content: string/, true);
  await check("Edit", { file_path: "kept.txt", old_string: "", new_string: "x" }, /old_string/, true);
  await check("MultiEdit", { file_path: "kept.txt", edits: [] }, /edits/, true);
  await check("Bash", { command: ["rm", "kept.txt"] }, /expected string, received array/, true);
  await check("Grep", { pattern: "x", "--pre": "sh" }, /Unrecognized key: "--pre"/, true);
  await check("TodoWrite", { todos: [{ content: "a", status: "done" }] }, /pending/, true);
  expect(room.on("kept.txt")).toBe("kept\n");
});

test("read, edit, several edits, write, read again", async () => {
  room.put("a.ts", "one();\r\n  two();\r\nthree();\r\n");
  await check("Edit", { file_path: "a.ts", old_string: "one", new_string: "1" }, /has not been read yet/, true);
  await check("Read", { file_path: "a.ts" }, "     1\tone();\n     2\t  two();\n     3\tthree();");
  await check(
    "Edit",
    { file_path: "a.ts", old_string: "one(); \n  two();", new_string: "one();\n  2();" },
    /white space was fitted/,
  );
  expect(room.on("a.ts")).toBe("one();\r\n  2();\r\nthree();\r\n");
  const edit = (old_string: string, new_string: string) => ({ old_string, new_string });
  await check("MultiEdit", { file_path: "a.ts", edits: [edit("2()", "deux()"), edit("deux", "zwei")] }, /Edited .* in 2 places/);
  await check(
    "MultiEdit",
    { file_path: "a.ts", edits: [edit("zwei", "x"), edit("none", "y")] },
    /Edit 2 of 2 does not fit; none/,
    true,
  );
  await check("Write", { file_path: "a.ts", content: "all\nnew\n" }, /Wrote/);
  expect(room.on("a.ts")).toBe("all\r\nnew\r\n");
  await check("Write", { file_path: "deep/er/b.ts", content: "b" }, /Created/);
  await check("Edit", { file_path: "deep/er/b.ts", old_string: "b", new_string: "c" }, /Edited/);
  expect(room.on("deep/er/b.ts")).toBe("c");
});

test("deleted or changed by others between read and edit", async () => {
  room.put("gone.ts", "here();\n");
  await room.call("Read", { file_path: "gone.ts" });
  rmSync(room.path("gone.ts"));
  await check(
    "Edit",
    { file_path: "gone.ts", old_string: "here", new_string: "x" },
    /does not exist|no such file|not exist/i,
    true,
  );
  room.put("stale.ts", "a();\nb();\nc();\n");
  await room.call("Read", { file_path: "stale.ts" });
  room.put("stale.ts", "a();\nb();\nC();\n");
  await check("Edit", { file_path: "stale.ts", old_string: "a();", new_string: "A();" }, /Others changed[^]*- c\(\);\n\+ C\(\);/);
  expect(room.on("stale.ts")).toBe("A();\nb();\nC();\n");
  room.put("stale.ts", "A();\nmine();\nC();\n");
  await check(
    "Edit",
    { file_path: "stale.ts", old_string: "b();", new_string: "B();" },
    /has changed since[^]*b\(\);[^]*mine\(\);/,
    true,
  );
  await check("Write", { file_path: "stale.ts", content: "x" }, /has changed since you read it/, true);
  expect(room.on("stale.ts")).toBe("A();\nmine();\nC();\n");
});

test("bytes, folders, links, emptiness, size", async () => {
  room.put("x.bin", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]));
  await check("Read", { file_path: "x.bin" }, /NUL bytes/, true);
  await check("Read", { file_path: "." }, /is a folder/, true);
  await check("Read", { file_path: "nope.txt" }, /not exist|no such/i, true);
  room.put("empty.txt", "");
  await check("Read", { file_path: "empty.txt" }, "The file is empty.");
  symlinkSync("a.ts", room.path("link.ts"));
  room.put("a.ts", "by link\n");
  await check("Read", { file_path: "link.ts" }, /by link/);
  await check("Edit", { file_path: "link.ts", old_string: "by", new_string: "through" }, /Edited/);
  expect(room.on("a.ts")).toBe("through link\n");
});

test("unsaved text of the user is read, kept, and edited in the editor", async () => {
  room.put("open.ts", "disk\n");
  room.editor.open(room.path("open.ts"), "typed\nb\n", { dirty: true });
  await check("Read", { file_path: "open.ts" }, /typed[^]*unsaved changes/);
  await check("Edit", { file_path: "open.ts", old_string: "b", new_string: "c" }, /not saved/);
  expect([room.editor.documents.get(room.path("open.ts"))!.text, room.on("open.ts")]).toEqual(["typed\nc\n", "disk\n"]);
});

test("a result too big for the conversation goes to disk and is read from there", async () => {
  room.put("big.txt", Array.from({ length: 4000 }, (_, at) => `line ${at} ${"x".repeat(40)}`).join("\n"));
  const read = await room.call("Read", { file_path: "big.txt" });
  expect(read.text.length).toBeLessThan(50_000);
  expect(read.text).toMatch(/go on with offset/);
  const cells = Array.from({ length: 60 }, (_, at) => ({
    cell_type: "code",
    metadata: {},
    outputs: [],
    source: [`# ${at}\n${"y".repeat(3000)}`],
  }));
  room.put("big.ipynb", JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }));
  const notebook = await room.call("Read", { file_path: "big.ipynb" });
  expect(notebook.text.length).toBeLessThan(50_000);
  const path = /(?:whole result is in|in) (\S+results\S+\.txt)/.exec(notebook.text)?.[1];
  if (path) await check("Read", { file_path: path, offset: 1, limit: 4 }, /cell n="0"/);
  else expect(notebook.text).toMatch(/more cells/);
});

test("notebooks by cell", async () => {
  const cell = (id: string, source: string) => ({
    cell_type: "code",
    id,
    metadata: {},
    execution_count: 1,
    outputs: [{ output_type: "stream", name: "stdout", text: ["out ".repeat(5000)] }],
    source: [source],
  });
  room.put(
    "n.ipynb",
    `${JSON.stringify({ cells: [cell("aa", "one"), cell("bb", "two")], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`,
  );
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "aa", new_source: "x" }, /not been read/, true);
  const shown = await room.call("Read", { file_path: "n.ipynb" });
  expect(shown.text).toMatch(/id="aa"[^]*one\n<output>\nout out[^]*more characters\)/);
  expect(shown.text.length).toBeLessThan(10_000);
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "bb", new_source: "2" }, /Changed one cell/);
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "bb", new_source: "", edit_mode: "delete" }, /Deleted/);
  await check("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "zz", new_source: "" }, /no cell zz/, true);
  expect((JSON.parse(room.on("n.ipynb")) as { cells: object[] }).cells).toHaveLength(1);
});
