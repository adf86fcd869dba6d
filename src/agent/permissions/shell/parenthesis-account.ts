interface Range {
  pos: number;
  end: number;
}

/** The parser forgives a stray parenthesis, the shell does not: those that no word or subshell stands for are found here. */
export class ParenthesisAccount {
  #covered: Range[] = [];
  #subshells = 0;
  #exempt = false;

  /** This range is a word, a redirect or a test: whatever is in it is explained. */
  cover(range: Range): void {
    this.#covered.push(range);
  }

  subshell(): void {
    this.#subshells++;
  }

  /** Case items, functions and arithmetic bring parentheses of their own. */
  exempt(): void {
    this.#exempt = true;
  }

  balanced(source: string): boolean {
    if (this.#exempt) return true;
    let rest = "";
    let at = 0;
    for (const { pos, end } of this.#covered.sort((a, b) => a.pos - b.pos)) {
      if (pos > at) rest += `${source.slice(at, pos)}x`;
      at = Math.max(at, end);
    }
    const bare = (rest + source.slice(at)).replace(/(^|[\s;&|()])#[^\n]*/g, "$1");
    return bare.split("(").length - 1 === this.#subshells && bare.split(")").length - 1 === this.#subshells;
  }
}
