import { htmlTokens, type HtmlToken } from "./html-tokens";

/** A page as Markdown: headings, lists, links, code, tables. What the page hides from people is left out. */
export function htmlToMarkdown(html: string, base: string): string {
  const page = new Page(base);
  for (const token of htmlTokens(html)) page.take(token);
  return page.finish();
}

type Open = Extract<HtmlToken, { kind: "open" }>;

const blocks = new Set(
  "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
const empty = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
const marks: Record<string, string> = {
  strong: "**",
  b: "**",
  em: "*",
  i: "*",
  code: "`",
  kbd: "`",
  samp: "`",
  del: "~~",
  s: "~~",
};

/** Where the text of an element starts, so that its end can wrap it. */
interface Frame {
  name: string;
  start: number;
  href?: string;
  mark?: string;
  /** Number of the next item of an ordered list. */
  count?: number;
}

class Page {
  readonly #base: string;
  readonly #frames: Frame[] = [];
  #out: string[] = [];
  /** Joined only once: a page of a million pieces must not be copied a million times. */
  #line: string[] = [];
  #title = "";
  #inTitle = false;
  /** Name and depth of the hidden element we are in. */
  #hidden: { name: string; depth: number } | null = null;
  #pre: { language: string; text: string } | null = null;
  #prefix = "";
  #cells: string[] | null = null;
  /** Text of the cell we are in. */
  #cell: string[] | null = null;
  #rows = 0;

  constructor(base: string) {
    this.#base = base;
  }

  take(token: HtmlToken): void {
    if (this.#hidden) return this.#skip(token);
    if (token.kind === "text") return this.#text(token.text);
    if (token.kind === "open") return this.#open(token);
    this.#close(token.name);
  }

  finish(): string {
    if (this.#pre) this.#endPre();
    this.#endRow();
    this.#break();
    const body = this.#out
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
    const title = this.#title.trim().replace(/\s+/g, " ");
    return title && !body.startsWith(`# ${title}`) ? `# ${title}\n\n${body}` : body;
  }

  #skip(token: HtmlToken): void {
    const hidden = this.#hidden!;
    if (token.kind === "text" || token.name !== hidden.name) return;
    hidden.depth += token.kind === "open" ? 1 : -1;
    if (hidden.depth === 0) this.#hidden = null;
  }

  #text(text: string): void {
    if (this.#inTitle) this.#title += text;
    else if (this.#pre) this.#pre.text += text;
    else if (this.#cells) this.#cell?.push(text);
    else {
      const plain = text.replace(/\s+/g, " ");
      const last = this.#line.at(-1);
      const words = last === undefined || last.endsWith(" ") ? plain.trimStart() : plain;
      if (words) this.#line.push(words);
    }
  }

  #open({ name, attributes, selfClosing }: Open): void {
    if (isHidden(attributes)) {
      if (!empty.has(name) && !selfClosing) this.#hidden = { name, depth: 1 };
      return;
    }
    if (name === "title") this.#inTitle = this.#title === "";
    else if (name === "br") this.#lineBreak();
    else if (name === "hr") this.#block("---");
    else if (name === "img") this.#image(attributes);
    else if (this.#pre) return;
    else if (name === "pre") this.#startPre(attributes);
    else if (name === "tr") this.#startRow();
    else if (name === "td" || name === "th") this.#startCell();
    else if (this.#cells) return;
    else if (name === "a") this.#enter({ name, start: this.#line.length, href: attributes.get("href") ?? "" });
    else if (marks[name]) this.#enter({ name, start: this.#line.length, mark: marks[name]! });
    else if (blocks.has(name)) this.#openBlock(name, attributes);
  }

  #openBlock(name: string, attributes: Map<string, string>): void {
    this.#break();
    if (name === "li") return this.#item();
    if (name === "ul" || name === "ol") {
      if (!this.#lists().length) this.#blank();
      this.#enter({ name, start: 0, ...(name === "ol" && { count: Number(attributes.get("start")) || 1 }) });
    } else if (/^h[1-6]$/.test(name)) {
      this.#blank();
      this.#prefix = `${"#".repeat(Number(name[1]))} `;
    } else {
      if (name === "blockquote") this.#enter({ name, start: 0 });
      if (name !== "dd" && name !== "dt") this.#blank();
    }
  }

  #close(name: string): void {
    if (name === "title") this.#inTitle = false;
    else if (name === "pre") this.#endPre();
    else if (name === "td" || name === "th") this.#endCell();
    else if (name === "tr") this.#endRow();
    else if (name === "a" || marks[name]) this.#wrap(name);
    else if (blocks.has(name) && !this.#pre && !this.#cells) {
      this.#break();
      if (name === "ul" || name === "ol" || name === "blockquote") this.#leave(name);
      if (name !== "li" && name !== "dt" && !((name === "ul" || name === "ol") && this.#lists().length)) this.#blank();
      this.#prefix = "";
    }
  }

  #wrap(name: string): void {
    const frame = this.#leave(name);
    if (!frame || frame.start > this.#line.length) return;
    const text = this.#line.splice(frame.start).join("");
    const inner = text.trim();
    if (!inner) return;
    const before = text.startsWith(" ") ? " " : "";
    const after = text.endsWith(" ") ? " " : "";
    const link = frame.href && this.#absolute(frame.href);
    this.#line.push(before + (frame.mark ? frame.mark + inner + frame.mark : link ? `[${inner}](${link})` : inner) + after);
  }

  #lineBreak(): void {
    if (this.#pre) this.#pre.text += "\n";
    else if (this.#cells) this.#cell?.push(" ");
    else this.#break();
  }

  /** Nobody nests deeper on purpose. */
  #enter(frame: Frame): void {
    if (this.#frames.length < 64) this.#frames.push(frame);
  }

  #leave(name: string): Frame | undefined {
    const at = this.#frames.findLastIndex((frame) => frame.name === name);
    return at < 0 ? undefined : this.#frames.splice(at, 1)[0];
  }

  #image(attributes: Map<string, string>): void {
    const alt = attributes.get("alt")?.trim();
    if (alt) this.#text(`![${alt}]`);
  }

  #lists(): Frame[] {
    return this.#frames.filter((frame) => frame.name === "ul" || frame.name === "ol");
  }

  #item(): void {
    const lists = this.#lists();
    const list = lists.at(-1);
    const bullet = list?.count === undefined ? "- " : `${list.count++}. `;
    this.#prefix = "  ".repeat(Math.min(Math.max(0, lists.length - 1), 10)) + bullet;
  }

  #startPre(attributes: Map<string, string>): void {
    this.#break();
    this.#pre = {
      language: /(?:language|lang|highlight-source)-([\w+#-]+)/.exec(attributes.get("class") ?? "")?.[1] ?? "",
      text: "",
    };
  }

  #endPre(): void {
    if (!this.#pre) return;
    const { language, text } = this.#pre;
    this.#pre = null;
    const fence = text.includes("```") ? "````" : "```";
    this.#block(`${fence}${language}\n${text.replace(/^\n/, "").trimEnd()}\n${fence}`);
  }

  #startRow(): void {
    this.#endRow();
    this.#break();
    this.#cells = [];
  }

  #startCell(): void {
    this.#endCell();
    if (this.#cells) this.#cell = [];
    else this.#break();
  }

  #endCell(): void {
    if (this.#cell) this.#cells?.push(this.#cell.join("").replace(/\s+/g, " ").trim().replaceAll("|", "\\|"));
    this.#cell = null;
  }

  #endRow(): void {
    if (!this.#cells) return;
    this.#endCell();
    const cells = this.#cells;
    this.#cells = null;
    if (!cells.some(Boolean)) return;
    if (this.#out.at(-1)?.startsWith("|") !== true) this.#rows = 0;
    this.#out.push(`| ${cells.join(" | ")} |`);
    if (this.#rows++ === 0) this.#out.push(`|${" --- |".repeat(cells.length)}`);
  }

  #block(text: string): void {
    this.#break();
    this.#blank();
    this.#out.push(text, "");
  }

  #blank(): void {
    if (this.#out.length && this.#out.at(-1) !== "") this.#out.push("");
  }

  #break(): void {
    const line = this.#line.join("").trim();
    this.#line = [];
    for (const frame of this.#frames) if (frame.mark || frame.href !== undefined) frame.start = 0;
    if (!line) return;
    const quote = this.#frames.some((frame) => frame.name === "blockquote") ? "> " : "";
    this.#out.push(quote + this.#prefix + line);
    this.#prefix = "";
  }

  #absolute(href: string): string {
    if (!href || href.startsWith("#") || !URL.canParse(href, this.#base)) return "";
    const url = new URL(href, this.#base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  }
}

const isHidden = (attributes: Map<string, string>): boolean =>
  attributes.has("hidden") ||
  attributes.get("aria-hidden") === "true" ||
  /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])/i.test(
    attributes.get("style") ?? "",
  );
