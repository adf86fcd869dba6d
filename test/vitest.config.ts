import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["test/*.test.ts", "test/unit/**/*.test.ts", "test/scenarios/**/*.test.ts"],
    // A browser takes a minute: they run with the e2e stage.
    exclude: ["**/node_modules/**", "**/*-in-browser.test.ts"],
    maxWorkers: 2,
    testTimeout: 20_000,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
