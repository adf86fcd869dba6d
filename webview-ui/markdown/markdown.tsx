import { Component, type ComponentChild, type VNode } from "preact";
import { useRef } from "preact/hooks";
import { IncrementalMarkdown, type Piece } from "./incremental";
import { renderPiece } from "./render";

/** A growing answer: settled pieces are drawn once and then left alone. */
export function Markdown({ text }: { text: string }): VNode {
  const stream = useRef<IncrementalMarkdown | null>(null);
  stream.current ??= new IncrementalMarkdown();
  return (
    <div class="md">
      {stream.current.update(text).map((piece) => (
        <PieceView key={piece.key} piece={piece} />
      ))}
    </div>
  );
}

class PieceView extends Component<{ piece: Piece }> {
  override shouldComponentUpdate(next: { piece: Piece }): boolean {
    const { piece } = this.props;
    return next.piece.token !== piece.token || next.piece.items !== piece.items;
  }
  override render({ piece }: { piece: Piece }): ComponentChild {
    return renderPiece(piece);
  }
}
