import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createFiles } from "../../../src/files/create-files";
import { writesSettled } from "../../../src/files/disk-write";
import { realDisk, type Disk } from "../../../src/files/disk";
import type { Files, FileText } from "../../../src/shared/ports/files";
import { openDocuments } from "./open-documents";

const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "files-")));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
let count = 0;
const put = (content: string | Uint8Array, name = `f${count++}.txt`): string => {
  fs.writeFileSync(join(root, name), content);
  return join(root, name);
};
const files = createFiles({ host: openDocuments() });

async function read(path: string, from: Files = files) {
  const answer = await from.readText(path);
  if (!answer.ok) throw new Error(answer.message);
  return answer.file;
}
async function refused(path: string, problem: string, from: Files = files): Promise<void> {
  expect(await from.readText(path)).toMatchObject({ ok: false, problem });
}

test("reads and writes the same bytes but for the change, in every encoding", async () => {
  for (const bytes of [
    Buffer.from("\uFEFFa\r\nb\nno end"),
    Buffer.from("\uFEFFüa\r\n", "utf16le"),
    Buffer.from("\uFEFFüa\r\n", "utf16le").swap16(),
    Buffer.from("für a\r\n", "latin1"),
  ]) {
    const path = put(bytes);
    const file = await read(path);
    expect(await files.writeText(path, file.text.replace("a", "bb"), file.hash)).toMatchObject({
      ok: true,
      created: false,
      formatted: false,
    });
    expect(await files.writeText(path, file.text, (await read(path)).hash)).toMatchObject({ ok: true });
    expect(fs.readFileSync(path)).toEqual(bytes);
  }
});

test("keeps mode, and leaves no temporary file", async () => {
  const path = put("x");
  fs.chmodSync(path, 0o751);
  expect(await files.writeText(path, "y", (await read(path)).hash)).toMatchObject({ ok: true });
  expect(fs.statSync(path).mode & 0o777).toBe(0o751);
  expect(fs.readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("hard links stay one file, links stay links", async () => {
  const path = put("long text before");
  fs.linkSync(path, `${path}.twin`);
  expect(await files.writeText(path, "short", (await read(path)).hash)).toMatchObject({ ok: true });
  expect(fs.readFileSync(`${path}.twin`, "utf8")).toBe("short");
  const link = join(root, "link");
  fs.symlinkSync(path, link);
  fs.unlinkSync(`${path}.twin`);
  expect(await files.writeText(link, "through the link", (await read(link)).hash)).toMatchObject({ ok: true });
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
  expect(fs.readFileSync(path, "utf8")).toBe("through the link");
});

test("refuses what was not read, changed, exists or is gone; nothing is written", async () => {
  const path = put("now");
  expect(await files.writeText(path, "x", "old hash")).toMatchObject({ ok: false, problem: "stale", current: { text: "now" } });
  expect(await files.writeText(path, "x", "absent")).toMatchObject({ ok: false, problem: "exists" });
  expect(await files.writeText(join(root, "gone"), "x", "some hash")).toMatchObject({ ok: false, problem: "missing" });
  expect(fs.readFileSync(path, "utf8")).toBe("now");
});

test("creates folders on the way", async () => {
  const path = join(root, "new/deep/file.ts");
  expect(await files.writeText(path, "a\r\n", "absent")).toMatchObject({ ok: true, created: true });
  expect(fs.readFileSync(path, "utf8")).toBe("a\r\n");
});

test("pipes, devices, folders and huge files are refused at once", async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  await refused(join(root, "pipe"), "not_a_file");
  await refused("/dev/zero", "not_a_file");
  await refused(root, "directory");
  await refused(join(root, "none"), "missing");
  await refused(join(put("x"), "below"), "missing");
  await refused(`${root}/a\0b`, "failed");
  await refused(`${root}/${"n".repeat(300)}`, "failed");
  await refused(put(Buffer.from([0, 1, 2])), "binary");
  const huge = put("");
  fs.truncateSync(huge, 2 * 1024 ** 3);
  await refused(huge, "too_large");
  expect(await files.readBytes(huge, 1000)).toMatchObject({ ok: false, problem: "too_large" });
  expect((await read("/proc/self/status")).text).toMatch(/^Name:/);
});

test("a text the file's encoding cannot hold is refused", async () => {
  const path = put(Buffer.from("für\n", "latin1"));
  expect(await files.writeText(path, "für 日本\n", (await read(path)).hash)).toMatchObject({ ok: false, problem: "lossy" });
  expect(fs.readFileSync(path)).toEqual(Buffer.from("für\n", "latin1"));
});

test("read-only files stay as they are", async () => {
  const path = put("x");
  fs.chmodSync(path, 0o444);
  expect(await files.writeText(path, "y", (await read(path)).hash)).toMatchObject({ ok: false, problem: "read_only" });
});

test("lists folders up to a limit", async () => {
  const folder = join(root, "list");
  fs.mkdirSync(join(folder, "sub"), { recursive: true });
  for (const name of ["a", "b", "c"]) fs.writeFileSync(join(folder, name), "");
  expect(await files.listDirectory(folder, 2)).toMatchObject({ ok: true, more: true });
  expect(await files.listDirectory(folder, 9)).toMatchObject({ ok: true, more: false, entries: { length: 4 } });
  expect(await files.listDirectory(put("x"), 9)).toMatchObject({ ok: false, problem: "not_a_file" });
});

test("an open document is read and changed in place, in one step", async () => {
  const editor = openDocuments();
  const path = put("disk\n");
  editor.open(path, "one\nmine, unsaved\nthree\n", { dirty: true });
  const from = createFiles({ host: editor });
  const file = await read(path, from);
  expect(file).toMatchObject({ source: "buffer", dirty: true, text: "one\nmine, unsaved\nthree\n" });
  expect(await from.writeText(path, "ONE\nmine, unsaved\nTHREE\n", file.hash)).toMatchObject({ ok: true, file: { dirty: true } });
  expect(editor.steps.map((step) => step.map((change) => change.text))).toEqual([["ONE\n", "THREE\n"]]);
  expect(fs.readFileSync(path, "utf8")).toBe("disk\n");
});

test("an open document without changes is behind the disk for a moment: the disk counts", async () => {
  const editor = openDocuments();
  const path = put("one\r\ntwo\n");
  const from = createFiles({ host: editor });
  editor.open(path, "one\ntwo\n");
  fs.writeFileSync(path, "one\r\ntwo\n");
  expect(await read(path, from)).toMatchObject({ source: "buffer" });
  fs.writeFileSync(path, "by sed\n");
  const now = await read(path, from);
  expect(now).toMatchObject({ source: "disk", text: "by sed\n" });
  expect(await from.writeText(path, "by both\n", now.hash)).toMatchObject({ ok: true });
  expect([fs.readFileSync(path, "utf8"), editor.steps]).toEqual(["by both\n", []]);
  fs.rmSync(path);
  expect(await from.readText(path)).toMatchObject({ ok: false, problem: "missing" });
});

test("an open document without changes counts where its bytes alone do not say what they mean", async () => {
  const editor = openDocuments();
  const from = createFiles({ host: editor });
  const check = async (bytes: Buffer, shown: string, source: FileText["source"]) => {
    const path = put(shown);
    editor.open(path, shown);
    fs.writeFileSync(path, bytes);
    expect([shown, await read(path, from)]).toMatchObject([shown, { source }]);
  };
  await check(Buffer.from("Jose\xb3 \n", "latin1"), "Jose\u0142 \n", "buffer"); // by a setting of the user's
  await check(Buffer.from("f\xfcr\n", "latin1"), "f\uFFFDr\n", "disk");
  await check(Buffer.from("one\rtwo\r\n"), "one\ntwo\n", "buffer");
});

test("unsaved text and a disk that changed meanwhile: both stay, and it is said", async () => {
  const editor = openDocuments();
  const path = put("");
  const from = createFiles({ host: editor });
  editor.open(path, "one\n");
  const check = async (unsaved: string, onDisk: string | null, said: FileText["onDisk"]) => {
    if (onDisk === null) fs.rmSync(path, { force: true });
    else fs.writeFileSync(path, onDisk);
    editor.open(path, unsaved, { dirty: true });
    const file = await read(path, from);
    expect([file.text, file.onDisk]).toEqual([unsaved, said]);
    expect(await from.writeText(path, `${unsaved}more\n`, file.hash)).toMatchObject({ ok: true, file: { dirty: true } });
    expect([fs.existsSync(path) ? fs.readFileSync(path, "utf8") : null]).toEqual([onDisk]);
  };
  await check("never read before\n", "other\n", undefined);
  editor.open(path, "one\n");
  await from.writeText(path, "two\n", (await read(path, from)).hash);
  await check("mine\n", "two\n", undefined);
  await check("mine\n", "other\n", "changed");
  await check("mine\n", null, "deleted");
});

test("what a formatter did on save is seen; typing meanwhile is stale; read-only stays", async () => {
  const editor = openDocuments((text) => text.toUpperCase());
  const path = put("a\n");
  editor.open(path, "a\n");
  const from = createFiles({ host: editor });
  expect(await from.writeText(path, "ab\n", (await read(path, from)).hash)).toMatchObject({
    ok: true,
    formatted: true,
    file: { text: "AB\n" },
  });
  const racing = createFiles({ host: { ...editor, applyChanges: async () => ({ ok: false, why: "stale", text: "typed" }) } });
  expect(await racing.writeText(path, "c", (await read(path, racing)).hash)).toMatchObject({
    ok: false,
    problem: "stale",
    current: { text: "typed" },
  });
  editor.open(path, "locked", { readOnly: true });
  expect(await from.writeText(path, "c", (await read(path, from)).hash)).toMatchObject({ ok: false, problem: "read_only" });
});

test("a pinned path that leads elsewhere is neither read nor written", async () => {
  fs.mkdirSync(join(root, "in"));
  fs.mkdirSync(join(root, "out"));
  fs.writeFileSync(join(root, "out/secret"), "secret");
  const path = join(root, "in/door/secret");
  fs.symlinkSync("../out", join(root, "in/door"));
  const pinned = files.pinned!([{ path, resolved: path }]);
  expect(await pinned.readText(path)).toMatchObject({ ok: false, problem: "denied" });
  expect(await pinned.writeText(path, "x", "absent")).toMatchObject({ ok: false, problem: "denied" });
  expect((await read(path)).text).toBe("secret");
});

test("ten thousand swaps of a folder for a link out: nothing outside changes", { timeout: 90_000 }, async () => {
  const inside = join(root, "race/dir");
  const outside = join(root, "race-out");
  fs.mkdirSync(inside, { recursive: true });
  fs.mkdirSync(outside);
  fs.writeFileSync(join(inside, "f"), "0");
  fs.writeFileSync(join(outside, "f"), "0");
  const path = join(inside, "f");
  let swaps = 0;
  const swap = (): void => {
    swaps++;
    if (fs.existsSync(`${inside}.real`)) {
      fs.unlinkSync(inside);
      fs.renameSync(`${inside}.real`, inside);
    } else {
      fs.renameSync(inside, `${inside}.real`);
      fs.symlinkSync(outside, inside);
    }
  };
  const swapping = eachCall((name) => {
    if (name === "open" || name === "rename" || name === "lstat" || name === "link") swap();
  });
  const pinned = createFiles({ host: openDocuments(), fs: swapping }).pinned!([
    { path, resolved: path },
    { path: join(inside, "new"), resolved: join(inside, "new") },
  ]);
  for (let turn = 0; swaps < 10_000; turn++) {
    const now = fs.readFileSync(join(fs.existsSync(`${inside}.real`) ? `${inside}.real` : inside, "f"), "utf8");
    await pinned.writeText(path, `${turn}`, (await read(put(now, "probe"))).hash);
    await pinned.writeText(join(inside, "new"), "x", "absent");
  }
  expect(fs.readdirSync(outside)).toEqual(["f"]);
  expect(fs.readFileSync(join(outside, "f"), "utf8")).toBe("0");
});

/** The real disk with a word before each call, also before calls on open files. */
function eachCall(before: (name: string) => void): Disk {
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name, of) as unknown;
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          before(String(name));
          const result = await (value as (...args: unknown[]) => unknown).apply(of, args);
          return name === "open" ? wrap(result as object) : result;
        };
      },
    });
  return wrap({ ...realDisk });
}

test("each error at each call: a clean refusal and the old file, or the whole new one", { timeout: 90_000 }, async () => {
  const problems = new Set<string>();
  for (const code of ["EACCES", "EPERM", "EBUSY", "EMFILE", "ENAMETOOLONG", "EXDEV", "ENOSPC", "EDQUOT", "EROFS", "EIO"]) {
    for (let at = 1, reached = true; reached; at++) {
      for (const shape of ["one name", "two names", "new"] as const) {
        const path = put("old text, rather long", "victim");
        const twin = `${path}.twin`;
        fs.rmSync(twin, { force: true });
        if (shape === "two names") fs.linkSync(path, twin);
        if (shape === "new") fs.rmSync(path);
        const file = shape === "new" ? null : await read(path);
        let calls = 0;
        const failing = eachCall((name) => {
          if (name !== "close" && ++calls === at) throw Object.assign(new Error(code), { code });
        });
        const done = await createFiles({ host: openDocuments(), fs: failing }).writeText(
          path,
          "new text",
          file?.hash ?? "absent",
        );
        if (shape !== "new") reached = calls >= at;
        const there = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : null;
        const allowed =
          done.ok || (shape === "new" && there !== null) ? ["new text"] : [shape === "new" ? null : "old text, rather long"];
        expect([code, at, shape, there]).toEqual([code, at, shape, settledLate(done.ok, there) ?? allowed[0]]);
        if (!done.ok) problems.add(done.problem);
        if (!done.ok) expect(done.message.length).toBeGreaterThan(30);
        fs.rmSync(path, { force: true });
      }
    }
  }
  expect(fs.readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect([...problems].sort()).toEqual(["denied", "failed", "no_space", "read_only"]);
});

/** The very last look at the file may fail after the rename: then the whole new text stands there. */
const settledLate = (ok: boolean, there: string | null): string | undefined => (!ok && there === "new text" ? there : undefined);

const asRoot = process.platform === "linux" && process.getuid?.() === 0;
test.skipIf(!asRoot)("a really full disk: the file is as it was, and writing goes on when there is room", async () => {
  const mount = join(root, "small");
  fs.mkdirSync(mount);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], { stdio: "pipe" });
  } catch {
    console.warn("SKIPPED: cannot mount a small tmpfs here, the full-disk case was not tested");
    return;
  }
  try {
    const path = join(mount, "f");
    const twin = join(mount, "g");
    const old = "o".repeat(100_000);
    fs.writeFileSync(path, old);
    fs.writeFileSync(twin, old);
    fs.linkSync(twin, join(mount, "g2"));
    fs.writeFileSync(join(mount, "filler"), "x".repeat(700_000));
    for (const target of [path, twin]) {
      const { hash } = await read(target);
      expect(await files.writeText(target, "n".repeat(600_000), hash)).toMatchObject({ ok: false, problem: "no_space" });
      expect(fs.readFileSync(target, "utf8")).toBe(old);
    }
    expect(fs.readdirSync(mount).sort()).toEqual(["f", "filler", "g", "g2"]);
    fs.unlinkSync(join(mount, "filler"));
    expect(await files.writeText(path, "n".repeat(600_000), (await read(path)).hash)).toMatchObject({ ok: true });
  } finally {
    await writesSettled();
    execFileSync("umount", [mount]);
  }
});

test("what a killed writer left is taken away, nothing else is", async () => {
  const folder = join(root, "leftovers");
  fs.mkdirSync(folder);
  for (const name of ["a.txt", ".stride-0123456789abcdef01.tmp", ".stride-notes.tmp", "x.tmp"])
    fs.writeFileSync(join(folder, name), "x");
  await files.tidy?.(join(folder, "a.txt"));
  await files.tidy?.(join(root, "no/such/file"));
  expect(fs.readdirSync(folder).sort()).toEqual([".stride-notes.tmp", "a.txt", "x.tmp"]);
});
