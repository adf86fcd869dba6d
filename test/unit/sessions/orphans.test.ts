import { expect, test } from "vitest";
import { createHistory } from "../../../src/agent/sessions/history";
import { illegalities } from "../../support/scenario";

test("a call that ran while its reply streamed is told, though the process died before the reply was whole", () => {
  const history = createHistory();
  history.apply({
    type: "user_message",
    turn: "t",
    via: "prompt",
    message: { id: "u", role: "user", content: [{ type: "text", text: "go" }] },
  });
  history.apply({
    type: "tool_started",
    turn: "t",
    call: "c1",
    name: "Edit",
    title: "Edit a",
    inputHash: "",
    readOnly: false,
    input: { file_path: "/a" },
  });
  history.apply({
    type: "tool_finished",
    turn: "t",
    call: "c1",
    name: "Edit",
    outcome: "ok",
    ms: 1,
    result: { type: "tool_result", toolUseId: "c1", content: [{ type: "text", text: "done" }] },
  });
  history.apply({
    type: "tool_started",
    turn: "t",
    call: "c2",
    name: "Bash",
    title: "Run",
    inputHash: "",
    readOnly: false,
    input: { command: "make" },
  });
  history.apply({ type: "session_resumed", interrupted: ["c2"] });
  const [, reply, results] = history.messages();
  expect(reply?.content).toMatchObject([
    { type: "tool_use", name: "Edit" },
    { type: "tool_use", name: "Bash", input: { command: "make" } },
  ]);
  expect(results?.content).toMatchObject([
    { content: [{ text: "done" }] },
    { isError: true, content: [{ text: expect.stringMatching(/effect is unknown/) as string }] },
  ]);
  expect(illegalities(history.messages())).toEqual([]);
});
