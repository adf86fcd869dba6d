import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

const OUTPUT_LINES = 12;

/** What `npm test` needs to say of a stage: how many ran, what failed and why, and what passed only when run again. */
export default class ResultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const failed = tests.filter((test) => test.result().state === "failed");
    // A file that could not even be loaded has no tests to fail: it counts as one.
    const broken = modules.filter((module) => module.state() === "failed" && ![...module.children.allTests("failed")].length);
    const result = {
      passed: tests.filter((test) => test.result().state === "passed").length,
      failed: failed.length + broken.length + (unhandled.length > 0 ? 1 : 0),
      failures: [
        ...failed.map((test) => describe(title(test), test.result().errors)),
        ...broken.map((module) => describe(module.relativeModuleId, [...module.errors(), ...suiteErrors(module)])),
        ...unhandled.map((error) => describe("outside any test", [error])),
      ],
      retried: tests.filter((test) => test.diagnostic()?.flaky).map((test) => describe(title(test), test.result().errors)),
    };
    const file = process.env.STRIDE_TEST_RESULTS;
    if (file) writeFileSync(file, JSON.stringify(result));
  }
}

function suiteErrors(module: TestModule) {
  return [...module.children.allSuites()].flatMap((suite) => suite.errors());
}

function title(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function describe(name: string, errors: readonly Partial<SerializedError>[] | undefined): string {
  const said = (errors ?? []).flatMap((error) => [error.message, error.diff, placeOf(error)]);
  const lines = said.filter(Boolean).join("\n").split("\n").slice(0, OUTPUT_LINES);
  return [name, ...lines.map((line) => `    ${line.slice(0, 200)}`)].join("\n");
}

/** The stack without its message, which was said. */
const placeOf = ({ stack = "" }: Partial<SerializedError>): string =>
  stack
    .split("\n")
    .filter((line) => /^ +at /.test(line))
    .slice(0, 2)
    .join("\n");
