/** Shapes of credentials, wherever they turn up in logs, audit records or error texts. */
const shapes: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{12,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[A-Za-z0-9_-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const labelled =
  /\b([A-Za-z0-9_-]*(?:api[-_ ]?key|token|secret|password|passwd|authorization)[A-Za-z0-9_-]*["']?\s*[=:]\s*["']?(?:bearer\s+)?)[^\s"',;}]{6,}/gi;
const inUrl = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi;

/** Keys never reach a log. Known values go too, whatever they look like. */
export function redactSecrets(text: string, known: Iterable<string> = []): string {
  let clean = text;
  for (const value of known) if (value.length >= 6) clean = clean.replaceAll(value, "[removed]");
  for (const shape of shapes) clean = clean.replace(shape, "[removed]");
  return clean.replace(labelled, "$1[removed]").replace(inUrl, "$1[removed]@");
}
