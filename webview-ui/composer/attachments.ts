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
  name: `Pasted text, ${lineCount(text).toLocaleString("en")} lines`,
  text,
});

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

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

/** A queued message back in the composer: its pictures and pasted texts as they were, the typed text to edit. */
export function takeApart(content: readonly Block[]): { text: string; attachments: Attachment[] } {
  const typed = content.findLast((block) => block.type === "text");
  const attachments = content.flatMap((block): Attachment[] => {
    if (block.type === "image")
      return [{ kind: "image", id: nextId++, name: "Picture", mediaType: block.mediaType, data: block.data }];
    return block.type === "text" && block !== typed ? [textAttachment(block.text)] : [];
  });
  if (typed?.type !== "text") return { text: "", attachments };
  return typed.text.length > largePaste
    ? { text: "", attachments: [...attachments, textAttachment(typed.text)] }
    : { text: typed.text, attachments };
}

/** "+500k" as a word of its own: keep working until about that much is used. */
export function tokenTarget(text: string): string | null {
  return /(?:^|\s)\+(\d+(?:\.\d+)?[kKmM])(?=\s|$)/.exec(text)?.[1] ?? null;
}
