import { IncrementalMarkdown } from "./incremental";
import { renderPiece } from "./render";

const sample =
  "A **word**, `code` and [a link](https://example.org).\n\n# Head\n\n- one\n- two\n\n> quote\n\n| a |\n|---|\n| b |\n";

/** The first text costs as much as the next hundred: paid while the host looks for the conversation. */
export function warmMarkdown(): void {
  for (const piece of new IncrementalMarkdown().update(sample)) renderPiece(piece);
}
