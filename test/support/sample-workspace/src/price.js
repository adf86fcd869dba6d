/** Prices in cents for one packet. */
export const PRICES = { assam: 450, sencha: 620, rooibos: 390 };

/** "1234" cents as "12.34". */
export function formatPrice(cents) {
  return (cents / 100).toFixed(2);
}
