/** Every limit makes the answer stricter, none makes it looser. */
export const shellLimits = {
  /** Longer is refused as malformed: no person can read it. */
  maxCharacters: 100_000,
  /** Longer is always asked. */
  askCharacters: 10_000,
  askParts: 100,
  /** Nobody writes more levels of braces, subshells and substitutions by hand. */
  askDepth: 24,
  /** Steps of one decision, about a microsecond each; what costs more is asked, or refused where rules refuse. */
  workSteps: 8_000,
  /** Nobody writes more; deeper nesting costs quadratic time, so it is refused. */
  maxSubstitutions: 128,
  /** More named files are asked for without looking at each; deny rules still see all of them. */
  askOperands: 100,
  scriptDepth: 6,
  cwdCandidates: 8,
} as const;
