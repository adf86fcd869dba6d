import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { brokenRule, importsOf, ROOMS } from "./support/layers";

const ROOT = join(import.meta.dirname, "..");
const files = globSync(["src/**/*.ts", "webview-ui/**/*.{ts,tsx}"], {
  cwd: ROOT,
  exclude: (name) => String(name).endsWith(".d.ts"),
})
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !/\.d\.m?ts$/.test(file))
  .sort();
const sources = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
const imports = sources.flatMap(({ file, text }) => importsOf(file, text));

test("every import keeps to its layer", () => {
  expect(imports.map(brokenRule).filter(Boolean)).toEqual([]);
});

test("the scan sees the house", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(files.length);
  expect(new Set(ROOMS.map(({ folder }) => folder)).size).toBe(ROOMS.length);
});

test("no tool imports another tool", () => {
  const tools = new Set(
    sources.filter(({ file, text }) => isToolFile(file) && /\bdefineTool\(/.test(text)).map(({ file }) => file),
  );
  const wrong = imports.filter(
    ({ file, specifier }) => tools.has(file) && tools.has(`src/agent/tools/${specifier.replace(/^\.\//, "")}.ts`),
  );
  expect(wrong).toEqual([]);
});

test("zod is imported whole: the named import bundles every locale", () => {
  const named = sources.filter(({ text }) => /import (type )?(\{[^}]*\}|z) from ["']zod["']/.test(text));
  expect(named.map(({ file }) => file)).toEqual([]);
});

/** A file that does not exist, with one import in it. */
const planted = (file: string, text: string, expected: RegExp | null) =>
  test(`planted in ${file}: ${text}`, () => {
    const found = importsOf(file, `// first line\n${text}`).map(brokenRule);
    expect(found).toHaveLength(1);
    if (expected) expect(found[0]).toMatch(expected);
    else expect(found[0]).toBeUndefined();
  });
planted(
  "src/agent/loop/turn.ts",
  'import { retry } from "../../llm/retry";',
  /^src\/agent\/loop\/turn\.ts:2 imports .*agent\/loop may import itself, src\/shared/,
);
planted("src/agent/loop/turn.ts", 'import type { Tool } from "../tools/define";', /agent\/loop may import/);
planted("src/agent/loop/turn.ts", 'const later = await import("../../files/disk");', /agent\/loop may import/);
planted("src/agent/loop/turn.ts", 'let x: import("../sessions/record").Record;', /agent\/loop may import/);
planted("src/agent/loop/turn.ts", 'export * from "../permissions/decide";', /agent\/loop may import/);
planted("src/agent/tools/read.ts", 'import { readFile } from "node:fs/promises";', /does without node/);
planted("src/agent/permissions/decide.ts", 'import type { Rule } from "../../config/types";', null);
planted("src/agent/permissions/decide.ts", 'import { load } from "../../config/load";', /may import/);
planted("src/agent/engine.ts", 'import { openLog } from "./sessions/event-log";', null);
planted("src/agent/engine.ts", 'import * as vscode from "vscode";', /know the editor/);
planted("src/llm/retry.ts", 'import { load } from "../config/load";', /src\/llm may import/);
planted("src/search/grep.ts", 'import { spawn } from "node:child_process";', /only src\/processes starts/);
planted("src/processes/broker/child.ts", 'import { spawn } from "node:child_process";', null);
planted("src/sandbox/bubblewrap.ts", 'import { spawn } from "node:child_process";', /only src\/processes starts/);
planted("src/sandbox/bubblewrap.ts", 'import { decide } from "../agent/permissions/decide";', /src\/sandbox may import/);
planted("src/host/host.ts", 'import { Engine } from "../agent/engine";', /src\/host may import/);
planted("src/host/host.ts", 'const { window } = require("vscode");', null);
planted("src/shared/rpc.ts", 'import { join } from "path";', /does without node/);
planted("src/shared/rpc.ts", 'import * as z from "zod";', /does without packages/);
planted("src/entry/extension.ts", 'import { commands } from "vscode";', null);
planted("src/entry/worker.ts", 'import type { Uri } from "vscode";', /know the editor/);
planted("webview-ui/main.tsx", 'import { readFileSync } from "fs";', /does without node/);
planted("webview-ui/main.tsx", 'import { host } from "../src/host/host";', /webview-ui may import/);
planted("webview-ui/main.tsx", 'import type { ToPanel } from "../src/shared/protocol/view";', null);
planted("src/somewhere/new.ts", 'import "../shared/rpc";', /lies in no room/);

const isToolFile = (file: string): boolean => file.startsWith("src/agent/tools/") && !file.endsWith("/define.ts");
