import type { VNode } from "preact";
import type { RuleReplay } from "../../src/shared/protocol/permission";
import { visible } from "../markdown/visible-text";
import { useExpanded } from "../parts/expanded";
import { Icon } from "../parts/icon";

/** What a lasting answer would have meant up to now: how many questions it saves, and what else it lets through. */
export function Replay({ id, replay }: { id: string; replay: RuleReplay }): VNode {
  const { prompts, saved, refused, others } = replay;
  const [open, toggle] = useExpanded(`replay:${id}`, refused.length > 0);
  const more = refused.length + others.length;
  return (
    <div class="replay">
      <button type="button" class="link-button" aria-expanded={open} disabled={more === 0} onClick={toggle}>
        <Icon name="history" /> It would have saved {saved} of the last {prompts} questions
        {more > 0 && `, and let ${more === 5 ? "5 or more" : more} other ${more === 1 ? "call" : "calls"} through`}
      </button>
      {open && refused.length > 0 && <Calls title="You had refused these:" calls={refused} warn />}
      {open && others.length > 0 && <Calls title="It would also have run:" calls={others} />}
    </div>
  );
}

const Calls = ({ title, calls, warn }: { title: string; calls: readonly string[]; warn?: boolean }): VNode => (
  <>
    <p class={warn ? "replay-warn" : "faint"}>
      {warn && <Icon name="warning" />} {title}
    </p>
    <ul>
      {calls.map((call) => (
        <li key={call} dir="ltr">
          <code>{visible(call.slice(0, 300))}</code>
        </li>
      ))}
    </ul>
  </>
);
