const HEADER = 8;
const LARGEST = 256 * 1024 * 1024;

/** length of all that follows · length of the JSON part · JSON · bytes */
export function encodeFrame(message: object, payload?: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const size = payload?.byteLength ?? 0;
  const frame = Buffer.allocUnsafe(HEADER + json.length + size);
  frame.writeUInt32BE(4 + json.length + size, 0);
  frame.writeUInt32BE(json.length, 4);
  json.copy(frame, HEADER);
  if (payload) frame.set(payload, HEADER + json.length);
  return frame;
}

/** Feeds on chunks of any size; the bytes of a frame are copied once at most. */
export function createFrameReader<T>(onFrame: (message: T, payload: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need = HEADER;
  return (chunk) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, have);
    for (;;) {
      need = rest.length < HEADER ? HEADER : 4 + rest.readUInt32BE(0);
      if (need > LARGEST) throw new Error(`frame of ${need} bytes`);
      if (rest.length < need || rest.length < HEADER) break;
      const jsonEnd = HEADER + rest.readUInt32BE(4);
      onFrame(JSON.parse(rest.toString("utf8", HEADER, jsonEnd)) as T, rest.subarray(jsonEnd, need));
      rest = rest.subarray(need);
    }
    chunks = rest.length > 0 ? [rest] : [];
    have = rest.length;
  };
}
