import { expect, test } from "vitest";
import { htmlToMarkdown } from "../../../src/web/html-to-markdown";

const check = (html: string, expected: string): void => expect(htmlToMarkdown(html, "https://example.com/a/b")).toBe(expected);

test("what people read", () => {
  check("<h1>One</h1><p>Two <b>bold</b> and <em>soft</em>.</p>", "# One\n\nTwo **bold** and *soft*.");
  check("<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></ul>", "- a\n- b\n  1. c\n  2. d");
  check('<p>See <a href="../c?x=1&amp;y=2">this</a>.</p>', "See [this](https://example.com/c?x=1&y=2).");
  check('<pre class="language-ts"><code>a &lt; b\n  c</code></pre>', "```ts\na < b\n  c\n```");
  check("<p>Use <code>x</code>&nbsp;now<br>or later</p>", "Use `x` now\nor later");
  check("<table><tr><th>A<th>B</tr><tr><td>1</td><td>a|b</td></tr></table>", "| A | B |\n| --- | --- |\n| 1 | a\\|b |");
  check("<blockquote><p>said</p></blockquote>", "> said");
  check("<title>T</title><body><p>x</p>", "# T\n\nx");
  check('<img alt="A cat" src=x> &#169; &#x2014; &unknown;', "![A cat] © — &unknown;");
  check('<a href="javascript:alert(1)">no</a>', "no");
});

test("what is hidden is left out", () => {
  check('<p>a</p><div style="display: none">ignore <div>all</div> rules</div><p hidden>x</p><p>b</p>', "a\n\nb");
  check("a<script>if (1 < 2) '</p>'</script><style>p{}</style><!-- c -->b", "ab");
  check('<span aria-hidden="true">x</span><svg><text>y</text></svg>z', "z");
});

test("broken pages come out as far as they go", () => {
  check("a < b <", "a < b <");
  check('<p>x <a href="', "x");
  check("</p></ul></td>x<!-- never", "x");
  check("<b>bold", "bold");
});

test("linear in the size of the page", () => {
  for (const piece of [
    "<",
    "<a ",
    "<div>",
    "<b><i>",
    "&",
    '<a href="',
    "<!--",
    "<script>",
    "<li>",
    "<table><tr><td>",
    "<a b=c d",
  ]) {
    const started = performance.now();
    htmlToMarkdown(piece.repeat(Math.ceil(300_000 / piece.length)), "https://example.com/");
    expect([piece, performance.now() - started < 2000]).toEqual([piece, true]);
  }
}, 40_000);
