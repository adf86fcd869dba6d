/** One word exactly as the shell will see it after quote removal. */
export interface ShellWord {
  value: string;
  /** As written. */
  text: string;
  /** No expansion of any kind changes it; a leading `~` or `$HOME` alone is resolved into `value`. */
  fixed: boolean;
  /** Holds an unquoted `*`, `?` or `[…]`: the shell puts file names there. */
  glob: boolean;
  /** The value came from `~` or `$HOME`: good enough for refusing, never for allowing. */
  home: boolean;
}

export interface ShellRedirect {
  operator: string;
  target: ShellWord | null;
  descriptor?: number;
}

/** One command somewhere in the tree. */
export interface ShellPart {
  text: string;
  words: ShellWord[];
  /** Names set before the command. */
  assignments: string[];
  redirects: ShellRedirect[];
  /** Folders it may run in; null = cannot be told. */
  cwds: string[] | null;
  /** Why no built-in table may answer for it: it is not a plain command. */
  unclear: string[];
  /** Here-document or here-string. */
  stdin?: string;
  /** From a literal script of another command (`sh -c '…'`, `eval '…'`). */
  nested: boolean;
}

export interface ShellScript {
  parts: ShellPart[];
  /** Why the line as a whole cannot be trusted to mean what we read. */
  problems: string[];
  /** Function bodies that call themselves in a pipeline or in the background. */
  forkBomb: boolean;
}

export const values = (part: ShellPart): string[] => part.words.map((word) => word.value);
