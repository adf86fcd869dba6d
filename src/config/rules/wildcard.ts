/** `*` matches any run of characters. Linear in practice: one backtrack point, no regular expression. */
export function wildcardMatches(pattern: string, text: string, any = "*"): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === any) {
      star = p++;
      mark = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (p < pattern.length && pattern[p] === any) p++;
  return p === pattern.length;
}

/** A `*` in a host name stays within one label; a leading `*.` means subdomains only. */
export function domainMatches(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  const actual = host.toLowerCase().replace(/\.$/, "");
  if (wanted === "*") return true;
  if (wanted.startsWith("*.")) {
    const labels = wanted.slice(2).split(".");
    const parts = actual.split(".");
    return parts.length > labels.length && labelsMatch(labels, parts.slice(-labels.length));
  }
  return labelsMatch(wanted.split("."), actual.split("."));
}

function labelsMatch(patterns: string[], labels: string[]): boolean {
  return patterns.length === labels.length && patterns.every((pattern, i) => wildcardMatches(pattern, labels[i] ?? ""));
}
