/** The one platform type the contracts speak of: `src/shared` is checked without node and without a DOM. */
interface AbortSignal {
  readonly aborted: boolean;
}
