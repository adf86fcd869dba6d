import * as vscode from "vscode";
import { problem } from "../../shared/errors";
import type { TestsRun } from "../../shared/protocol/host";

const maxMs = 10 * 60_000;
const detailsMs = 5000;

/**
 * The testing API tells results only to the extension that ran the tests. The editor's own command for running
 * what lies below some places answers with them; where it does not (older, other), there is nothing to say.
 */
export async function runTests(paths: string[]): Promise<TestsRun | null> {
  const places = paths.length > 0 ? paths.map((path) => vscode.Uri.file(path)) : folders();
  const late = problem("still_running", `The tests still run after ${maxMs / 60_000} minutes.`, "Look at the test results view.");
  const none = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const command = vscode.commands.executeCommand("testing.run.uri", ...places);
  const answer = await withinMs(Promise.resolve(command), maxMs, { late }).catch(() => null);
  if (typeof answer === "object" && answer !== null && "late" in answer) return { ...none, problem: late };
  const results = resultsOf(answer);
  if (results.length === 0) return null;
  const count = (...states: number[]): number => results.filter(({ state }) => states.includes(state)).length;
  const run: TestsRun = {
    passed: count(State.passed),
    failed: count(State.failed, State.errored),
    skipped: count(State.skipped),
    failures: results.filter(({ state }) => state === State.failed || state === State.errored).map(({ at }) => at),
  };
  const details = run.failed > 0 ? await failureTexts() : "";
  return details === "" ? run : { ...run, details };
}

const folders = (): vscode.Uri[] => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);

const State = { passed: 3, failed: 4, skipped: 5, errored: 6 };

interface Result {
  state: number;
  at: TestsRun["failures"][number];
}

/** Only what has a state of its own is a test; the others hold tests. */
function resultsOf(answer: unknown): Result[] {
  const items = (answer as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(items)) return [];
  return items.flatMap(({ ownComputedState: state, item }: SerializedResult) => {
    if (typeof state !== "number" || state < State.passed || typeof item?.label !== "string") return [];
    const line = item.range?.startLineNumber;
    const at = {
      name: item.label,
      ...(item.uri?.path && { path: vscode.Uri.from({ scheme: "file", path: item.uri.path }).fsPath }),
    };
    return [{ state, at: typeof line === "number" ? { ...at, line } : at }];
  });
}

interface SerializedResult {
  ownComputedState?: unknown;
  item?: { label?: unknown; uri?: { path?: string }; range?: { startLineNumber?: unknown } | null };
}

/** What the tests said is told by a tool of the editor. */
async function failureTexts(): Promise<string> {
  const tool = "testFailure";
  if (!vscode.lm.tools.some(({ name }) => name === tool)) return "";
  const asked = Promise.resolve(vscode.lm.invokeTool(tool, { input: {}, toolInvocationToken: undefined }));
  const answer = await withinMs(asked, detailsMs, null).catch(() => null);
  return (answer?.content ?? []).flatMap((part) => (part instanceof vscode.LanguageModelTextPart ? [part.value] : [])).join("\n");
}

async function withinMs<T, L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<L>((resolve) => (timer = setTimeout(resolve, ms, late)));
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}
