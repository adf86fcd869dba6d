import * as vscode from "vscode";
import { problem } from "../../shared/errors";
import type { Problem } from "../../shared/protocol/agent";

const maxMs = 10 * 60_000;

export async function tasks(): Promise<{ name: string; group?: string }[]> {
  const found = await vscode.tasks.fetchTasks();
  return found.slice(0, 500).map((task) => ({ name: nameOf(task), ...(task.group ? { group: task.group.id } : {}) }));
}

/** Ends when the task's process ends. One that goes on (a watcher) is left running and the answer says so. */
export async function runTask(name: string): Promise<{ exitCode: number | null; problem?: Problem }> {
  const task = (await vscode.tasks.fetchTasks()).find((one) => nameOf(one) === name);
  if (!task) return { exitCode: null, problem: problem("no_such_task", `There is no task "${name}".`, "List the tasks again.") };
  let started: vscode.TaskExecution | undefined;
  let timer: NodeJS.Timeout | undefined;
  const listeners: vscode.Disposable[] = [];
  const ended = new Promise<{ exitCode: number | null; problem?: Problem }>((resolve) => {
    listeners.push(
      vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution === started) resolve({ exitCode: exitCode ?? null });
      }),
      // Tasks without a process (compound ones) end only here; one with a process has answered already.
      vscode.tasks.onDidEndTask(({ execution }) => {
        if (execution === started) setTimeout(() => resolve({ exitCode: null }), 200);
      }),
    );
    const late = problem(
      "still_running",
      `"${name}" still runs after ${maxMs / 60_000} minutes and was left running.`,
      "Look at its terminal.",
    );
    timer = setTimeout(() => resolve({ exitCode: null, problem: late }), maxMs);
  });
  try {
    started = await vscode.tasks.executeTask(task);
    return await ended;
  } finally {
    clearTimeout(timer);
    for (const listener of listeners) listener.dispose();
  }
}

const nameOf = (task: vscode.Task): string =>
  task.source && task.source !== "Workspace" ? `${task.source}: ${task.name}` : task.name;
