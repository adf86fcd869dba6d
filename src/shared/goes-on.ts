/** The same items and perhaps more behind them: then what was made of the old ones still holds. */
export const goesOn = <T>(before: readonly T[], now: readonly T[]): boolean =>
  before === now || (before.length <= now.length && before.every((item, at) => item === now[at]));
