/** Shapes of credentials, wherever they turn up in logs, audit records or error texts. */
const shapes: RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\b(?:ghp|gho|ghs|ghu|github_pat)_[A-Za-z0-9_]{16,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const assigned =
  /\b([A-Za-z0-9_-]*(?:api[_-]?key|token|secret|password|passwd|authorization)[A-Za-z0-9_-]*)(["']?\s*[=:]\s*["']?)(?:Bearer\s+)?[^\s"',;]{6,}/gi;
const inUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:)[^@/\s]+@/gi;

export function redactSecrets(text: string): string {
  const shaped = shapes.reduce((current, shape) => current.replace(shape, "[secret]"), text);
  return shaped.replace(assigned, "$1$2[secret]").replace(inUrl, "$1[secret]@");
}
