/** Every limit makes the answer stricter, none makes it looser. */
export const shellLimits = {
  /** Longer is refused as malformed: no person can read it. */
  maxCharacters: 1_000_000,
  /** Longer is always asked. */
  askCharacters: 10_000,
  askParts: 100,
  scriptDepth: 6,
  cwdCandidates: 8,
} as const;
