import { expect, test } from "vitest";
import { keyAction, type ComposerState, type Key } from "../../../webview-ui/composer/key-action";
import { insertMention, mentionAt } from "../../../webview-ui/composer/mention";
import { answerFor, choiceForKey, choicesOf, guardMs, isMeant } from "../../../webview-ui/prompt/prompt-guard";
import { sampleApproval } from "./sample-session";

const plain: Key = {
  key: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
};
const idle: ComposerState = { running: false, popup: false, composing: false };
const check = (key: Partial<Key>, state: Partial<ComposerState>, expected: string): void => {
  const action = keyAction({ ...plain, ...key }, { ...idle, ...state });
  expect(action.do === "send" ? `send ${action.delivery}` : action.do).toBe(expected);
};

test("Enter sends", () => check({}, {}, "send queue"));
test("Enter queues while it runs", () => check({}, { running: true }, "send queue"));
test("Alt+Enter steers while it runs", () => check({ altKey: true }, { running: true }, "send steer"));
test("Alt+Enter with nothing running just sends", () => check({ altKey: true }, {}, "send queue"));
test("Shift+Enter is a new line", () => check({ shiftKey: true }, {}, "newline"));
test("Enter in a composition belongs to the input method", () => check({ isComposing: true }, {}, "nothing"));
test("key code 229 belongs to the input method", () => check({ keyCode: 229 }, {}, "nothing"));
test("a composition that ended before its key still holds it", () => check({}, { composing: true }, "nothing"));
test("a composing Enter does not accept a mention", () => check({ keyCode: 229 }, { popup: true }, "nothing"));
test("Enter accepts a mention", () => check({}, { popup: true }, "popup_accept"));
test("Escape closes the mentions and never stops a turn", () => {
  check({ key: "Escape" }, { popup: true, running: true }, "popup_close");
  check({ key: "Escape" }, { running: true }, "nothing");
});
test("Ctrl+. and Cmd+. stop", () => {
  check({ key: ".", ctrlKey: true }, { running: true }, "stop");
  check({ key: ".", metaKey: true }, { running: true }, "stop");
  check({ key: ".", ctrlKey: true }, {}, "nothing");
});

test("a mention begins at a word's start", () => {
  expect(mentionAt("see @src/a", 10)).toEqual({ start: 4, query: "src/a" });
  expect(mentionAt("me@home", 7)).toBeNull();
  expect(insertMention("see @sr now", { start: 4, query: "sr" }, "my file.ts").text).toBe('see @"my file.ts" now');
});

test("keys count after half a second, a click at once", () => {
  expect(isMeant({ at: 1000 + guardMs - 1, by: "key" }, 1000)).toBe(false);
  expect(isMeant({ at: 1000 + guardMs, by: "key" }, 1000)).toBe(true);
  expect(isMeant({ at: 1001, by: "pointer" }, 1000)).toBe(true);
});

test("lasting answers only where a rule can give them, with exactly the rules shown", () => {
  const without = { ...sampleApproval, decision: { ...sampleApproval.decision, suggestions: [] } };
  expect(choicesOf(without)).toEqual(["deny", "once"]);
  expect(choicesOf(sampleApproval)).toEqual(["deny", "once", "session", "local"]);
  expect(answerFor("local", sampleApproval, "x")).toEqual({ verdict: "allow", scope: "local", rules: ["Bash(npm test)"] });
  expect(answerFor("deny", sampleApproval, " no ")).toEqual({ verdict: "deny", comment: "no" });
  expect(answerFor("deny", sampleApproval, " ")).toEqual({ verdict: "deny" });
  const alt = { altKey: true, ctrlKey: false, metaKey: false };
  expect(choiceForKey({ ...alt, key: "å", code: "KeyA" }, choicesOf(without))).toBe("once");
  expect(choiceForKey({ ...alt, key: "p", code: "KeyP" }, choicesOf(without))).toBeNull();
});
