import type { ImageBlock } from "../../../shared/protocol/messages";

export type Shown<T> = { ok: true; block: T; note: string } | { ok: false; message: string };

/** Above this an image is made smaller; models see no more than about this many pixels anyway. */
const maxPlain = 500_000;
const maxEdge = 1568;
/** The API takes 5 MB of base64. */
const maxSent = 3_700_000;
const maxPixels = 60_000_000;

export type ImageKind = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

export function imageKind(bytes: Uint8Array): ImageKind | null {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG\r\n\x1A\n")) return "image/png";
  if (start.startsWith("\xFF\xD8\xFF")) return "image/jpeg";
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return "image/gif";
  return start.startsWith("RIFF") && start.endsWith("WEBP") ? "image/webp" : null;
}

export async function showImage(bytes: Uint8Array, kind: ImageKind): Promise<Shown<ImageBlock>> {
  if (bytes.length <= maxPlain) return { ok: true, block: blockOf(bytes, kind), note: `${kind}, ${bytes.length} bytes` };
  const smaller = await shrink(bytes, kind).catch(() => null);
  if (smaller && smaller.bytes.length < bytes.length && smaller.bytes.length <= maxSent)
    return {
      ok: true,
      block: blockOf(smaller.bytes, "image/jpeg"),
      note: `${kind}, ${bytes.length} bytes, shown smaller: ${smaller.note}`,
    };
  if (bytes.length <= maxSent) return { ok: true, block: blockOf(bytes, kind), note: `${kind}, ${bytes.length} bytes` };
  return {
    ok: false,
    message: `The image has ${bytes.length} bytes; at most ${maxSent} can be shown, and ${canShrink(kind) ? "it could not be made smaller here" : `${kind} images are not made smaller here, only PNG and JPEG`}. Scale it down or turn it into a PNG first, e.g. with a command.`,
  };
}

const canShrink = (kind: ImageKind): boolean => kind === "image/png" || kind === "image/jpeg";

interface Pixels {
  width: number;
  height: number;
  /** RGBA */
  data: Uint8Array;
}

async function shrink(bytes: Uint8Array, kind: ImageKind): Promise<{ bytes: Uint8Array; note: string } | null> {
  const pixels = await decode(bytes, kind);
  if (!pixels) return null;
  const scale = Math.min(1, maxEdge / Math.max(pixels.width, pixels.height));
  const small = scaleDown(pixels, Math.max(1, Math.round(pixels.width * scale)), Math.max(1, Math.round(pixels.height * scale)));
  const { encode } = await import("jpeg-js");
  const jpeg = encode({ width: small.width, height: small.height, data: small.data }, 82);
  return { bytes: jpeg.data, note: `${small.width}×${small.height} of ${pixels.width}×${pixels.height}, JPEG` };
}

async function decode(bytes: Uint8Array, kind: ImageKind): Promise<Pixels | null> {
  if (kind === "image/png") {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(16) * view.getUint32(20) > maxPixels) return null;
    const { PNG } = await import("pngjs");
    return PNG.sync.read(Buffer.from(bytes));
  }
  if (kind !== "image/jpeg") return null;
  const { decode: decodeJpeg } = await import("jpeg-js");
  return decodeJpeg(bytes, { useTArray: true, maxResolutionInMP: maxPixels / 1e6, maxMemoryUsageInMB: 512 });
}

/** Mean of the pixels each new one covers, on white: JPEG has no transparency. */
function scaleDown({ width, height, data }: Pixels, toWidth: number, toHeight: number): Pixels {
  const result = new Uint8Array(toWidth * toHeight * 4);
  for (let y = 0; y < toHeight; y++) {
    const top = Math.floor((y * height) / toHeight);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / toHeight));
    for (let x = 0; x < toWidth; x++) {
      const left = Math.floor((x * width) / toWidth);
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / toWidth));
      let [red, green, blue] = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let at = (row * width + left) * 4, end = (row * width + right) * 4; at < end; at += 4) {
          const alpha = data[at + 3]! / 255;
          const white = 255 * (1 - alpha);
          red += data[at]! * alpha + white;
          green += data[at + 1]! * alpha + white;
          blue += data[at + 2]! * alpha + white;
        }
      }
      const count = (bottom - top) * (right - left);
      result.set([red / count, green / count, blue / count, 255], (y * toWidth + x) * 4);
    }
  }
  return { width: toWidth, height: toHeight, data: result };
}

const blockOf = (bytes: Uint8Array, mediaType: ImageKind): ImageBlock => ({
  type: "image",
  mediaType,
  data: Buffer.from(bytes).toString("base64"),
});
