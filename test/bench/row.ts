/** One line of the table: ours against a baseline, taken in turns in one run. */
export interface BenchRow {
  name: string;
  /** What it is compared with. */
  baseline: string;
  /** In words, as the goal table has it. */
  goal: string;
  /** Meets the goal? Ratios are ours / base; absolute figures only where the goal is absolute. */
  met?(result: RowFigures): boolean;
  run(context: BenchContext): Promise<RowSamples>;
}

export interface RowSamples {
  /** Pairs: ours[i] and base[i] were measured right after each other. */
  ours: number[];
  base: number[];
  unit: string;
  note?: string;
}

export interface RowFigures {
  ours: { p50: number; p95: number; p99: number };
  base: { p50: number; p95: number; p99: number };
  /** Median of paired ratios with its bootstrap 95 % interval. */
  ratio: { median: number; low: number; high: number };
}

export interface BenchContext {
  /** Interleaves A and B, drops the first three pairs; each function returns its own measure. */
  pairs(
    count: number,
    ours: () => Promise<number> | number,
    base: () => Promise<number> | number,
  ): Promise<{ ours: number[]; base: number[] }>;
  /** A fresh folder that goes away with the run. */
  temp(): string;
  /** The built bundles. */
  dist: string;
  /** Longer runs only when asked for by name or --full. */
  full: boolean;
  seed: number;
}
