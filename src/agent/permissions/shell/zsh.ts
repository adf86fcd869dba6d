/** Where zsh reads a line differently from bash; a reason means: ask. */
export function zshDifference(line: string): string | undefined {
  const bare = line.replace(/\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g, "x");
  if (/(?:^|[\s;&|(<])=[^\s=]/.test(bare)) return "zsh replaces =word by a program or a file";
  if (/[()]/.test(bare)) return "zsh gives parentheses a meaning of their own";
  if (/[*?[\]^~#{}]/.test(bare)) return "zsh expands this pattern differently";
  if (/>[&>|]*!|&[|!]|<\(|>\(|\$/.test(bare)) return "zsh syntax that bash does not have";
  if (
    /(?:^|[;&|]\s*|\n)\s*(?:<|>|-\s|repeat\b|foreach\b|nocorrect\b|noglob\b|end\b|print\b|zmodload\b|autoload\b|always\b)/.test(
      bare,
    )
  )
    return "zsh syntax that bash does not have";
  if (/[\n!]/.test(bare)) return "zsh may read this line differently";
  return undefined;
}
