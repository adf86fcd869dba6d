import type { ComponentChildren, VNode } from "preact";
import { post } from "../host-link";
import { visibleString } from "./visible-text";

export type LinkTarget = { kind: "web"; url: string } | { kind: "file"; path: string; line?: number } | { kind: "none" };

/** Only http, https and mailto leave the panel, and only through the host; relative paths open in the editor. */
export function linkTarget(href: string): LinkTarget {
  const bare = href.replace(/[\u0000-\u0020\u007f-\u009f]/g, "");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]?.toLowerCase();
  if (scheme === "http" || scheme === "https" || scheme === "mailto") {
    return URL.canParse(bare) ? { kind: "web", url: bare } : { kind: "none" };
  }
  const file = /^([^:?#\\]+?)(?:#L(\d+)(?:-L?\d+)?|:(\d+)(?::\d+)?)?$/.exec(bare);
  if (!file || bare.startsWith("//") || bare.startsWith("#")) return { kind: "none" };
  const line = file[2] ?? file[3];
  const path = decode(file[1]!);
  // `name:12` may be a scheme as well; a file has a dot or a folder.
  if (path === null || (scheme !== undefined && !/[./]/.test(path)) || /[\\:]|^\/\//.test(path)) return { kind: "none" };
  return line ? { kind: "file", path, line: Number(line) } : { kind: "file", path };
}

/** No `href` at all: nothing can be fetched, prefetched or followed without the host. */
export function Link({ href, children }: { href: string; children: ComponentChildren }): VNode {
  const target = linkTarget(href);
  if (target.kind === "none") {
    return (
      <span class="link-blocked" title={`Not opened: ${visibleString(href)}`}>
        {children}
      </span>
    );
  }
  const shown = target.kind === "web" ? target.url : target.path + (target.line ? `:${target.line}` : "");
  const open = (): void =>
    target.kind === "web"
      ? post({ type: "open_link", url: target.url })
      : post({ type: "open_file", path: target.path, ...(target.line ? { line: target.line } : {}) });
  return (
    <span
      role="link"
      tabIndex={0}
      class="link"
      title={visibleString(shown)}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key === "Enter") open();
      }}
    >
      {children}
    </span>
  );
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
