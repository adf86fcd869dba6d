export interface Limits {
  now(): number;
  deadline: number;
}

/** Thrown out of any depth of the search, caught where it began. */
export const overBudget = Symbol("over budget");

export function keepWithin(limits: Limits): void {
  if (limits.now() > limits.deadline) throw overBudget;
}

/** Comment and empty lines a quotation may leave out between two of its lines, and in all on each side of where it is found. */
export const maxLeftOut = 21;
export const maxLeftOutInAll = 200;
