import type { VNode } from "preact";
import type { Todo } from "../../src/shared/protocol/agent";
import { visible } from "../markdown/visible-text";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";

const icons = { pending: "circle-large", in_progress: "circle-large-filled", completed: "pass-filled" } as const;
const words = { pending: "to do", in_progress: "under way", completed: "done" } as const;

export function TodoList({ todos }: { todos: readonly Todo[] }): VNode {
  return (
    <ul class="todos">
      {todos.map((todo, i) => (
        <li key={i} class={`todo todo-${todo.status}`} dir="auto">
          <Icon name={icons[todo.status]} />
          <span class="sr-only">{words[todo.status]}: </span>
          <span>{visible(todo.status === "in_progress" ? (todo.activeForm ?? todo.content) : todo.content)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The plan as it stands now, one line above the composer until it is opened. */
export function TodoStrip({ todos }: { todos: readonly Todo[] }): VNode | null {
  const [open, toggle] = useExpanded("todo-strip", false);
  if (todos.every((todo) => todo.status === "completed")) return null;
  const done = todos.filter((todo) => todo.status === "completed").length;
  const now = todos.find((todo) => todo.status === "in_progress") ?? todos.find((todo) => todo.status === "pending");
  return (
    <section class="strip" aria-label="To-do list">
      <button type="button" class="strip-head" aria-expanded={open} onClick={toggle}>
        <Icon name={open ? "chevron-down" : "chevron-right"} />
        <span class="strip-count">
          {done}/{todos.length}
        </span>
        <span class="strip-text" dir="auto">
          {now ? visible(now.activeForm ?? now.content) : "To-do list"}
        </span>
      </button>
      {open && <TodoList todos={todos} />}
    </section>
  );
}
