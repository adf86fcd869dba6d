import { createTerminalText, plainText } from "../shared/terminal-text";

/** Characters of output that go to the model; the rest is on disk. */
const MOST = 30_000;

export interface OutputEnds {
  head: string;
  tail: string;
  omittedBytes: number;
}

/** Text of the first and last bytes. `head` is everything when it fits. */
export function outputEnds(head: Uint8Array, tail: Uint8Array, totalBytes: number): OutputEnds {
  if (head.length + tail.length >= totalBytes) {
    const text = plainText(decode(Buffer.concat([head, tail])));
    if (text.length <= MOST) return { head: text, tail: "", omittedBytes: 0 };
    const first = firstChars(text, MOST / 2);
    const last = lastChars(text, MOST / 2);
    return {
      head: first,
      tail: last,
      omittedBytes: Buffer.byteLength(text) - Buffer.byteLength(first) - Buffer.byteLength(last),
    };
  }
  const first = firstChars(plainText(decode(withoutCutEnd(head))), MOST / 2);
  const last = lastChars(plainText(decode(withoutCutStart(tail))), MOST / 2);
  return { head: first, tail: last, omittedBytes: Math.max(1, totalBytes - Buffer.byteLength(first) - Buffer.byteLength(last)) };
}

/** Bytes that arrive in pieces, some left out, as text without control sequences. */
export function createOutputText(): (bytes: Uint8Array, skipped: number) => string {
  let decoder = new TextDecoder();
  let plain = createTerminalText();
  return (bytes, skipped) => {
    if (skipped === 0) return plain.push(decoder.decode(bytes, { stream: true }));
    decoder = new TextDecoder();
    plain = createTerminalText();
    return `\n[${skipped} bytes not shown]\n${plain.push(decoder.decode(withoutCutStart(bytes), { stream: true }))}`;
  };
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A character cut in two at the end; not more than its three bytes, so binary data stays as it is. */
function withoutCutEnd(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function withoutCutStart(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < Math.min(3, bytes.length) && ((bytes[from] as number) & 0xc0) === 0x80) from++;
  return bytes.subarray(from);
}

function firstChars(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, isLowSurrogate(text, most) ? most - 1 : most);
}

function lastChars(text: string, most: number): string {
  if (text.length <= most) return text;
  const from = text.length - most;
  return text.slice(isLowSurrogate(text, from) ? from + 1 : from);
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
