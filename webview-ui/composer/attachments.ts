import type { Block } from "../../src/shared/protocol/messages";

export type Attachment =
  | { kind: "image"; id: number; name: string; mediaType: string; data: string }
  | { kind: "text"; id: number; name: string; text: string };

export const largestImage = 5 * 1024 * 1024;
/** A paste over this becomes a chip: a text field would freeze on megabytes. */
export const largePaste = 20_000;

const imageTypes = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
let nextId = 1;

export const textAttachment = (text: string): Attachment => ({
  kind: "text",
  id: nextId++,
  name: `Pasted text, ${text.split("\n", 100_000).length.toLocaleString("en")} lines`,
  text,
});

export async function readImage(file: File): Promise<Attachment | { problem: string }> {
  if (!imageTypes.has(file.type))
    return { problem: `${file.name || "This file"} is not a PNG, JPEG, GIF or WebP picture. Mention files with @ instead.` };
  if (file.size > largestImage) {
    const size = (file.size / 1024 / 1024).toFixed(1);
    return { problem: `This picture has ${size} MB; 5 MB is the most. Make it smaller or cut out the part that matters.` };
  }
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("the picture could not be read"));
    reader.readAsDataURL(file);
  });
  return {
    kind: "image",
    id: nextId++,
    name: file.name || "Picture",
    mediaType: file.type,
    data: url.slice(url.indexOf(",") + 1),
  };
}

/** What is sent: pictures first, then pasted texts, then what was typed. */
export function contentOf(text: string, attachments: readonly Attachment[]): Block[] {
  const blocks: Block[] = attachments.map((one) =>
    one.kind === "image"
      ? { type: "image", mediaType: one.mediaType, data: one.data }
      : { type: "text", text: one.text, origin: "user" },
  );
  if (text.trim() !== "") blocks.push({ type: "text", text, origin: "user" });
  return blocks;
}
