/** Values from the wire: `unknown` until one of these has looked at them. */
export type Json = Record<string, unknown>;

export const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);

export const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
