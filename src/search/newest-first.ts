import { stat } from "node:fs/promises";

const AT_ONCE = 64;
/** Beyond this many the order is that of the search: looking at each file would take longer than finding it. */
const MOST = 10_000;

/** Newest first, ties by name; files that are gone come last. */
export async function newestFirst(paths: readonly string[]): Promise<string[]> {
  const dated: { path: string; time: number }[] = [];
  const looked = paths.slice(0, MOST);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < looked.length; at = next++) {
      const path = looked[at] as string;
      dated.push({ path, time: await modified(path) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, looked.length) }, worker));
  dated.sort((a, b) => b.time - a.time || (a.path < b.path ? -1 : 1));
  return [...dated.map(({ path }) => path), ...paths.slice(MOST)];
}

const modified = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
