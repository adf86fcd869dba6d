import { Fragment, type ComponentChild, type VNode } from "preact";
import type { Token, Tokens } from "marked";
import { CodeBlock } from "./code-block";
import { isClosed, type Piece } from "./incremental";
import { Link } from "./links";
import { visible } from "./visible-text";

/** A piece of Markdown as elements. Raw HTML is text, an image is a link to where it lies: nothing loads by itself. */
export function renderPiece(piece: Piece): ComponentChild {
  const { token, items } = piece;
  if (items && token.type === "list")
    return list({ ...(token as Tokens.List), items: [...items, ...(token as Tokens.List).items] });
  return block(token);
}

function block(token: Token): ComponentChild {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "hr":
      return <hr />;
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      return (
        <div class={`md-heading md-h${depth}`} role="heading" aria-level={depth + 2} dir="auto">
          {inlines(tokens)}
        </div>
      );
    }
    case "code":
      return (
        <CodeBlock
          code={(token as Tokens.Code).text}
          lang={(token as Tokens.Code).lang ?? ""}
          closed={isClosed(token as Tokens.Code)}
        />
      );
    case "blockquote":
      return <blockquote dir="auto">{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    case "html":
      return <p dir="auto">{visible((token as Tokens.HTML).text.trimEnd())}</p>;
    case "paragraph":
    case "text": {
      const { tokens, text } = token as Tokens.Paragraph | Tokens.Text;
      return <p dir="auto">{tokens ? inlines(tokens) : visible(text)}</p>;
    }
    default:
      return inline(token);
  }
}

const blocks = (tokens: readonly Token[]): ComponentChild =>
  tokens.map((token, i) => <Fragment key={i}>{block(token)}</Fragment>);

/** Loose or tight look alike, so that a settled item never has to change. */
function list(token: Tokens.List): VNode {
  const items = token.items.map((item, i) => (
    <li key={i} class={item.task ? "md-task" : undefined} dir="auto">
      {item.task && !startsWithCheckbox(item) ? checkbox(item.checked ?? false) : null}
      {blocks(item.tokens)}
    </li>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={typeof token.start === "number" ? token.start : 1}>{items}</ol>;
}

const startsWithCheckbox = (item: Tokens.ListItem): boolean => {
  const first = item.tokens[0];
  return first?.type === "checkbox" || (first !== undefined && "tokens" in first && first.tokens?.[0]?.type === "checkbox");
};

const checkbox = (checked: boolean): VNode => (
  <span
    class={`codicon codicon-${checked ? "pass-filled" : "circle-large"} md-check`}
    role="img"
    aria-label={checked ? "done" : "to do"}
  />
);

function table(token: Tokens.Table): VNode {
  const cell = (value: Tokens.TableCell, i: number, head: boolean): VNode => {
    const align = value.align ? `md-${value.align}` : undefined;
    return head ? (
      <th key={i} scope="col" class={align} dir="auto">
        {inlines(value.tokens)}
      </th>
    ) : (
      <td key={i} class={align} dir="auto">
        {inlines(value.tokens)}
      </td>
    );
  };
  return (
    <div class="md-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>{token.header.map((value, i) => cell(value, i, true))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, r) => (
            <tr key={r}>{row.map((value, i) => cell(value, i, false))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const inlines = (tokens: readonly Token[]): ComponentChild =>
  tokens.map((token, i) => <Fragment key={i}>{inline(token)}</Fragment>);

function inline(token: Token): ComponentChild {
  switch (token.type) {
    case "text":
    case "escape": {
      const { tokens, text } = token as Tokens.Text;
      return tokens && tokens.length > 0 ? inlines(tokens) : visible(unescapeEntities(text));
    }
    case "strong":
      return <strong>{inlines((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{inlines((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{inlines((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{visible((token as Tokens.Codespan).text)}</code>;
    case "br":
      return <br />;
    case "checkbox":
      return checkbox((token as Tokens.Checkbox).checked);
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      return <Link href={href}>{inlines(tokens)}</Link>;
    }
    case "image": {
      const { href, text } = token as Tokens.Image;
      return (
        <Link href={href}>
          <span class="codicon codicon-file-media" aria-hidden="true" /> {visible(text ? `${text} (${href})` : href)}
        </Link>
      );
    }
    default:
      return visible("text" in token && typeof token.text === "string" ? token.text : token.raw);
  }
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** The few entities people write in prose; all others stay as they are. */
function unescapeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name) return entities[name.toLowerCase()] ?? whole;
      const code = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
