import { Lexer, type Token, type Tokens, type TokensList } from "marked";

type Links = TokensList["links"];

/** A top-level piece of the document. `tokens` of a settled piece never change again, nor does its identity. */
export interface Piece {
  /** Stable while the piece lives: where it begins in the text. */
  key: number;
  token: Token;
  settled: boolean;
  /** Items of a list that is still growing, already settled; the token holds the rest. */
  items?: readonly Tokens.ListItem[];
}

const options = { gfm: true, breaks: false } as const;

/**
 * Markdown of a text that only grows. Settled blocks are never read again; only the open tail is lexed:
 * an open fence grows without lexing, a list settles its items, plain words join the last paragraph.
 */
export class IncrementalMarkdown {
  #text = "";
  #settled: Piece[] = [];
  #open: Piece[] = [];
  /** Where the open tail begins. */
  #from = 0;
  #items: Tokens.ListItem[] = [];
  #listKey = -1;
  #listToken: Tokens.List | null = null;
  #links: Links = Object.create(null) as Links;
  /** Characters handed to the lexer so far: the figure the bench watches. */
  lexed = 0;

  update(text: string): readonly Piece[] {
    // CR and tabs are normalised by the lexer: offsets would no longer fit.
    const clean = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    if (!clean.startsWith(this.#text)) this.#reset();
    const added = clean.slice(this.#text.length);
    const before = this.#text;
    this.#text = clean;
    if (added !== "" && !this.#growFence(added) && !this.#growWords(before, added)) this.#lexTail();
    return this.#settled.length === 0 ? this.#open : this.#settled.concat(this.#open);
  }

  #reset(): void {
    this.#text = "";
    this.#settled = [];
    this.#open = [];
    this.#from = 0;
    this.#forgetList();
    this.#links = Object.create(null) as Links;
  }

  #forgetList(): void {
    this.#items = [];
    this.#listKey = -1;
    this.#listToken = null;
  }

  #lexTail(): void {
    const tail = this.#text.slice(this.#from);
    const tokens = this.#lex(tail);
    const keep = this.#settleBlocks(tokens);
    this.#open = keep.map((token, i) => this.#piece(token, i));
    this.#settleItems();
  }

  #lex(tail: string): Token[] {
    this.lexed += tail.length;
    const lexer = new Lexer(options);
    Object.assign(lexer.tokens.links, this.#links);
    return lexer.lex(tail);
  }

  #piece(token: Token, i: number): Piece {
    const key = i === 0 && this.#listKey >= 0 ? this.#listKey : this.#from + i;
    const piece: Piece = { key, token, settled: false };
    if (i === 0 && this.#listToken && token.type === "list") {
      piece.items = this.#items;
      piece.token = { ...token, start: this.#listToken.start, ordered: this.#listToken.ordered };
    }
    return piece;
  }

  /** A block is done when another one stands behind it whose first line is complete. Returns the open rest. */
  #settleBlocks(tokens: Token[]): Token[] {
    let last = tokens.length - 1;
    while (last >= 0 && tokens[last]!.type === "space") last--;
    // The block that begins with the last line may still turn out to belong to the one before it.
    const lineStart = this.#text.lastIndexOf("\n") + 1;
    // A line of nothing but marks yet (`-`, `==`, `|`) may become anything, and take the line above with it.
    if (lineStart < this.#text.length && /^[\s\p{P}\p{S}\d]*$/u.test(this.#text.slice(lineStart))) return tokens;
    const ends = offsets(tokens, this.#from);
    while (last > 0 && ends[last]! - tokens[last]!.raw.trimStart().length >= lineStart) last--;
    let done = 0;
    while (done < last && isWhole(tokens[done]!)) done++;
    if (ends.at(-1) !== this.#text.length || done === 0) return tokens;
    for (let i = 0; i < done; i++) {
      const token = tokens[i]!;
      const piece = this.#piece(token, i);
      if (i === 0 && this.#listKey >= 0 && token.type !== "list") this.#settleOpenList();
      this.#settled.push({ ...piece, key: i === 0 && piece.items ? this.#listKey : ends[i]! - token.raw.length, settled: true });
      if (token.type === "def") this.#links[(token as Tokens.Def).tag] ??= token as Tokens.Def;
    }
    this.#from = ends[done - 1]!;
    this.#forgetList();
    return tokens.slice(done);
  }

  /** The tail turned out to be no list any more: what was settled of it stands alone. */
  #settleOpenList(): void {
    if (this.#listToken)
      this.#settled.push({ key: this.#listKey, token: { ...this.#listToken, items: [] }, settled: true, items: this.#items });
  }

  /** All items of an open list but the last two are done; the list goes on from there. */
  #settleItems(): void {
    const first = this.#open[0];
    if (!first || first.token.type !== "list") return;
    const list = first.token as Tokens.List;
    const done = list.items.slice(0, -2);
    const bytes = done.reduce((n, item) => n + item.raw.length, 0);
    if (
      bytes < 60 ||
      !list.items.every(startsFlush) ||
      this.#text.slice(this.#from, this.#from + bytes) !== done.map((item) => item.raw).join("")
    )
      return;
    if (this.#listKey < 0) this.#listKey = this.#from;
    this.#listToken ??= list;
    this.#items = this.#items.concat(done);
    this.#from += bytes;
    const rest: Tokens.List = { ...list, start: this.#listToken.start, raw: list.raw.slice(bytes), items: list.items.slice(-2) };
    this.#open = [{ key: this.#listKey, token: rest, settled: false, items: this.#items }, ...this.#open.slice(1)];
  }

  /** Inside an open fence nothing means anything until its end. */
  #growFence(added: string): boolean {
    const piece = this.#open.at(-1);
    if (piece?.token.type !== "code") return false;
    const token = piece.token as Tokens.Code;
    const fence = /^(`{3,}|~{3,})[^\n]*\n/.exec(token.raw);
    if (!fence || isClosed(token)) return false;
    const mark = fence[1]![0]!;
    // A fence mark on the open line needs the lexer's judgement.
    if (added.includes(mark) || token.raw.slice(token.raw.lastIndexOf("\n")).includes(mark)) return false;
    const raw = token.raw + added;
    const body = raw.slice(fence[0].length);
    // As the lexer does: one last line end belongs to the fence, several belong to the code.
    const text = /[^\n]\n$/.test(body) ? body.slice(0, -1) : body;
    this.#open = [...this.#open.slice(0, -1), { ...piece, token: { ...token, raw, text } }];
    return true;
  }

  /** Letters and spaces after a line that already began with a letter can only lengthen its last text. */
  #growWords(before: string, added: string): boolean {
    if (!/^[\p{L} ,]*\p{L}$/u.test(added)) return false;
    const piece = this.#open.at(-1);
    if (piece?.token.type !== "paragraph") return false;
    const paragraph = piece.token as Tokens.Paragraph;
    const last = paragraph.tokens.at(-1);
    if (last?.type !== "text" || paragraph.tokens.length === 0) return false;
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (!/^\p{L}/u.test(line) || !/[\p{L},.;] ?$/u.test(line) || /(?:www|:\/\/|@)\S*$/i.test(line)) return false;
    if (!last.raw.endsWith(line.slice(-2)) || (last as Tokens.Text).text !== last.raw) return false;
    const text = { ...last, raw: last.raw + added, text: last.raw + added };
    const grown = {
      ...paragraph,
      raw: paragraph.raw + added,
      text: paragraph.text + added,
      tokens: [...paragraph.tokens.slice(0, -1), text],
    };
    this.#open = [...this.#open.slice(0, -1), { ...piece, token: grown }];
    return true;
  }
}

/** The whole text at once: what the incremental result must equal. */
export function parseWhole(text: string): readonly Piece[] {
  let key = 0;
  return new Lexer(options).lex(text).map((token) => ({ key: key++, token, settled: true }));
}

export const isClosed = (token: Tokens.Code): boolean => {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  if (!fence) return true;
  const last = token.raw.trimEnd().split("\n").at(-1)!.trim();
  return token.raw.includes("\n") && last.length >= fence.length && last === fence[0]!.repeat(last.length);
};

const isWhole = (token: Token): boolean => token.type !== "code" || isClosed(token as Tokens.Code);

const startsFlush = (item: Tokens.ListItem): boolean => /^(?:[-*+]|\d{1,9}[.)]) \S/.test(item.raw);

function offsets(tokens: readonly Token[], from: number): number[] {
  let at = from;
  return tokens.map((token) => (at += token.raw.length));
}
