import { PRICES } from "./price.js";

/** Ten percent off from three packets on. */
export function total(basket) {
  let cents = 0;
  let packets = 0;
  for (const [tea, count] of Object.entries(basket)) {
    if (!(tea in PRICES)) throw new Error(`unknown tea: ${tea}`);
    cents += PRICES[tea] * count;
    packets += count;
  }
  return packets > 3 ? Math.round(cents * 0.9) : cents;
}
