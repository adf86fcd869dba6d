import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  // One editor at a time: each takes a gigabyte, and the scenarios of a file build on one another.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["test/e2e/**/*.test.ts", "test/unit/**/*-in-browser.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: process.env.CI ? 1 : 0,
    bail: 0,
  },
});
