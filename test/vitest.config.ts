import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["test/*.test.ts", "test/unit/**/*.test.ts", "test/scenarios/**/*.test.ts"],
    // A browser takes a minute: they run with the e2e stage.
    exclude: ["**/node_modules/**", "**/*-in-browser.test.ts"],
    maxWorkers: 2,
    // A crowded machine gives a test a bad second now and then; `npm test` names each one that needed this.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 20_000,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
