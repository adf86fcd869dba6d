import type { ComponentChild, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CopyButton } from "../parts/copy-button";
import { visible } from "./visible-text";

/** Only a closed fence is highlighted, by a part of the bundle that is loaded with the first one. */
export function CodeBlock({ code, lang, closed }: { code: string; lang: string; closed: boolean }): VNode {
  const language = /^[\w+#.-]+/.exec(lang)?.[0] ?? "";
  const coloured = useHighlight(code, language, closed);
  return (
    <div class="code-block">
      <div class="code-head">
        <span class="code-lang">{language || "text"}</span>
        <CopyButton text={code} label="Copy code" />
      </div>
      <pre tabIndex={0} dir="ltr">
        <code>{coloured ?? visible(code)}</code>
      </pre>
    </div>
  );
}

function useHighlight(code: string, language: string, closed: boolean): ComponentChild | null {
  const [done, setDone] = useState<{ code: string; view: ComponentChild } | null>(null);
  useEffect(() => {
    if (!closed || language === "" || code.length > 40_000) return;
    let gone = false;
    void import("./highlight").then(
      ({ highlight }) => {
        if (!gone) setDone({ code, view: highlight(code, language) });
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [code, language, closed]);
  return done?.code === code ? done.view : null;
}
