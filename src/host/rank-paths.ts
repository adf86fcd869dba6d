/** Paths that have the letters of the query in order, best first: matches in the file name, at word starts and in one piece. */
export function rankPaths(query: string, paths: readonly string[], limit: number): string[] {
  const wanted = query.toLowerCase().replaceAll("\\", "/");
  if (wanted === "") return paths.slice(0, limit);
  const scored = paths.map((path) => ({ path, score: scoreOf(wanted, path) })).filter(({ score }) => score > 0);
  scored.sort((a, b) => b.score - a.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return scored.slice(0, limit).map(({ path }) => path);
}

function scoreOf(wanted: string, path: string): number {
  const lower = path.toLowerCase();
  const nameAt = lower.lastIndexOf("/") + 1;
  const name = lower.slice(nameAt);
  if (name === wanted) return 1_000;
  if (name.startsWith(wanted)) return 800;
  if (name.includes(wanted)) return 600;
  if (lower.includes(wanted)) return 400;
  return inOrder(wanted, lower, nameAt);
}

function inOrder(wanted: string, lower: string, nameAt: number): number {
  let score = 1;
  let at = -1;
  for (const letter of wanted) {
    const next = lower.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (next === at + 1) score += 5;
    if (next === 0 || "/-_. ".includes(lower[next - 1] ?? "")) score += 8;
    if (next >= nameAt) score += 2;
    at = next;
  }
  return score;
}
