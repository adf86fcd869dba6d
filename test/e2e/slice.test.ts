import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, onTestFailed, test } from "vitest";
import { PATIENCE, type Chat } from "../support/editor/chat";
import type { PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openScripted, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { openFile } from "../support/editor/workbench";
import { reply } from "../support/model-server/reply";
import type { ModelCall, ModelServer } from "../support/model-server/start-model-server";
import { lastSession, logFiles, ofType } from "../support/session-log";

// One conversation, one editor: a message typed in the sidebar goes all the way to a model server and back.
let all: ScriptedWorkbench;
let model: ModelServer;
let stride: PackagedWorkbench;
let chat: Chat;
let turns = 0;

beforeAll(async () => {
  all = await openScripted();
  ({ model, stride, chat } = all);
});
afterEach(() => expect(model.problems.splice(0)).toEqual([]));
afterAll(() => all?.stop());

const at = (name: string): string => join(stride.folder, name);
const editorText = async (): Promise<string> =>
  (await stride.page.locator(".editor-instance .view-lines").innerText()).replaceAll("\u00a0", " ");

/** Types a message, lets `meanwhile` act, and waits for the end of the turn; gives the calls the model got. */
async function turn(
  text: string,
  script: Parameters<ModelServer["push"]>,
  meanwhile?: () => Promise<void>,
): Promise<ModelCall[]> {
  turns += 1;
  onTestFailed(async () => void (await stride.shot(`slice-failed-${turns}`)));
  const before = model.calls.length;
  model.push(...script);
  await chat.send(text);
  await meanwhile?.();
  await chat.ended();
  return model.calls.slice(before);
}

test("a message typed in the sidebar is answered, and the answer streams in piece by piece", async () => {
  const answer = "Tea is poured from left to right, one cup after the other, until the pot is empty. The end.";
  const seen: string[] = [];
  await turn("how is tea poured?", [reply.text(answer, { chunkMs: 150, chunkSize: 10 })], async () => {
    const shown = chat.panel.locator("section.assistant");
    await shown.waitFor({ timeout: PATIENCE });
    for (;;) {
      const text = (await shown.innerText()).trim();
      if (text !== "") seen.push(text);
      if (text.endsWith("The end.")) break;
      await stride.page.waitForTimeout(100);
    }
  });
  expect(seen.at(-1)).toBe(answer);
  expect(new Set(seen).size).toBeGreaterThan(3);
  expect(seen.every((text) => answer.startsWith(text))).toBe(true);
  expect(model.calls[0]?.userText).toContain("how is tea poured?");
});

test("Read sees what is in the editor and not yet saved", async () => {
  await openFile(stride.page, "price.js");
  await stride.page.locator(".editor-instance .view-lines").click();
  await stride.page.keyboard.press("Control+Home");
  await stride.page.keyboard.type("// not saved yet\n");
  await stride.page.locator(".view-line", { hasText: "// not saved yet" }).waitFor({ timeout: PATIENCE });
  const calls = await turn("what is in price.js?", [
    reply.tool("Read", { file_path: at("src/price.js") }),
    reply.text("It begins with a comment."),
  ]);
  expect(calls[1]?.results[0]?.text).toContain("// not saved yet");
  expect(readFileSync(at("src/price.js"), "utf8")).not.toContain("not saved yet");
  await stride.page.locator(".editor-instance .view-lines").click();
  await stride.page.keyboard.press("Control+Z");
});

test("Edit goes through the open document: the editor shows it, and one Ctrl+Z takes it back", async () => {
  await openFile(stride.page, "basket.js");
  const before = readFileSync(at("src/basket.js"), "utf8");
  const first = before.split("\n")[0]!;
  await turn(
    "mark it",
    [
      reply.tool("Read", { file_path: at("src/basket.js") }),
      reply.tool("Edit", { file_path: at("src/basket.js"), old_string: first, new_string: `// two\n// lines\n${first}` }),
      reply.text("Marked."),
    ],
    async () => {
      const prompt = await chat.asked("basket.js");
      expect(await prompt.locator(".diff-row.diff-added").count()).toBe(2);
      expect(await prompt.locator(".prompt-title [title]").getAttribute("title")).toBe(`Edit ${at("src/basket.js")}`);
      // A rule is shown as it would be stored; all else as a person names the file.
      for (const part of [".prompt-title", ".prompt-why", ".diff-head", ".targets"]) {
        const shown = await prompt.locator(part).innerText();
        expect(shown).toContain("src/basket.js");
        expect(shown).not.toContain(stride.folder);
      }
      await stride.shot("slice-edit-asks");
      await chat.press("Allow Alt+A");
    },
  );
  await stride.page.locator(".view-line", { hasText: "// two" }).waitFor({ timeout: PATIENCE });
  expect(await editorText()).toContain("// lines");
  expect(await chat.text()).not.toContain(stride.folder);
  expect(readFileSync(at("src/basket.js"), "utf8")).toContain("// two\n// lines\n");
  await stride.shot("slice-edit-done");
  await stride.page.locator(".editor-instance .view-lines").click();
  await stride.page.keyboard.press("Control+Z");
  await expect.poll(editorText, { timeout: PATIENCE }).not.toMatch(/two|lines/);
  await stride.page.keyboard.press("Control+S");
  await expect.poll(() => readFileSync(at("src/basket.js"), "utf8"), { timeout: PATIENCE }).toBe(before);
});

test("Bash runs as a child of our broker, streams its output and gives the exact exit code", async () => {
  const command = 'tr "\\0" " " < /proc/$PPID/cmdline; for i in 1 2 3; do echo "cup $i"; sleep 1; done; exit 7';
  const calls = await turn("count", [reply.tool("Bash", { command }), reply.text("Counted.")], async () => {
    await chat.asked();
    await chat.press("Allow Alt+A");
    const card = chat.panel.locator(".tool").last();
    await card.getByText("cup 1").waitFor({ timeout: PATIENCE });
    expect(await card.getAttribute("class")).toContain("tool-running");
    expect(await card.innerText()).not.toContain("cup 3\n");
    await stride.shot("slice-bash-streams");
  });
  const [result] = calls[1]!.results;
  expect(result?.text).toMatch(/broker\.js/);
  expect(result?.text).toMatch(/cup 1\s+cup 2\s+cup 3/);
  expect(result?.text).toMatch(/exit(ed with)? code:? 7/i);
  const done = ofType(lastSession(stride.home), "tool_finished").at(-1);
  expect(done?.display).toMatchObject({ kind: "command", exitCode: 7 });
});

test("Deny has the focus; a key in the first half second does nothing; the model hears the comment", async () => {
  // A key that presses a button is a click without a pointer: this one comes the moment the question is drawn.
  const body = chat.panel.locator("body");
  await body.evaluate((element) => {
    new MutationObserver((_, seen) => {
      const deny = element.querySelector<HTMLButtonElement>(".prompt .buttons button");
      if (!deny) return;
      seen.disconnect();
      deny.click();
      element.dataset["early"] = deny.textContent ?? "";
    }).observe(element, { childList: true, subtree: true });
  });
  const calls = await turn(
    "clean up",
    [reply.tool("Bash", { command: "rm -rf src" }), reply.text("Then I leave it.")],
    async () => {
      const prompt = await chat.asked();
      expect(await body.getAttribute("data-early")).toMatch(/^Deny/);
      expect(await prompt.locator("button:focus").innerText()).toMatch(/^Deny/);
      await stride.shot("slice-permission");
      await prompt.getByRole("textbox").fill("keep the sources, only tidy the tests");
      await chat.press("Deny");
    },
  );
  const [result] = calls[1]!.results;
  expect(result).toMatchObject({ isError: true });
  expect(result?.text).toContain("keep the sources, only tidy the tests");
  expect(readFileSync(at("src/price.js"), "utf8")).not.toBe("");
});

test("Allow for this session is asked once", async () => {
  const touch = (name: string) => reply.tool("Bash", { command: `touch ${name}` });
  await turn("make two", [touch("one.txt"), touch("one.txt"), reply.text("Made.")], async () => {
    await chat.asked();
    await chat.press("Allow for this session");
  });
  const events = lastSession(stride.home);
  const last = events.findLastIndex(({ type }) => type === "user_message");
  expect(ofType(events.slice(last), "approval_requested")).toHaveLength(1);
  expect(ofType(events.slice(last), "tool_finished").map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
});

test("what happens is in the log before it counts", async () => {
  const [file] = logFiles(stride.home);
  let asked = "";
  // The command looks for its own beginning; the model, when it is asked, for the message.
  const command = `grep -c '"tool_started".*find myself' '${file}'`;
  const calls = await turn(
    "is it written?",
    [
      () => {
        asked = readFileSync(file!, "utf8");
        return reply.tool("Bash", { command: `${command} # find myself` });
      },
      reply.text("It was."),
    ],
    async () => {
      if ((await Promise.race([chat.prompt.waitFor({ timeout: PATIENCE }).then(() => "asks"), chat.ended()])) !== "asks") return;
      await chat.asked();
      await chat.press("Allow Alt+A");
    },
  );
  expect(asked).toContain("is it written?");
  expect(calls[1]?.results[0]?.text).toMatch(/^1\b/);
  const events = lastSession(stride.home);
  const seqs = readFileSync(file!, "utf8").match(/"seq":\d+/g) ?? [];
  expect(seqs).toEqual(events.map((_, i) => `"seq":${i + 1}`));
  expect(ofType(events, "turn_ended")).toHaveLength(turns);
});
