import type { Exchange, Step } from "../conversation";
import { call, say, type PracticeReply } from "../reply";

const replacePattern = /replace\s+(["'`]?)(.+?)\1\s+(?:by|with)\s+(["'`]?)(.+?)\3\s+in\s+(["'`]?)(\S.*?)\5\s*$/is;
const createPattern = /create\s+(?:a\s+)?file\s+(["'`]?)(\S+?)\1(?:\s+(?:with|containing)\s+(["'`]?)([\s\S]*?)\3)?\s*$/i;

export function replace({ prompt, steps }: Exchange): PracticeReply {
  const match = replacePattern.exec(prompt);
  const [from, to, file] = [match?.[2] ?? "", match?.[4] ?? "", match?.[6] ?? ""];
  const last = steps.at(-1);
  if (!last) return call(`I read \`${file}\` before I change it.`, "Read", { file_path: file });
  if (last.failed) return say(`Nothing was changed. ${firstLine(last)}`);
  if (last.name === "Read")
    return call(`I replace \`${from}\` by \`${to}\`.`, "Edit", {
      file_path: file,
      old_string: from,
      new_string: to,
      replace_all: true,
    });
  return say(`Done: \`${from}\` is \`${to}\` in \`${file}\`. Say \`undo\` to take it back.`);
}

export function create({ prompt, steps }: Exchange): PracticeReply {
  const match = createPattern.exec(prompt);
  const [file, content] = [match?.[2] ?? "", match?.[4] ?? ""];
  const last = steps.at(-1);
  if (!last)
    return call(`I create \`${file}\`.`, "Write", {
      file_path: file,
      content: content.endsWith("\n") || content === "" ? content : `${content}\n`,
    });
  return say(last.failed ? `Nothing was written. ${firstLine(last)}` : `\`${file}\` is there. Say \`undo\` to take it back.`);
}

/** Takes back the latest change that was not taken back yet. */
export function undo(exchange: Exchange, earlier: readonly Exchange[]): PracticeReply {
  const last = exchange.steps.at(-1);
  const change = changesOf(earlier).at(-1);
  if (!change) return say("There is no change of mine to take back in this conversation.");
  const file = String(change.input["file_path"] ?? "");
  if (!last) {
    if (change.name === "Edit")
      return call(`I read \`${file}\` again, then put back what was there.`, "Read", { file_path: file });
    return call(`I had written \`${file}\`; I remove it.`, "Bash", {
      command: `rm -- ${quote(file)}`,
      description: `Remove ${file}`,
    });
  }
  if (last.failed) return say(`It was not taken back. ${firstLine(last)}`);
  if (last.name === "Read") {
    return call("Back to what it was.", "Edit", {
      file_path: file,
      old_string: change.input["new_string"],
      new_string: change.input["old_string"],
      replace_all: change.input["replace_all"] === true,
    });
  }
  return say(`Taken back: \`${file}\` is as before.`);
}

export const isUndo = (prompt: string): boolean => /^\s*(undo|take (it|that) back|revert)\b/i.test(prompt);
export const isReplace = (prompt: string): boolean => replacePattern.test(prompt);
export const isCreate = (prompt: string): boolean => createPattern.test(prompt);

/** Successful changes in order; each finished undo removes the latest. */
function changesOf(exchanges: readonly Exchange[]): Step[] {
  const stack: Step[] = [];
  for (const exchange of exchanges) {
    const done = exchange.steps.filter(
      (step) => (step.name === "Edit" || step.name === "Write") && !step.failed && step.result !== undefined,
    );
    if (!isUndo(exchange.prompt)) stack.push(...done);
    else if (
      exchange.steps.some((step) => (step.name === "Edit" || step.name === "Bash") && !step.failed && step.result !== undefined)
    )
      stack.pop();
  }
  return stack;
}

const firstLine = (step: Step): string => (step.result ?? "").split("\n")[0] ?? "";

const quote = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;
