import type { VNode } from "preact";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { ago } from "./figures";
import type { Found } from "./use-search";
import { showView } from "./view-state";

/** Places in conversations; each leads there. */
export function HitList({ found, titles }: { found: Found | null; titles: boolean }): VNode | null {
  if (!found) return null;
  const { hits, complete, query } = found;
  return (
    <>
      {hits.length === 0 && (
        <p class="faint">{complete ? `Nothing has “${query}”.` : "Older conversations are still being read…"}</p>
      )}
      <ul class="hits">
        {hits.map((hit) => (
          <li key={`${hit.session}:${hit.seq}`}>
            <button
              type="button"
              class="session"
              onClick={() => {
                showView("chat");
                post({ type: "open_hit", session: hit.session, seq: hit.seq });
              }}
            >
              <Icon name="quote" />
              <span class="hit-text" dir="auto">
                {emphasised(hit.snippet, query)}
              </span>
              <span class="session-more">
                {titles && <>{visible(hit.title)} · </>}
                {ago(hit.at, Date.now())}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {hits.length > 0 && !complete && <p class="faint">Older conversations are still being read…</p>}
    </>
  );
}

/** The words that were looked for, where they stand. */
function emphasised(text: string, query: string): VNode[] {
  const words = (query.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).sort((a, b) => b.length - a.length);
  const folded = text.toLowerCase();
  const parts: VNode[] = [];
  let at = 0;
  while (at < text.length && parts.length < 60) {
    const next = words
      .map((word) => ({ word, from: folded.indexOf(word, at) }))
      .filter(({ from }) => from >= 0)
      .sort((a, b) => a.from - b.from)[0];
    if (!next) break;
    parts.push(
      <span>{visible(text.slice(at, next.from))}</span>,
      <mark>{visible(text.slice(next.from, next.from + next.word.length))}</mark>,
    );
    at = next.from + next.word.length;
  }
  parts.push(<span>{visible(text.slice(at))}</span>);
  return parts;
}
