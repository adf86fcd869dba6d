import type { Reply } from "../reply";

export interface SpokenBlocks {
  /** Goes on in the open block when it is of this kind. */
  write(kind: "text" | "thinking", words: string, reply: Reply): void;
  end(reply: Reply): void;
  /** The number for a block of another kind, which ends what was being said. */
  next(reply: Reply): number;
}

/** For servers that send words without saying which block they belong to. */
export function spokenBlocks(): SpokenBlocks {
  let blocks = 0;
  let current: { kind: "text" | "thinking"; block: number } | null = null;
  const end = (reply: Reply): void => {
    if (current) reply.close(current.block);
    current = null;
  };
  return {
    end,
    next(reply) {
      end(reply);
      return blocks++;
    },
    write(kind, words, reply) {
      if (words === "") return;
      if (current?.kind !== kind) {
        end(reply);
        current = { kind, block: blocks++ };
        reply.open(current.block, { type: kind });
      }
      reply.append(current.block, words);
    },
  };
}
