import type { Exchange, Step } from "../conversation";
import { call, say, whatItIs, type PracticeReply } from "../reply";

const FILE = "stride-tour.md";
const OPEN = "- [ ] I allowed an edit";
const DONE = "- [x] I allowed an edit";
const page = [
  "# My first tour with Stride",
  "",
  "- [x] Stride read a file without asking",
  OPEN,
  "- [ ] I took it back with `undo`",
  "",
].join("\n");

/** A read, an edit that asks, a command: each step is Stride's real machinery. */
export function tour({ steps }: Exchange): PracticeReply {
  const last = steps.at(-1);
  if (!last)
    return call(`Welcome! ${whatItIs}\n\nFirst I look around. Reading inside your workspace needs no question.`, "Glob", {
      pattern: "*",
    });
  if (last.failed && last.name !== "Read") return say(declined(last));
  switch (last.name) {
    case "Glob":
      return call("Now I read a file, the way you see it in the editor, unsaved changes included.", "Read", {
        file_path: pick(last.result ?? ""),
      });
    case "Read":
      return last.input["file_path"] === FILE && !last.failed
        ? editStep()
        : call("Next I write a small page. A change asks you first: look at the preview, then allow it.", "Write", {
            file_path: FILE,
            content: page,
          });
    case "Write":
      return editStep();
    case "Edit":
      return call(
        "Edits are exact and can be undone in the editor. Last, a command; harmless ones run at once, others ask.",
        "Bash",
        { command: `wc -l ${FILE}`, description: "Count the lines of the tour page" },
      );
    default:
      return say(
        `That was the tour: a look around, a read, two changes you approved and a command (\`${(last.result ?? "").trim().split("\n")[0] ?? ""}\`). Open \`${FILE}\` to see it; say \`undo\` to take the last change back.`,
      );
  }
}

const editStep = (): PracticeReply =>
  call("And an edit of one line in it.", "Edit", { file_path: FILE, old_string: OPEN, new_string: DONE });

function pick(listing: string): string {
  const names = listing.split("\n").map((line) => line.trim());
  const wanted =
    names.find((name) => name.endsWith(FILE)) ??
    names.find((name) => /readme/i.test(name)) ??
    names.find((name) => /\.(md|txt|json|ts|js|py)$/.test(name));
  return wanted?.endsWith(FILE) ? FILE : (wanted ?? FILE);
}

const declined = (step: Step): string =>
  `You declined (or it could not be done): nothing was changed. That is the point of the question.\n\n> ${(step.result ?? "").split("\n")[0] ?? ""}\n\nSay \`take the tour\` to start again.`;
