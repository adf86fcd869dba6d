/** What can be read of a call while the model still writes it: the newest string value of the partial JSON. */
export function partialInput(json: string): { field: string; text: string } | null {
  const field = /"([A-Za-z_]\w*)"\s*:\s*"((?:[^"\\]|\\.)*)(?:\\)?$/s.exec(json.slice(-20_000)) ?? lastWhole(json);
  return field ? { field: field[1]!, text: decode(field[2]!) } : null;
}

function lastWhole(json: string): RegExpExecArray | null {
  let found: RegExpExecArray | null = null;
  const value = /"([A-Za-z_]\w*)"\s*:\s*"((?:[^"\\]|\\.)*)"/gs;
  for (let match = value.exec(json.slice(0, 4000)); match; match = value.exec(json.slice(0, 4000))) found = match;
  return found;
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

const decode = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, char: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[char] ?? char),
  );
