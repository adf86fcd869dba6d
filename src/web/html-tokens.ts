export type HtmlToken =
  | { kind: "text"; text: string }
  | { kind: "open"; name: string; attributes: Map<string, string>; selfClosing: boolean }
  | { kind: "close"; name: string };

/** Their content is no text to read. */
const raw = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "math",
  "iframe",
  "object",
  "canvas",
  "textarea",
  "select",
]);

/** Tags and text in one pass over the page; what is broken is taken as text, nothing is looked at twice. */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) return yield { kind: "text", text: decodeEntities(html.slice(at)) };
    if (open > at) yield { kind: "text", text: decodeEntities(html.slice(at, open)) };
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      if (end < 0) return;
      at = end + 3;
      continue;
    }
    const next = html[open + 1] ?? "";
    if (next === "!" || next === "?") {
      const end = html.indexOf(">", open);
      if (end < 0) return;
      at = end + 1;
      continue;
    }
    const tag = readTag(html, open);
    if (!tag) {
      yield { kind: "text", text: "<" };
      at = open + 1;
      continue;
    }
    at = tag.end;
    if (tag.token.kind === "open" && raw.has(tag.token.name) && !tag.token.selfClosing) at = endOfRaw(html, at, tag.token.name);
    else yield tag.token;
  }
}

function readTag(html: string, open: number): { token: HtmlToken; end: number } | null {
  const name = stickyMatch(/<(\/?)([a-zA-Z][^\s/>]*)/y, html, open);
  if (!name) return null;
  const tag = name[2]!.toLowerCase();
  const attributes = new Map<string, string>();
  let at = open + name[0].length;
  for (;;) {
    at += stickyMatch(/[\s/]*/y, html, at)![0].length;
    if (at >= html.length) return { token: { kind: "text", text: "" }, end: at };
    if (html[at] === ">") {
      const token: HtmlToken = name[1]
        ? { kind: "close", name: tag }
        : { kind: "open", name: tag, attributes, selfClosing: html[at - 1] === "/" };
      return { token, end: at + 1 };
    }
    const attribute = stickyMatch(/([^\s=>/]+|=)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y, html, at);
    if (!attribute) return { token: { kind: "text", text: "" }, end: at + 1 };
    attributes.set(attribute[1]!.toLowerCase(), decodeEntities(attribute[2] ?? attribute[3] ?? attribute[4] ?? ""));
    at += attribute[0].length;
  }
}

function stickyMatch(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function endOfRaw(html: string, from: number, name: string): number {
  const closing = new RegExp(`</${name}[\\s/>]`, "gi");
  closing.lastIndex = from;
  const match = closing.exec(html);
  if (!match) return html.length;
  const end = html.indexOf(">", match.index);
  return end < 0 ? html.length : end + 1;
}

const named: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  bull: "•",
  middot: "·",
  times: "×",
  divide: "÷",
  deg: "°",
  plusmn: "±",
  para: "¶",
  sect: "§",
  euro: "€",
  pound: "£",
  yen: "¥",
  cent: "¢",
  larr: "←",
  rarr: "→",
  uarr: "↑",
  darr: "↓",
  harr: "↔",
  rArr: "⇒",
  le: "≤",
  ge: "≥",
  ne: "≠",
  infin: "∞",
  micro: "µ",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  szlig: "ß",
  eacute: "é",
  egrave: "è",
  agrave: "à",
  aacute: "á",
  ccedil: "ç",
  ntilde: "ñ",
  oacute: "ó",
  iacute: "í",
  uacute: "ú",
  ecirc: "ê",
  acirc: "â",
  ocirc: "ô",
  oslash: "ø",
  aring: "å",
  aelig: "æ",
  alpha: "α",
  beta: "β",
  lambda: "λ",
  pi: "π",
  check: "✓",
  shy: "",
  zwj: "",
  zwnj: "",
  lbrace: "{",
  rbrace: "}",
  lbrack: "[",
  rbrack: "]",
  lpar: "(",
  rpar: ")",
  ast: "*",
  num: "#",
  colon: ":",
  comma: ",",
  period: ".",
  quest: "?",
  excl: "!",
  sol: "/",
  bsol: "\\",
  lowbar: "_",
  grave: "`",
  vert: "|",
  equals: "=",
  plus: "+",
  minus: "−",
  dollar: "$",
  percnt: "%",
};

export const decodeEntities = (text: string): string =>
  text.includes("&")
    ? text.replace(
        /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g,
        (whole, decimal?: string, hex?: string, name?: string) => {
          if (name) return named[name] ?? whole;
          const code = decimal ? Number(decimal) : parseInt(hex!, 16);
          return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "";
        },
      )
    : text;
