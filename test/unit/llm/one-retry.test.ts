import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const src = new URL("../../../src/", import.meta.url).pathname;
const files = (readdirSync(src, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));
const llm = files.filter((file) => file.startsWith("llm/") && !file.startsWith("llm/practice/"));
const code = (file: string): string => readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
const having = (all: string[], pattern: RegExp): string[] => all.filter((file) => pattern.test(code(file))).sort();

test("one file tries again, one file puts it together", () => {
  expect(having(files, /from "[^"]*\/retry"/)).toEqual(["llm/create-model.ts"]);
});
test("nobody else in the model stack sleeps", () => {
  // exchange and http: limits of one attempt; dial: limit of one connection.
  expect(having(llm, /setTimeout\(/)).toEqual(["llm/dial.ts", "llm/exchange.ts", "llm/http.ts", "llm/retry.ts"]);
  expect(having(llm, /\.sleep\(/)).toEqual(["llm/retry.ts"]);
});
test("nobody else knows of attempts", () => {
  expect(having(llm, /maxRetries|\battempt\b/)).toEqual(["llm/retry-metrics.ts", "llm/retry.ts"]);
});
test("of the SDK only types are used, so its own retries never run", () => {
  for (const file of having(files, /@anthropic-ai\/sdk/))
    expect(code(file)).not.toMatch(/import (?!type)[^;]*@anthropic-ai\/sdk/);
});
