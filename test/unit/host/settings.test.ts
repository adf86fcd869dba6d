import { expect, test } from "vitest";
import { engineSettings, readSettings } from "../../../src/host/settings";

function read(values: Record<string, unknown>) {
  const complaints: string[] = [];
  return {
    read: readSettings(
      (key) => values[key],
      (message) => complaints.push(message),
    ),
    complaints,
  };
}

test("nothing set gives the defaults without a word", () => {
  const { read: settings, complaints } = read({});
  expect([settings.model, settings.commandTimeout, settings["limits.turnUsd"], complaints]).toEqual(["default", 120, null, []]);
});

test.each([
  ["model", 3],
  ["model", "  "],
  ["baseUrl", "file:///etc"],
  ["baseUrl", "javascript:x"],
  ["fallbackModels", "a"],
  ["fallbackModels", [1]],
  ["limits.turnUsd", -1],
  ["limits.turnUsd", "5"],
  ["commandTimeout", 0],
  ["commandTimeout", 1e9],
  ["initialPermissionMode", "bypassPermissions"],
  ["environment", []],
  ["notifyWhenWaiting", "yes"],
])("%s = %j is refused alone, with its name", (key, value) => {
  const { read: settings, complaints } = read({ [key]: value });
  expect(settings).toEqual(read({}).read);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain(`stride.${key}`);
});

test("a bad entry of a table spoils only itself", () => {
  const providers = {
    good: { kind: "openai", baseUrl: "http://localhost:1234/v1", models: ["m"] },
    bad: { kind: "telnet", baseUrl: "http://x" },
    worse: 3,
  };
  expect(Object.keys(read({ providers }).read.providers)).toEqual(["good"]);
  const prices = { a: { input: 1, output: 2, cacheRead: 0.1 }, b: { input: "1", output: 2 } };
  expect(read({ prices }).read.prices).toEqual({ a: { input: 1, output: 2, cacheRead: 0.1 } });
});

test("the engine gets milliseconds and only the caps that are set", () => {
  const { read: settings } = read({ "limits.turnMinutes": 2, "limits.dayUsd": 5, commandTimeout: 30 });
  const engine = engineSettings(settings, { strictSsl: true });
  expect(engine.limits).toEqual({ turnMs: 120_000, dayUsd: 5 });
  expect([engine.commandTimeoutMs, "baseUrl" in engine]).toEqual([30_000, false]);
});
