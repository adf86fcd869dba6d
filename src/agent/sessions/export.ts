import type { AgentEvent, Recorded } from "../../shared/protocol/agent";
import type { Block, ResultContent } from "../../shared/protocol/messages";

export type ExportFormat = "markdown" | "html" | "json";

/** Turns records into pieces of a document, one at a time, so that a long session is never held whole. */
export interface Exporter {
  start(title: string): string;
  record(recorded: Recorded): string;
  end(): string;
}

/** A part of the conversation as people read it, whatever the document looks like. */
interface Part {
  kind: "user" | "assistant" | "tool" | "note";
  title: string;
  at: number;
  pieces: Piece[];
}

type Piece = { kind: "prose"; text: string } | { kind: "code"; text: string; label: string } | { kind: "image"; source: string };

export function exporter(format: ExportFormat): Exporter {
  if (format === "json") return jsonExporter();
  return format === "html" ? htmlExporter : markdownExporter;
}

const markdownExporter: Exporter = {
  start: (title) => `# ${title.replace(/\s+/g, " ")}\n`,
  record: (recorded) => partsOf(recorded).map(markdownPart).join(""),
  end: () => "",
};

/** No script, nothing fetched, everything escaped. */
const htmlExporter: Exporter = {
  start: (title) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark; }
section { margin: 1rem 0; padding: 0.5rem 1rem; border-left: 0.25rem solid gray; overflow-wrap: anywhere; }
.user { border-color: royalblue; } .assistant { border-color: seagreen; } .tool, .note { opacity: 0.85; }
h2 { font-size: 0.9rem; margin: 0; } time { font-weight: normal; opacity: 0.7; }
p, pre { white-space: pre-wrap; } pre { max-height: 30rem; overflow: auto; font-size: 0.85rem; } img { max-width: 100%; }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
`,
  record: (recorded) => partsOf(recorded).map(htmlPart).join(""),
  end: () => "</body>\n</html>\n",
};

function jsonExporter(): Exporter {
  let separator = "";
  return {
    start: (title) => `{"format":"stride-export","version":1,"title":${JSON.stringify(title)},"records":[`,
    record(recorded) {
      const text = `${separator}\n${JSON.stringify(recorded)}`;
      separator = ",";
      return text;
    },
    end: () => "\n]}\n",
  };
}

function partsOf({ at, event }: Recorded): Part[] {
  const part = describe(event);
  return part && part.pieces.length > 0 ? [{ ...part, at }] : [];
}

function describe(event: AgentEvent): Omit<Part, "at"> | null {
  switch (event.type) {
    case "user_message":
      return { kind: "user", title: "You", pieces: event.message.content.flatMap(piecesOf) };
    case "assistant_message":
      return { kind: "assistant", title: `Stride (${event.model})`, pieces: event.message.content.flatMap(piecesOf) };
    case "tool_finished":
      return { kind: "tool", title: `${event.name}: ${event.outcome}`, pieces: event.result.content.flatMap(piecesOf) };
    case "context_reduced":
      return {
        kind: "note",
        title: "Context",
        pieces: [{ kind: "prose", text: `Made room for ${event.freedTokens} tokens (level ${event.level}).` }],
      };
    case "turn_ended":
      return event.problem
        ? {
            kind: "note",
            title: "Problem",
            pieces: [{ kind: "prose", text: [event.problem.message, event.problem.next].filter(Boolean).join(" ") }],
          }
        : null;
    default:
      return null;
  }
}

function piecesOf(block: Block | ResultContent): Piece[] {
  switch (block.type) {
    case "text":
      return block.text.trim() ? [{ kind: "prose", text: block.text }] : [];
    case "tool_use":
      return [{ kind: "code", label: block.name, text: JSON.stringify(block.input, null, 2) }];
    case "tool_result":
      return block.content.flatMap(piecesOf);
    case "image":
      return [{ kind: "image", source: `data:${block.mediaType};base64,${block.data}` }];
    case "document":
      return [{ kind: "prose", text: `[document: ${block.title ?? block.mediaType}]` }];
    default:
      return [];
  }
}

function markdownPart({ kind, title, at, pieces }: Part): string {
  const body = pieces.map((piece) => {
    if (piece.kind === "image") return `![image](${piece.source})`;
    if (piece.kind === "prose" && kind !== "tool") return piece.text;
    const fence = "`".repeat(Math.max(3, ...[...piece.text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    return `${piece.kind === "code" ? `**${piece.label}**\n\n` : ""}${fence}\n${piece.text}\n${fence}`;
  });
  return `\n## ${title} · ${timeOf(at)}\n\n${body.join("\n\n")}\n`;
}

function htmlPart({ kind, title, at, pieces }: Part): string {
  const body = pieces.map((piece) => {
    if (piece.kind === "image") return `<img alt="image" src="${escapeHtml(piece.source)}">`;
    if (piece.kind === "code") return `<p><strong>${escapeHtml(piece.label)}</strong></p>\n<pre>${escapeHtml(piece.text)}</pre>`;
    return kind === "tool" ? `<pre>${escapeHtml(piece.text)}</pre>` : `<p>${escapeHtml(piece.text)}</p>`;
  });
  return `<section class="${kind}">\n<h2>${escapeHtml(title)} <time>${timeOf(at)}</time></h2>\n${body.join("\n")}\n</section>\n`;
}

const timeOf = (at: number): string =>
  Number.isFinite(at) && Math.abs(at) < 8e15 ? new Date(at).toISOString().slice(0, 16).replace("T", " ") : "";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign]!);
