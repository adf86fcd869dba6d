/** More work than one decision may cost. */
export class TooMuchWork extends Error {}

/** Counts steps, not time: the same line gets the same answer on a fast and on a slow machine. */
export class WorkBudget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuchWork();
  }
}
