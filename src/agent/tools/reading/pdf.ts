import type { DocumentBlock } from "../../../shared/protocol/messages";
import { messageOf } from "../../../shared/errors";
import type { Shown } from "./image";

const maxWhole = 10;
const maxPages = 20;
const maxSent = 15_000_000;

export const isPdf = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 5)) === "%PDF-";

/** `pages`: "3" or "2-8"; without it the whole document when it is short. */
export async function showPdf(bytes: Uint8Array, title: string, pages: string | undefined): Promise<Shown<DocumentBlock>> {
  const range = pages === undefined ? null : parsePages(pages);
  if (range === "invalid") return refuse(`pages must be like "3" or "2-8", not "${pages}".`);
  if (range && range.last - range.first >= maxPages)
    return refuse(`At most ${maxPages} pages can be read in a call; ask for fewer.`);
  const { PDFDocument } = await import("@cantoo/pdf-lib");
  let source;
  try {
    source = await PDFDocument.load(bytes, { updateMetadata: false });
  } catch (error) {
    const locked = /encrypt/i.test(messageOf(error));
    return refuse(
      locked
        ? "The PDF is protected by a password. Ask the user for an open copy."
        : `The PDF is damaged (${messageOf(error).slice(0, 120)}). Try pdftotext in Bash.`,
    );
  }
  const count = source.getPageCount();
  if (!range && count > maxWhole)
    return refuse(`The PDF has ${count} pages. Give pages, e.g. "1-${maxWhole}", at most ${maxPages} a call.`);
  if (range && range.first > count) return refuse(`The PDF has only ${count} pages.`);
  if (!range) return send(bytes, title, `${count} pages`);
  const last = Math.min(range.last, count);
  const part = await PDFDocument.create();
  const indices = Array.from({ length: last - range.first + 1 }, (_, at) => range.first - 1 + at);
  for (const page of await part.copyPages(source, indices)) part.addPage(page);
  return send(await part.save(), title, `pages ${range.first}-${last} of ${count}`);
}

function send(bytes: Uint8Array, title: string, note: string): Shown<DocumentBlock> {
  if (bytes.length > maxSent)
    return refuse(`${note}: ${bytes.length} bytes are too many to send; ask for fewer pages, or use pdftotext in Bash.`);
  const data = Buffer.from(bytes).toString("base64");
  return { ok: true, block: { type: "document", mediaType: "application/pdf", data, title }, note };
}

function parsePages(pages: string): { first: number; last: number } | "invalid" {
  const match = /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(pages);
  if (!match) return "invalid";
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last >= first ? { first, last } : "invalid";
}

const refuse = (message: string): { ok: false; message: string } => ({ ok: false, message });
