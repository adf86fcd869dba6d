import { expect, test } from "vitest";
import { IncrementalMarkdown } from "../../../webview-ui/markdown/incremental";
import { linkTarget } from "../../../webview-ui/markdown/links";
import { renderPiece } from "../../../webview-ui/markdown/render";
import { evilHost as host, payloads } from "./exfiltration-payloads";
import { serialise } from "./serialise";

/** Elements the renderer may make, and the only attributes they may carry. */
const elements = /^(?:p|div|span|strong|em|del|code|pre|ul|ol|li|blockquote|hr|br|table|thead|tbody|tr|th|td|button)$/;
const attributes = /^(?:class|title|role|dir|start|type|scope|tabIndex|aria-[a-z]+)$/;

function checkHarmless(payload: string): void {
  const stream = new IncrementalMarkdown();
  for (const end of [Math.ceil(payload.length / 2), payload.length]) {
    const html = serialise(stream.update(payload.slice(0, end)).map(renderPiece));
    for (const [, name, rest] of html.matchAll(/<([a-zA-Z][\w-]*)((?: [\w-]+="[^"]*")*)>/g)) {
      expect(name, payload).toMatch(elements);
      for (const [, attribute] of (rest ?? "").matchAll(/ ([\w-]+)="/g)) expect(attribute, payload).toMatch(attributes);
    }
    expect(html.replace(/<[a-zA-Z][\w-]*(?: [\w-]+="[^"]*")*>|<\/[\w-]+>/g, ""), payload).not.toMatch(/</);
  }
}

test(`${payloads.length} payloads render to nothing that loads`, () => {
  expect(payloads.length).toBeGreaterThanOrEqual(180);
  for (const payload of payloads) checkHarmless(payload);
});

test("an image is a link that shows where it leads", () => {
  const [piece] = new IncrementalMarkdown().update(`![cat](https://${host})`);
  const html = serialise(renderPiece(piece!));
  expect(html).toContain(`title="https://${host}"`);
  expect(html).toContain(`cat (https://${host})`);
});

const target = (href: string, expected: ReturnType<typeof linkTarget>): void => expect(linkTarget(href), href).toEqual(expected);

test("links go to the web by way of the host, to files of the workspace, or nowhere", () => {
  target("https://a.example/b", { kind: "web", url: "https://a.example/b" });
  target("src/a.ts#L12", { kind: "file", path: "src/a.ts", line: 12 });
  target("src/a.ts:3:4", { kind: "file", path: "src/a.ts", line: 3 });
  target("src/my%20file.ts", { kind: "file", path: "src/my file.ts" });
  for (const bad of [
    "command:x",
    "vscode:x",
    "vscode://x/y",
    "vscode-insiders:x",
    "file:///etc/passwd",
    "javascript:1",
    "data:text/html,x",
    "blob:x",
    "//host/x",
    "\\\\host\\x",
    "%2F%2Fhost/x",
    "java\nscript:1",
    "#x",
    "",
    "C:\\x",
    "c%3A/x",
  ])
    target(bad, { kind: "none" });
});
