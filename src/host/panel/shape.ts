/** Checks of values that crossed a boundary. A shape says yes to exactly what it names: unknown keys fail. */
export type Shape = (value: unknown) => boolean;

export const text =
  (limit: number): Shape =>
  (value) =>
    typeof value === "string" && value.length <= limit;

export const id: Shape = (value) => typeof value === "string" && /^[\w.:@/-]{1,200}$/.test(value);

export const whole: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

export const positive: Shape = (value) => typeof value === "number" && Number.isFinite(value) && value > 0;

export const flag: Shape = (value) => typeof value === "boolean";

export const oneOf =
  (...allowed: readonly (string | null)[]): Shape =>
  (value) =>
    allowed.includes(value as string | null);

export const nullable =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);

export const either =
  (...shapes: readonly Shape[]): Shape =>
  (value) =>
    shapes.some((shape) => shape(value));

export const list =
  (item: Shape, limit: number): Shape =>
  (value) =>
    Array.isArray(value) && value.length <= limit && value.every(item);

export const record =
  (item: Shape, limit: number): Shape =>
  (value) =>
    isPlain(value) &&
    Object.keys(value).length <= limit &&
    Object.entries(value).every(([key, entry]) => key.length <= 2_000 && item(entry));

/** Keys ending in `?` may be absent. */
export function object(fields: Record<string, Shape>): Shape {
  const known = Object.entries(fields).map(([key, shape]) => ({
    name: key.replace(/\?$/, ""),
    optional: key.endsWith("?"),
    shape,
  }));
  const names = new Set(known.map(({ name }) => name));
  return (value) =>
    isPlain(value) &&
    Object.keys(value).every((key) => names.has(key)) &&
    known.every(({ name, optional, shape }) => (Object.hasOwn(value, name) ? shape(value[name]) : optional));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
