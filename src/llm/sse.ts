import { isAscii } from "node:buffer";

export interface SseEvent {
  event: string;
  data: string;
}

export interface SseDecoder {
  /** Whole events in this chunk. Throws LineTooLong. */
  push(chunk: Uint8Array): SseEvent[];
  /** The event whose blank line never came; only a terminal one may be believed. */
  end(): SseEvent | null;
}

export interface LineSplitter {
  push(chunk: Uint8Array): string[];
  /** The line that had no end. */
  end(): string;
}

export class LineTooLong extends Error {
  constructor(limit: number) {
    super(`the server sent a line of more than ${Math.round(limit / 2 ** 20)} MB`);
    this.name = "LineTooLong";
  }
}

export const maxLineChars = 16 * 2 ** 20;

/** Bytes to events by the server-sent-events standard; the work grows with the bytes, never with their square. */
export function createSseDecoder(limit = maxLineChars): SseDecoder {
  const lines = createLineSplitter(limit);
  let event = "";
  let data: string[] = [];
  let dataChars = 0;

  const dispatch = (into: SseEvent[]): void => {
    if (data.length > 0) into.push({ event, data: data.length === 1 ? (data[0] ?? "") : data.join("\n") });
    event = "";
    data = [];
    dataChars = 0;
  };

  const addData = (value: string): void => {
    dataChars += value.length;
    if (dataChars > limit) throw new LineTooLong(limit);
    data.push(value);
  };

  const field = (line: string): void => {
    if (line.startsWith("data:")) return addData(valueFrom(line, 5));
    if (line.startsWith("event:")) event = valueFrom(line, 6);
    else if (line === "data") addData("");
    else if (line === "event") event = "";
  };

  const take = (all: string[], events: SseEvent[]): void => {
    for (const line of all) {
      if (line === "") dispatch(events);
      else if (isBare(line.charCodeAt(0))) events.push({ event: "", data: line });
      else if (line.charCodeAt(0) !== colonCode) field(line);
    }
  };

  return {
    push(chunk) {
      const events: SseEvent[] = [];
      take(lines.push(chunk), events);
      return events;
    },
    end() {
      const events: SseEvent[] = [];
      take([lines.end(), ""], events);
      return events[0] ?? null;
    },
  };
}

const valueFrom = (line: string, at: number): string => line.slice(line.charCodeAt(at) === space ? at + 1 : at);

/** LF, CR and CR LF end a line, wherever the chunks were cut; a leading byte order mark is dropped. */
export function createLineSplitter(limit = maxLineChars): LineSplitter {
  const decoder = createUtf8Decoder();
  // Pieces of a line that goes on in the next chunk: joined once, when its end is seen.
  let pieces: string[] = [];
  let chars = 0;
  let skipLineFeed = false;

  const finish = (last: string): string => {
    const line = pieces.length === 0 ? last : pieces.join("") + last;
    pieces = [];
    chars = 0;
    return line;
  };

  const split = (text: string): string[] => {
    const lines: string[] = [];
    let from = 0;
    if (skipLineFeed && text !== "") {
      if (text.charCodeAt(0) === lineFeed) from = 1;
      skipLineFeed = false;
    }
    let feed = text.indexOf("\n", from);
    let carriage = text.indexOf("\r", from);
    while (feed >= 0 || carriage >= 0) {
      const isFeed = carriage < 0 || (feed >= 0 && feed < carriage);
      const end = isFeed ? feed : carriage;
      lines.push(finish(text.slice(from, end)));
      from = end + 1;
      if (!isFeed && from === text.length) skipLineFeed = true;
      else if (!isFeed && text.charCodeAt(from) === lineFeed) from++;
      if (feed >= 0 && feed < from) feed = text.indexOf("\n", from);
      if (carriage >= 0 && carriage < from) carriage = text.indexOf("\r", from);
    }
    if (from < text.length) {
      pieces.push(from === 0 ? text : text.slice(from));
      chars += text.length - from;
      if (chars > limit) throw new LineTooLong(limit);
    }
    return lines;
  };

  return {
    push: (chunk) => split(decoder.push(chunk)),
    end: () => [...split(decoder.end()), finish("")].at(-1) ?? "",
  };
}

/** Mostly a chunk is plain ASCII, and then taking it as it is costs a tenth of decoding it. A leading byte order mark is dropped. */
function createUtf8Decoder(): { push(chunk: Uint8Array): string; end(): string } {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun = false;
  /** Part of a character may wait in the decoder. */
  let open = false;
  const withoutMark = (text: string): string => {
    if (begun || text === "") return text;
    begun = true;
    return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
  };
  return {
    push(chunk) {
      const last = chunk.at(-1);
      if (last === undefined) return "";
      if (!open && isAscii(chunk)) return withoutMark(asBuffer(chunk).toString("latin1"));
      open = last >= 0x80;
      return withoutMark(decoder.decode(chunk, { stream: true }));
    },
    end: () => withoutMark(decoder.decode()),
  };
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** No field begins like this: a server's error or a proxy's page fell into the stream. Passing over it would hide the hole. */
const isBare = (code: number): boolean => code === brace || code === angle;

const byteOrderMark = 0xfeff;
const brace = 123;
const angle = 60;
const lineFeed = 10;
const colonCode = 58;
const space = 32;
