import { forEachChild, type ParsedScript, type Redirection, type SyntaxNode, type Word } from "unbash";
import { decodeWord, type DecodeContext } from "./decode-word";
import type { Folders } from "./folder-flow";
import { shellLimits } from "./limits";
import { ParenthesisAccount } from "./parenthesis-account";
import type { ShellPart, ShellRedirect, ShellWord } from "./part";

export interface NewPart {
  node: { pos: number; end: number };
  words: ShellWord[];
  redirects: readonly Redirection[];
  cwds: Folders;
  assignments?: string[];
  unclear?: string[];
}

/** Collects the commands of one line and what makes them unclear; scripts inside of words go back to the walker. */
export class PartRecorder {
  readonly parts: ShellPart[] = [];
  readonly problems: string[] = [];
  readonly parentheses = new ParenthesisAccount();
  inWord = false;
  /** Text that the command just read gets as its input. */
  #stdin: string[] = [];
  #unclear: string[] = [];
  #sources: string[];
  #depth = 0;

  constructor(
    source: string,
    readonly context: DecodeContext & { spend(steps: number): void },
    readonly inner: (script: ParsedScript, cwds: Folders) => void,
  ) {
    this.#sources = [source];
  }

  /** Positions inside of a substitution may count from a source of their own. */
  within<T>(source: string | undefined, run: () => T): T {
    if (source === undefined) return run();
    this.#sources.push(source);
    const out = run();
    this.#sources.pop();
    return out;
  }

  /** One level deeper; nobody nests so deeply by hand. */
  deeper<T>(run: () => T): T {
    if (++this.#depth > shellLimits.askDepth) this.problems.push(`it is nested more than ${shellLimits.askDepth} deep`);
    const out = run();
    this.#depth--;
    return out;
  }

  cover(node: { pos: number; end: number }): void {
    if (this.#sources.length === 1) this.parentheses.cover(node);
  }

  text(node: { pos: number; end: number }): string {
    return (this.#sources.at(-1) ?? "").slice(node.pos, node.end);
  }

  push(input: NewPart): void {
    this.context.spend(10 + input.words.length);
    const unclear = [...this.#unclear, ...(input.unclear ?? [])];
    this.#stdin = [];
    const redirects = input.redirects.flatMap((redirect) => this.#redirect(redirect, input.cwds, unclear));
    const { words, cwds } = input;
    if (words.some((word) => !word.fixed)) unclear.push("a word is only known when it runs (expansion)");
    const text = this.text(input.node);
    this.parts.push({
      text,
      words,
      assignments: input.assignments ?? [],
      redirects,
      cwds,
      unclear,
      nested: false,
      ...(this.#stdin.length > 0 ? { stdin: this.#stdin.join("\n") } : {}),
    });
  }

  #redirect(redirect: Redirection, cwds: Folders, unclear: string[]): ShellRedirect[] {
    if (redirect.descriptor?.type === "FileDescriptorVariable") unclear.push("a redirect opens a variable descriptor");
    this.cover(redirect);
    if (redirect.type === "HereDoc") {
      this.cover(redirect.body);
      if (redirect.closing) this.cover(redirect.closing);
      if (!redirect.closing) this.problems.push("a here-document has no end");
      if (redirect.body.parts?.some((part) => part.type !== "Literal")) unclear.push("the here-document holds an expansion");
      this.#stdin.push(redirect.body.text);
      this.expansions(redirect.body, cwds);
      return [];
    }
    if (!redirect.target) {
      this.problems.push("a redirect has no target");
      return [];
    }
    const target = this.word(redirect.target, cwds);
    if (redirect.type === "HereString") {
      this.#stdin.push(target.value);
      if (!target.fixed) unclear.push("the here-string holds an expansion");
      return [];
    }
    const descriptor = redirect.descriptor?.type === "FileDescriptor" ? { descriptor: redirect.descriptor.value } : {};
    return [{ operator: redirect.operator, target, ...descriptor }];
  }

  words(words: readonly Word[], cwds: Folders): void {
    for (const word of words) {
      const decoded = this.word(word, cwds);
      if (!decoded.fixed)
        this.push({ node: word, words: [], redirects: [], cwds, unclear: ["a word is only known when it runs"] });
    }
  }

  word(word: Word, cwds: Folders): ShellWord {
    this.context.spend(2);
    this.cover(word);
    this.expansions(word, cwds);
    return decodeWord(word, this.context);
  }

  /** Commands inside substitutions, wherever they hide in a word. */
  expansions(node: SyntaxNode, cwds: Folders, skip?: SyntaxNode): void {
    forEachChild(node, (child) => {
      if (child === skip) return;
      if (child.type === "Script") this.#substitution(child, cwds);
      else {
        const script = child.type === "CommandExpansion" || child.type === "ProcessSubstitution";
        if (script && child.script === undefined) this.problems.push("a substitution cannot be read");
        this.expansions(child, cwds);
      }
    });
  }

  #substitution(script: ParsedScript, cwds: Folders): void {
    const before = this.inWord;
    this.inWord = true;
    this.context.spend(20 + (script.source?.length ?? 0) / 8);
    this.deeper(() => this.with("it runs inside a substitution", () => this.inner(script, cwds)));
    this.inWord = before;
  }

  with<T>(reason: string, run: () => T): T {
    this.#unclear.push(reason);
    try {
      return run();
    } finally {
      this.#unclear.pop();
    }
  }
}
