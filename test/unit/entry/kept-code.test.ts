import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { runKept } from "../../../src/entry/kept-code";

interface Bundle {
  answer(): number;
}

let folders: { own: string; shipped: string };
let file: string;

beforeEach(() => {
  const temp = mkdtempSync(join(tmpdir(), "kept-"));
  folders = { own: join(temp, "own"), shipped: join(temp, "shipped") };
  file = join(temp, "bundle.cjs");
});

/** V8 compares the length of a text only, so that a kept answer shows whose code ran. */
function bundle(answer: number): void {
  writeFileSync(
    file,
    `(function (exports, require, module) { module.exports = { answer: function () { return ${answer}; } }; })`,
  );
}

function start(build = "b1"): { answer: number; keep(): void } {
  const { exports, keep } = runKept<Bundle>(file, build, folders);
  return { answer: exports.answer(), keep };
}

const kept = (): string[] => (existsSync(folders.own) ? readdirSync(folders.own) : []);

test("what one process compiled is what the next one runs", () => {
  bundle(1);
  start().keep();
  bundle(2);
  expect(start().answer).toBe(1);
});

test("what was kept for another bundle is not run", () => {
  bundle(1);
  start("b1").keep();
  bundle(2);
  expect(start("b2").answer).toBe(2);
});

test("what is not whole is not run, and is replaced", () => {
  bundle(1);
  start().keep();
  const name = join(folders.own, kept()[0] ?? "");
  truncateSync(name, readFileSync(name).length - 10);
  bundle(2);
  const again = start();
  expect(again.answer).toBe(2);
  again.keep();
  bundle(3);
  expect(start().answer).toBe(2);
});

test("what is none of V8's is refused by it, and the bundle runs all the same", () => {
  bundle(1);
  start().keep();
  const name = join(folders.own, kept()[0] ?? "");
  const bytes = readFileSync(name);
  writeFileSync(name, Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(bytes.length - 8, 7)]));
  bundle(2);
  expect(start().answer).toBe(2);
});

test("four processes add to it, the fifth leaves it as it is", () => {
  bundle(1);
  const contents = [1, 2, 3, 4, 5, 6].map(() => {
    start().keep();
    return readFileSync(join(folders.own, kept()[0] ?? ""))
      .subarray(0, 8)
      .toString("hex");
  });
  expect(new Set(contents).size).toBe(4);
  expect(contents[5]).toBe(contents[3]);
});

test("what came with the bundle is used, and nothing is written beside it or at home", () => {
  bundle(1);
  start().keep();
  mkdirSync(folders.shipped);
  const name = kept()[0] ?? "";
  writeFileSync(join(folders.shipped, name), readFileSync(join(folders.own, name)));
  writeFileSync(join(folders.own, name), "");
  bundle(2);
  const { answer, keep } = start();
  keep();
  expect(answer).toBe(1);
  expect(readFileSync(join(folders.own, name), "utf8")).toBe("");
  expect(readdirSync(folders.shipped)).toEqual([name]);
});

test("without a name for the bundle nothing is kept", () => {
  bundle(1);
  start("").keep();
  expect(kept()).toEqual([]);
});

test("a folder that cannot be written is no reason to fail", () => {
  bundle(1);
  writeFileSync(folders.own, "a file is here");
  expect(start().answer).toBe(1);
  expect(() => start().keep()).not.toThrow();
});

test("bundles that were are forgotten some day", () => {
  bundle(1);
  for (let n = 0; n < 20; n++) start(`b${n}`).keep();
  expect(kept().length).toBeLessThanOrEqual(7);
  expect(kept().some((name) => name.startsWith("b19-"))).toBe(true);
});
