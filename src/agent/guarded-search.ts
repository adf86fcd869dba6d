import type { Search, SearchAnswer } from "../shared/ports/search";

/**
 * A search of a folder must not show what reading a file in it would ask for or refuse: its lines are left
 * out, and the model hears that they were. Asked for by its own path, the file has been decided about already.
 */
export function guardedSearch(search: Search, mayShow: (path: string) => boolean): Search {
  const known = new Map<string, boolean>();
  const shows = (path: string): boolean => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const answer = mayShow(path);
    known.set(path, answer);
    return answer;
  };
  return {
    async grep(query, signal) {
      const answer = await search.grep(query, signal);
      return query.mode === "content"
        ? kept(answer, (line) => pathsOf(line).every(shows))
        : kept(answer, (line) => shows(line.replace(/:\d+$/, "")));
    },
    glob: (query, signal) => search.glob(query, signal),
  };
}

function kept(answer: SearchAnswer, keep: (line: string) => boolean): SearchAnswer {
  const lines = answer.lines.filter(keep);
  const left = answer.lines.length - lines.length;
  if (left === 0) return answer;
  const note = `${left} ${left === 1 ? "line" : "lines"} in files that may hold secrets, or that rules keep from you, were left out.`;
  return { ...answer, lines, problem: answer.problem ? `${answer.problem} ${note}` : note };
}

const LONGEST_PATH = 1_000;

/** Whatever may be the path of "path:12:text" or "path-12-text": names may hold these signs too, so each reading counts. */
function pathsOf(line: string): string[] {
  const paths: string[] = [];
  for (const match of line.slice(0, LONGEST_PATH).matchAll(/[:-]\d+[:-]/g)) paths.push(line.slice(0, match.index));
  return paths.slice(0, 8);
}
