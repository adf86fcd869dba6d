import { lineEndNear } from "./line-index";
import type { MergedLine } from "./merge-lines";

export interface RegionText {
  lines: string[];
  /** The line end after each line but the last. */
  ends: string[];
}

export function regionOf(text: string): RegionText {
  const ends = text.match(/\r\n|\n|\r/g) ?? [];
  return { lines: text.split(/\r\n|\n|\r/), ends };
}

/** Lines of the file keep their own line end; new ones get the one used around them. */
export function joinLines(text: string, at: number, region: RegionText, merged: readonly MergedLine[]): string {
  const near = region.ends[0] ?? lineEndNear(text, at);
  return merged
    .map((line, place) => {
      if (place === merged.length - 1) return line.text;
      return line.text + (line.from === undefined ? near : (region.ends[line.from] ?? near));
    })
    .join("");
}
