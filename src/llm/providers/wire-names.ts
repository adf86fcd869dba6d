/** Models call tools that are none, by names no provider takes back: the history must stay one that may be sent. */
export const wireName = (name: string): string => name.replace(/[^\w-]/g, "_").slice(0, 64) || "unknown";

/** Servers of one dialect number calls as another forbids; OpenAI's own gets its ids back as they were. */
export const wireId = (id: string): string => id.replace(/[^\w-]/g, "_");
