type Input = Record<string, unknown>;

const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** All that tells these arguments from others, without making one long text of them: they may be a whole file. */
export const identityOf = (input: Input): string[] =>
  Object.entries(input).flatMap(([name, value]) => {
    const text = asText(value);
    return [`${JSON.stringify(name)} ${typeof value} ${text.length}:`, text];
  });

/** The reply has all of it in a moment; this copy is for the case that it never comes. */
const mostLogged = 16_000;

export function loggedInput(input: Input): Input {
  const texts = Object.entries(input).map(([name, value]) => ({ name, value, text: asText(value) }));
  if (texts.reduce((sum, { text }) => sum + text.length, 0) <= mostLogged) return input;
  return Object.fromEntries(
    texts.map(({ name, value, text }) => [
      name,
      text.length > 1_000 ? `${text.slice(0, 500)} … [${text.length} characters in all]` : value,
    ]),
  );
}
