const patterns: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{12,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[A-Za-z0-9_-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
];
const labelled = /((?:api[-_ ]?key|token|secret|password|authorization)["']?\s*[:=]\s*["']?(?:bearer\s+)?)[^\s"',;}]{6,}/gi;
const credentialsInUrl = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi;

/** Keys never reach a log. Known values are removed too, whatever they look like. */
export function redact(text: string, known: Iterable<string> = []): string {
  let clean = text;
  for (const value of known) if (value.length >= 6) clean = clean.replaceAll(value, "[removed]");
  for (const pattern of patterns) clean = clean.replace(pattern, "[removed]");
  return clean.replace(labelled, "$1[removed]").replace(credentialsInUrl, "$1[removed]@");
}
