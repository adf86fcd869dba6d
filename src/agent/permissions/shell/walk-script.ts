import {
  forEachChild,
  parse,
  type AndOr,
  type Command,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type Word,
} from "unbash";
import { decodeWord } from "./decode-word";
import { shellLimits } from "./limits";
import type { ShellPart, ShellRedirect, ShellScript, ShellWord } from "./part";
import { testExpressionWords } from "./test-expression";

export interface WalkContext {
  cwd: string | null;
  home: string;
  /** Where `cd X` leads from a folder; empty = cannot be told. */
  changeDirectory(from: string, to: ShellWord): string[];
}

/** Folders the shell may be in, after success and after failure of a command. */
interface Flow {
  success: string[] | null;
  failure: string[] | null;
}
type Cwds = string[] | null;

/** Every command anywhere in the line, with the words the shell will run and the folder it runs in. */
export function walkScript(source: string, context: WalkContext): ShellScript {
  const walker = new Walker(source, context);
  const script = parse(source);
  walker.script(script, context.cwd === null ? null : [context.cwd]);
  if (!walker.accountsForParentheses()) walker.problems.push("a parenthesis stands where none belongs");
  return { parts: walker.parts, problems: [...new Set(walker.problems)], forkBomb: walker.forkBomb };
}

/** One pass over one line; lives as long as the call above. */
class Walker {
  readonly parts: ShellPart[] = [];
  readonly problems: string[] = [];
  forkBomb = false;
  /** Ranges of the line that words, redirects and tests stand for. */
  #covered: [number, number][] = [];
  #subshells = 0;
  #otherParentheses = false;
  #inWord = false;
  #unclear: string[] = [];
  #sources: string[];

  constructor(
    source: string,
    readonly context: WalkContext,
  ) {
    this.#sources = [source];
  }

  script(script: ParsedScript, cwds: Cwds): Cwds {
    for (const error of script.errors ?? []) this.problems.push(`the shell grammar stumbles: ${error.message}`);
    if (script.source !== undefined) this.#sources.push(script.source);
    const after = this.#statements(script.commands, cwds);
    if (script.source !== undefined) this.#sources.pop();
    return union(after.success, after.failure);
  }

  /** The parser forgives a stray parenthesis, the shell does not: what no node stands for must be explained. */
  accountsForParentheses(): boolean {
    if (this.#otherParentheses) return true;
    let rest = "";
    let at = 0;
    for (const [from, to] of this.#covered.sort((a, b) => a[0] - b[0])) {
      if (from > at) rest += `${this.#sources[0]?.slice(at, from)}x`;
      at = Math.max(at, to);
    }
    rest += this.#sources[0]?.slice(at) ?? "";
    const bare = rest.replace(/(^|[\s;&|()])#[^\n]*/g, "$1");
    return bare.split("(").length - 1 === this.#subshells && bare.split(")").length - 1 === this.#subshells;
  }

  #cover(node: { pos: number; end: number }): void {
    if (this.#sources.length === 1) this.#covered.push([node.pos, node.end]);
  }

  #text(node: { pos: number; end: number }): string {
    return (this.#sources.at(-1) ?? "").slice(node.pos, node.end);
  }

  #statements(statements: readonly Statement[], cwds: Cwds): Flow {
    let flow: Flow = { success: cwds, failure: cwds };
    let at = cwds;
    for (const statement of statements) {
      if (statement.background) {
        this.#with("it runs in the background", () => this.#andOr(statement.command, at));
        flow = { success: at, failure: at };
        continue;
      }
      flow = this.#andOr(statement.command, at);
      at = union(flow.success, flow.failure);
    }
    return flow;
  }

  #andOr(node: AndOr | PipelineNode, cwds: Cwds): Flow {
    if (node.type !== "AndOr") return this.#pipeline(node, cwds);
    let flow: Flow = { success: cwds, failure: cwds };
    node.commands.forEach((command, i) => {
      if (i === 0) flow = this.#pipeline(command, cwds);
      else if (node.operators[i - 1] === "&&") {
        const next = this.#pipeline(command, flow.success);
        flow = { success: next.success, failure: union(flow.failure, next.failure) };
      } else {
        const next = this.#pipeline(command, flow.failure);
        flow = { success: union(flow.success, next.success), failure: next.failure };
      }
    });
    return flow;
  }

  #pipeline(node: PipelineNode, cwds: Cwds): Flow {
    if (node.type !== "Pipeline") return this.#command(node, cwds);
    return this.#pipelineCommands(node, cwds);
  }

  #pipelineCommands(node: Pipeline, cwds: Cwds): Flow {
    const negated = node.prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
    if (node.commands.length === 1) {
      const flow = this.#command(node.commands[0] as CommandNode, cwds);
      return negated ? { success: flow.failure, failure: flow.success } : flow;
    }
    for (const command of node.commands) this.#command(command, cwds);
    return { success: union(cwds, cwds), failure: cwds };
  }

  #command(node: CommandNode, cwds: Cwds): Flow {
    const stay: Flow = { success: cwds, failure: cwds };
    switch (node.type) {
      case "Command":
        return this.#simple(node, cwds);
      case "Subshell":
        if (!this.#inWord) this.#subshells++;
        this.#list(node.body, cwds);
        return stay;
      case "BraceGroup":
        return this.#list(node.body, cwds);
      case "Redirected": {
        const flow = this.#command(node.command, cwds);
        this.#push({ node, words: [], redirects: node.redirects, cwds });
        return flow;
      }
      case "If":
        return this.#if(node, cwds);
      case "While":
        return this.#loop(cwds, (at) => union(at, this.#both(node.body, this.#list(node.clause, at).success)));
      case "For":
      case "Select":
        this.#words(node.wordlist ?? [], cwds);
        return this.#with("it runs in a loop that sets a variable", () => this.#loop(cwds, (at) => this.#both(node.body, at)));
      case "ArithmeticFor":
        this.#otherParentheses = true;
        this.#expansions(node, cwds, node.body);
        return this.#with("it runs in an arithmetic loop", () => this.#loop(cwds, (at) => this.#both(node.body, at)));
      case "Case":
        this.#otherParentheses = true;
        return this.#case(node, cwds);
      case "Function":
        this.#otherParentheses = true;
        return this.#function(node, cwds);
      case "Coproc":
        this.#with("it runs as a coprocess", () => {
          if (node.body.type === "CompoundList") this.#list(node.body, cwds);
          else this.#command(node.body, cwds);
          this.#push({ node, words: [], redirects: [], cwds });
        });
        return stay;
      case "TestCommand": {
        this.#cover(node);
        const test = testExpressionWords(node.expression, (word) => this.#word(word, cwds));
        this.#push({ node, words: test.words, redirects: [], cwds, unclear: test.unclear });
        return stay;
      }
      case "ArithmeticCommand":
        this.#cover(node);
        this.#expansions(node, cwds);
        this.#push({ node, words: [], redirects: [], cwds, unclear: ["arithmetic can run commands"] });
        return stay;
      default:
        this.problems.push("it holds a shell construct that is not known");
        return { success: null, failure: null };
    }
  }

  #list(list: CompoundList, cwds: Cwds): Flow {
    return this.#statements(list.commands, cwds);
  }

  #both(list: CompoundList, cwds: Cwds): Cwds {
    const flow = this.#list(list, cwds);
    return union(flow.success, flow.failure);
  }

  #if(node: Extract<CommandNode, { type: "If" }>, cwds: Cwds): Flow {
    let clause = this.#list(node.clause, cwds);
    let out = this.#both(node.then, clause.success);
    for (const elif of node.elif) {
      clause = this.#list(elif.clause, clause.failure);
      out = union(out, this.#both(elif.then, clause.success));
    }
    out = union(out, node.else ? this.#both(node.else, clause.failure) : clause.failure);
    return { success: out, failure: out };
  }

  /** A body that moves runs from more than one place. */
  #loop(cwds: Cwds, body: (at: Cwds) => Cwds): Flow {
    const mark = this.parts.length;
    const after = body(cwds);
    const same = after !== null && cwds !== null && after.every((cwd) => cwds.includes(cwd));
    if (same) return { success: after, failure: after };
    for (const part of this.parts.slice(mark)) part.cwds = null;
    return { success: null, failure: null };
  }

  #case(node: Extract<CommandNode, { type: "Case" }>, cwds: Cwds): Flow {
    this.#words([node.word, ...node.items.flatMap((item) => item.pattern)], cwds);
    let out = cwds;
    for (const item of node.items) out = union(out, this.#both(item.body, out));
    return { success: out, failure: out };
  }

  #function(node: Extract<CommandNode, { type: "Function" }>, cwds: Cwds): Flow {
    const name = node.name.value;
    const mark = this.parts.length;
    this.#with("it is the body of a function", () => {
      if (node.body.type === "CompoundList") this.#list(node.body, null);
      else this.#command(node.body, null);
    });
    const body = this.#text(node.body);
    const calls = this.parts.slice(mark).filter((part) => part.words[0]?.value === name).length;
    if (calls > 0 && (body.includes("&") || body.includes("|"))) this.forkBomb = true;
    this.#push({ node, words: [], redirects: [], cwds, unclear: ["it defines a function"] });
    return { success: cwds, failure: cwds };
  }

  #simple(node: Command, cwds: Cwds): Flow {
    const named = node.name ? [node.name] : [];
    const words: ShellWord[] = [];
    const unclear: string[] = [];
    for (const item of [...named, ...node.args]) {
      if (item.type === "Assignment") {
        this.#cover(item);
        this.#expansions(item, cwds);
        unclear.push("it assigns a variable");
        words.push({ value: item.text, text: item.text, fixed: false, glob: false, home: false });
      } else words.push(this.#word(item, cwds));
    }
    const assignments: string[] = [];
    for (const item of node.prefix) {
      if (item.type !== "Assignment") continue;
      this.#cover(item);
      this.#expansions(item, cwds);
      assignments.push(item.name);
    }
    this.#push({ node, words, redirects: node.redirects, cwds, assignments, unclear });
    return words[0]?.value === "cd" || words[0]?.value === "pushd" || words[0]?.value === "popd"
      ? { success: this.#cd(words, cwds), failure: cwds }
      : { success: cwds, failure: cwds };
  }

  #cd(words: ShellWord[], cwds: Cwds): Cwds {
    const operands = words.slice(1).filter((word) => !["-P", "-L", "--"].includes(word.value));
    const to = operands[0];
    if (cwds === null || words[0]?.value !== "cd" || !to || operands.length !== 1) return null;
    if (!to.fixed || to.glob || to.value.startsWith("-")) return null;
    const next = cwds.flatMap((cwd) => this.context.changeDirectory(cwd, to));
    return next.length === 0 || next.length > shellLimits.cwdCandidates ? null : [...new Set(next)];
  }

  #push(input: {
    node: { pos: number; end: number };
    words: ShellWord[];
    redirects: readonly Redirection[];
    cwds: Cwds;
    assignments?: string[];
    unclear?: string[];
  }): void {
    const unclear = [...this.#unclear, ...(input.unclear ?? [])];
    const redirects = input.redirects.flatMap((redirect) => this.#redirect(redirect, input.cwds, unclear));
    const { words, cwds } = input;
    if (words.some((word) => !word.fixed)) unclear.push("a word is only known when it runs (expansion)");
    const text = this.#text(input.node);
    this.parts.push({ text, words, assignments: input.assignments ?? [], redirects, cwds, unclear, nested: false });
  }

  #redirect(redirect: Redirection, cwds: Cwds, unclear: string[]): ShellRedirect[] {
    if (redirect.descriptor?.type === "FileDescriptorVariable") unclear.push("a redirect opens a variable descriptor");
    this.#cover(redirect);
    if (redirect.type === "HereDoc") {
      this.#cover(redirect.body);
      if (redirect.closing) this.#cover(redirect.closing);
      if (!redirect.closing) this.problems.push("a here-document has no end");
      if (redirect.body.parts?.some((part) => part.type !== "Literal")) unclear.push("the here-document holds an expansion");
      this.#expansions(redirect.body, cwds);
      return [];
    }
    if (!redirect.target) {
      this.problems.push("a redirect has no target");
      return [];
    }
    const target = this.#word(redirect.target, cwds);
    if (redirect.type === "HereString") {
      if (!target.fixed) unclear.push("the here-string holds an expansion");
      return [];
    }
    const descriptor = redirect.descriptor?.type === "FileDescriptor" ? { descriptor: redirect.descriptor.value } : {};
    return [{ operator: redirect.operator, target, ...descriptor }];
  }

  #words(words: readonly Word[], cwds: Cwds): void {
    for (const word of words) {
      const decoded = this.#word(word, cwds);
      if (!decoded.fixed)
        this.#push({ node: word, words: [], redirects: [], cwds, unclear: ["a word is only known when it runs"] });
    }
  }

  #word(word: Word, cwds: Cwds): ShellWord {
    this.#cover(word);
    this.#expansions(word, cwds);
    return decodeWord(word, this.context);
  }

  /** Commands inside substitutions, wherever they hide in a word. */
  #expansions(node: SyntaxNode, cwds: Cwds, skip?: SyntaxNode): void {
    forEachChild(node, (child) => {
      if (child === skip) return;
      if (child.type === "Script") this.#substitution(child, cwds);
      else {
        const script = child.type === "CommandExpansion" || child.type === "ProcessSubstitution";
        if (script && child.script === undefined) this.problems.push("a substitution cannot be read");
        this.#expansions(child, cwds);
      }
    });
  }

  #substitution(script: ParsedScript, cwds: Cwds): void {
    const before = this.#inWord;
    this.#inWord = true;
    this.#with("it runs inside a substitution", () => this.script(script, cwds));
    this.#inWord = before;
  }

  #with<T>(reason: string, run: () => T): T {
    this.#unclear.push(reason);
    try {
      return run();
    } finally {
      this.#unclear.pop();
    }
  }
}

function union(a: Cwds, b: Cwds): Cwds {
  if (a === null || b === null) return null;
  const all = [...new Set([...a, ...b])];
  return all.length > shellLimits.cwdCandidates ? null : all;
}
