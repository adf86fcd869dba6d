export interface Limits {
  now(): number;
  deadline: number;
}

/** Thrown out of any depth of the search, caught where it began. */
export const overBudget = Symbol("over budget");

export function keepWithin(limits: Limits): void {
  if (limits.now() > limits.deadline) throw overBudget;
}
