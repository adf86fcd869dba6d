import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findEdit } from "../../src/agent/tools/edit-matching/find-edit";
import { editCases, outcomeOf, seededRandom, type Outcome } from "../unit/tools/edit-cases";
import type { BenchContext, BenchRow } from "./row";

const sources = ({ dist }: BenchContext): string[] =>
  globSync("**/*.ts", { cwd: join(dist, "../src") })
    .sort()
    .map((file) => readFileSync(join(dist, "../src", file), "utf8"));

/** Real code to 20,000 lines; each line numbered in a comment here and there, so that blocks are unique. */
function longFile(context: BenchContext): string {
  const all = sources(context).join("\n").split("\n");
  const lines: string[] = [];
  for (let at = 0; lines.length < 20_000; at++)
    lines.push(
      at % 3
        ? all[at % all.length]!
        : `${all[at % all.length]!} /* ${createHash("md5").update(String(at)).digest("hex").slice(0, 6)} */`,
    );
  return lines.join("\n");
}

const timed = (work: () => unknown): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

export const rows: BenchRow[] = [
  {
    name: "edit: quotations changed as models change them, applied as meant (%)",
    baseline: "exact search only",
    goal: "≥ 99.5 % of recoverable ones, 0 misplaced",
    met: ({ ours }) => ours.p50 >= 99.5,
    async run(context) {
      const { seed, full } = context;
      const cases = editCases(sources(context), full ? 800 : 200, seed || 1);
      const recoverable = cases.filter((edit) => edit.expected !== null);
      const count: Record<Outcome, number> = { applied: 0, refused: 0, misplaced: 0 };
      const outcomes = cases.map((edit) => ({ kind: edit.kind, outcome: outcomeOf(edit) }));
      for (const { outcome } of outcomes) count[outcome]++;
      const exact = recoverable.filter(
        ({ text, old }) => text.indexOf(old) >= 0 && text.indexOf(old) === text.lastIndexOf(old),
      ).length;
      const share = (part: number): number => (part / recoverable.length) * 100;
      const note = `${cases.length} cases: ${count.applied} applied, ${count.refused} refused (${cases.length - recoverable.length} of them must be), ${count.misplaced} misplaced. ${tableOf(outcomes)}`;
      return { ours: [count.misplaced ? 0 : share(count.applied)], base: [share(exact)], unit: "%", note };
    },
  },
  {
    name: "edit: place found in 20,000 lines, indentation changed",
    baseline: "indexOf of the exact text",
    goal: "p99 ≤ 20 ms",
    met: ({ ours }) => ours.p99 <= 20,
    run: (context) => {
      const file = longFile(context);
      const lines = file.split("\n");
      const random = seededRandom(context.seed || 1);
      let version = 0;
      const pick = (): string[] => lines.slice(...((start) => [start, start + 12] as const)(random(lines.length - 12)));
      // A new version each time: the index of the last one must not help.
      const ours = (): number => {
        const text = `${file}\n// ${version++}`;
        const old = pick()
          .map((line) => `   ${line}`)
          .join("\n");
        return timed(() => findEdit(text, { old, next: "x", all: false }));
      };
      const base = (): number => {
        const old = pick().join("\n");
        return timed(() => file.indexOf(old));
      };
      return context.pairs(context.full ? 1000 : 200, ours, base).then((pairs) => ({ ...pairs, unit: "ms" }));
    },
  },
  {
    name: "edit: refusal with the nearest place in 20,000 lines",
    baseline: "indexOf of the exact text",
    goal: "p99 ≤ 50 ms",
    met: ({ ours }) => ours.p99 <= 50,
    run: (context) => {
      const file = longFile(context);
      const random = seededRandom(context.seed || 1);
      const lines = file.split("\n");
      let version = 0;
      const quote = (): string => {
        const start = random(lines.length - 12);
        return lines
          .slice(start, start + 12)
          .map((line, at) => (at === 5 ? `${line} other(${version})` : line))
          .join("\n");
      };
      const ours = (): number => {
        const [text, old] = [`${file}\n// ${version++}`, quote()];
        return timed(() => findEdit(text, { old, next: "x", all: false }));
      };
      const base = (): number => {
        const old = quote();
        return timed(() => file.indexOf(old));
      };
      return context.pairs(context.full ? 1000 : 200, ours, base).then((pairs) => ({ ...pairs, unit: "ms" }));
    },
  },
];

function tableOf(all: readonly { kind: string; outcome: Outcome }[]): string {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const number = (kind: string, outcome: Outcome): number =>
    all.filter((one) => one.kind === kind && one.outcome === outcome).length;
  return kinds
    .map((kind) => `${kind} ${number(kind, "applied")}/${number(kind, "refused")}/${number(kind, "misplaced")}`)
    .join("; ");
}
