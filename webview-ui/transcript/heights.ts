/** Heights of rows with prefix sums in a Fenwick tree: change one and find one in O(log n). */
export class Heights {
  #tree: Float64Array;
  #value: Float64Array;
  #known: Uint8Array;
  #count: number;

  constructor(
    count: number,
    readonly estimate: number,
    heightOf: (i: number) => number | undefined = () => undefined,
  ) {
    this.#count = count;
    this.#value = new Float64Array(count);
    this.#known = new Uint8Array(count);
    this.#tree = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) {
      const known = heightOf(i);
      this.#value[i] = known ?? estimate;
      this.#known[i] = known === undefined ? 0 : 1;
      this.#tree[i + 1] = this.#value[i]!;
    }
    // Builds in O(n): each node hands its sum to its parent.
    for (let i = 1; i <= count; i++) {
      const parent = i + (i & -i);
      if (parent <= count) this.#tree[parent]! += this.#tree[i]!;
    }
  }

  get count(): number {
    return this.#count;
  }
  get total(): number {
    return this.top(this.#count);
  }

  height(i: number): number {
    return this.#value[i] ?? 0;
  }

  isMeasured(i: number): boolean {
    return this.#known[i] === 1;
  }

  /** True when it differed. */
  set(i: number, height: number): boolean {
    if (i < 0 || i >= this.#count) return false;
    this.#known[i] = 1;
    const change = height - this.#value[i]!;
    if (Math.abs(change) < 0.5) return false;
    this.#value[i] = height;
    for (let node = i + 1; node <= this.#count; node += node & -node) this.#tree[node]! += change;
    return true;
  }

  /** Where row i begins. */
  top(i: number): number {
    let sum = 0;
    for (let node = Math.min(i, this.#count); node > 0; node -= node & -node) sum += this.#tree[node]!;
    return sum;
  }

  /** The row that covers `offset`; the last one beyond the end. */
  at(offset: number): number {
    let node = 0;
    let left = offset;
    for (let step = 1 << Math.floor(Math.log2(Math.max(1, this.#count))); step > 0; step >>= 1) {
      const next = node + step;
      if (next <= this.#count && this.#tree[next]! <= left) {
        node = next;
        left -= this.#tree[next]!;
      }
    }
    return Math.max(0, Math.min(node, this.#count - 1));
  }
}

export interface Window {
  first: number;
  /** Exclusive. */
  last: number;
  above: number;
  below: number;
}

/** Rows to draw for a viewport: what is seen and `margin` pixels on either side. */
export function windowOf(heights: Heights, scrollTop: number, viewport: number, margin: number): Window {
  if (heights.count === 0) return { first: 0, last: 0, above: 0, below: 0 };
  const first = heights.at(Math.max(0, scrollTop - margin));
  const last = Math.min(heights.count, heights.at(scrollTop + viewport + margin) + 1);
  return { first, last, above: heights.top(first), below: heights.total - heights.top(last) };
}
