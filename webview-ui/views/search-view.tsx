import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { HitList } from "./hit-list";
import { useSearch } from "./use-search";
import { showView } from "./view-state";

/** Over the whole transcript, also what was compacted or is not loaded; or over all conversations of the folder. */
export function SearchView(): VNode {
  const [query, setQuery] = useState("");
  const [scope, setScope] = useState<"session" | "all">("session");
  const found = useSearch(query, scope);
  return (
    <section class="view" aria-label="Search" onKeyDown={(event) => event.key === "Escape" && showView("chat")}>
      <input
        class="field"
        type="search"
        placeholder={scope === "session" ? "Search this conversation" : "Search all conversations"}
        aria-label="Search"
        value={query}
        ref={(input) => input?.focus()}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <div class="segments" role="radiogroup" aria-label="Where to search">
        {(["session", "all"] as const).map((one) => (
          <button key={one} type="button" role="radio" aria-checked={scope === one} class="segment" onClick={() => setScope(one)}>
            {one === "session" ? "This conversation" : "All of this folder"}
          </button>
        ))}
      </div>
      <HitList found={found} titles={scope === "all"} />
    </section>
  );
}
