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
import { afterwards, eitherOf, folderAfter, stay, type FolderFlow, type Folders } from "./folder-flow";
import { ParenthesisAccount } from "./parenthesis-account";
import type { ShellPart, ShellRedirect, ShellScript, ShellWord } from "./part";
import { testExpressionWords } from "./test-expression";

export interface WalkContext {
  cwd: string | null;
  home: string;
  /** Where `cd X` leads from a folder; empty = cannot be told. */
  changeDirectory(from: string, to: ShellWord): string[];
}

/** Every command anywhere in the line, with the words the shell will run and the folder it runs in. */
export function walkScript(source: string, context: WalkContext): ShellScript {
  const walker = new Walker(source, context);
  const script = parse(source);
  walker.script(script, context.cwd === null ? null : [context.cwd]);
  if (!walker.parentheses.balanced(source)) walker.problems.push("a parenthesis stands where none belongs");
  return { parts: walker.parts, problems: [...new Set(walker.problems)], forkBomb: walker.forkBomb };
}

/** One pass over one line; lives as long as the call above. */
class Walker {
  readonly parts: ShellPart[] = [];
  readonly problems: string[] = [];
  forkBomb = false;
  readonly parentheses = new ParenthesisAccount();
  #inWord = false;
  /** Text that the command just read gets as its input. */
  #stdin: string[] = [];
  #unclear: string[] = [];
  #sources: string[];

  constructor(
    source: string,
    readonly context: WalkContext,
  ) {
    this.#sources = [source];
  }

  script(script: ParsedScript, cwds: Folders): Folders {
    for (const error of script.errors ?? []) this.problems.push(`the shell grammar stumbles: ${error.message}`);
    if (script.source !== undefined) this.#sources.push(script.source);
    const after = this.#statements(script.commands, cwds);
    if (script.source !== undefined) this.#sources.pop();
    return afterwards(after);
  }

  #cover(node: { pos: number; end: number }): void {
    if (this.#sources.length === 1) this.parentheses.cover(node);
  }

  #text(node: { pos: number; end: number }): string {
    return (this.#sources.at(-1) ?? "").slice(node.pos, node.end);
  }

  #statements(statements: readonly Statement[], cwds: Folders): FolderFlow {
    let flow: FolderFlow = stay(cwds);
    let at = cwds;
    for (const statement of statements) {
      if (statement.background) {
        this.#with("it runs in the background", () => this.#andOr(statement.command, at));
        flow = stay(at);
        continue;
      }
      flow = this.#andOr(statement.command, at);
      at = afterwards(flow);
    }
    return flow;
  }

  #andOr(node: AndOr | PipelineNode, cwds: Folders): FolderFlow {
    if (node.type !== "AndOr") return this.#pipeline(node, cwds);
    let flow: FolderFlow = stay(cwds);
    node.commands.forEach((command, i) => {
      if (i === 0) flow = this.#pipeline(command, cwds);
      else if (node.operators[i - 1] === "&&") {
        const next = this.#pipeline(command, flow.success);
        flow = { success: next.success, failure: eitherOf(flow.failure, next.failure) };
      } else {
        const next = this.#pipeline(command, flow.failure);
        flow = { success: eitherOf(flow.success, next.success), failure: next.failure };
      }
    });
    return flow;
  }

  #pipeline(node: PipelineNode, cwds: Folders): FolderFlow {
    if (node.type !== "Pipeline") return this.#command(node, cwds);
    return this.#pipelineCommands(node, cwds);
  }

  #pipelineCommands(node: Pipeline, cwds: Folders): FolderFlow {
    const empty = node.commands.every((command) => command.type === "Command" && command.end <= command.pos);
    if (node.commands.length === 0 || empty || node.prefixes.length > 1) this.problems.push("a command is missing");
    const negated = node.prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
    if (node.commands.length === 1) {
      const flow = this.#command(node.commands[0] as CommandNode, cwds);
      return negated ? { success: flow.failure, failure: flow.success } : flow;
    }
    for (const command of node.commands) this.#command(command, cwds);
    return stay(cwds);
  }

  #command(node: CommandNode, cwds: Folders): FolderFlow {
    switch (node.type) {
      case "Command":
        return this.#simple(node, cwds);
      case "Subshell":
        if (!this.#inWord) this.parentheses.subshell();
        this.#list(node.body, cwds);
        return stay(cwds);
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
        return this.#loop(cwds, (at) => eitherOf(at, this.#both(node.body, this.#list(node.clause, at).success)));
      case "For":
      case "Select":
        this.#words(node.wordlist ?? [], cwds);
        return this.#with("it runs in a loop that sets a variable", () => this.#loop(cwds, (at) => this.#both(node.body, at)));
      case "ArithmeticFor":
        this.parentheses.exempt();
        this.#expansions(node, cwds, node.body);
        return this.#with("it runs in an arithmetic loop", () => this.#loop(cwds, (at) => this.#both(node.body, at)));
      case "Case":
        this.parentheses.exempt();
        return this.#case(node, cwds);
      case "Function":
        this.parentheses.exempt();
        return this.#function(node, cwds);
      case "Coproc":
        this.#with("it runs as a coprocess", () => {
          if (node.body.type === "CompoundList") this.#list(node.body, cwds);
          else this.#command(node.body, cwds);
          this.#push({ node, words: [], redirects: [], cwds });
        });
        return stay(cwds);
      case "TestCommand": {
        this.#cover(node);
        const test = testExpressionWords(node.expression, (word) => this.#word(word, cwds));
        this.#push({ node, words: test.words, redirects: [], cwds, unclear: test.unclear });
        return stay(cwds);
      }
      case "ArithmeticCommand":
        this.#cover(node);
        this.#expansions(node, cwds);
        this.#push({ node, words: [], redirects: [], cwds, unclear: ["arithmetic can run commands"] });
        return stay(cwds);
      default:
        this.problems.push("it holds a shell construct that is not known");
        return stay(null);
    }
  }

  #list(list: CompoundList, cwds: Folders): FolderFlow {
    return this.#statements(list.commands, cwds);
  }

  #both(list: CompoundList, cwds: Folders): Folders {
    const flow = this.#list(list, cwds);
    return afterwards(flow);
  }

  #if(node: Extract<CommandNode, { type: "If" }>, cwds: Folders): FolderFlow {
    let clause = this.#list(node.clause, cwds);
    let out = this.#both(node.then, clause.success);
    for (const elif of node.elif) {
      clause = this.#list(elif.clause, clause.failure);
      out = eitherOf(out, this.#both(elif.then, clause.success));
    }
    out = eitherOf(out, node.else ? this.#both(node.else, clause.failure) : clause.failure);
    return stay(out);
  }

  /** A body that moves runs from more than one place. */
  #loop(cwds: Folders, body: (at: Folders) => Folders): FolderFlow {
    const mark = this.parts.length;
    const after = body(cwds);
    const same = after !== null && cwds !== null && after.every((cwd) => cwds.includes(cwd));
    if (same) return stay(after);
    for (const part of this.parts.slice(mark)) part.cwds = null;
    return stay(null);
  }

  #case(node: Extract<CommandNode, { type: "Case" }>, cwds: Folders): FolderFlow {
    this.#words([node.word, ...node.items.flatMap((item) => item.pattern)], cwds);
    let out = cwds;
    for (const item of node.items) out = eitherOf(out, this.#both(item.body, out));
    return stay(out);
  }

  #function(node: Extract<CommandNode, { type: "Function" }>, cwds: Folders): FolderFlow {
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
    return stay(cwds);
  }

  #simple(node: Command, cwds: Folders): FolderFlow {
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
    return folderAfter(words, cwds, (from, to) => this.context.changeDirectory(from, to));
  }

  #push(input: {
    node: { pos: number; end: number };
    words: ShellWord[];
    redirects: readonly Redirection[];
    cwds: Folders;
    assignments?: string[];
    unclear?: string[];
  }): void {
    const unclear = [...this.#unclear, ...(input.unclear ?? [])];
    this.#stdin = [];
    const redirects = input.redirects.flatMap((redirect) => this.#redirect(redirect, input.cwds, unclear));
    const { words, cwds } = input;
    if (words.some((word) => !word.fixed)) unclear.push("a word is only known when it runs (expansion)");
    const text = this.#text(input.node);
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
    this.#cover(redirect);
    if (redirect.type === "HereDoc") {
      this.#cover(redirect.body);
      if (redirect.closing) this.#cover(redirect.closing);
      if (!redirect.closing) this.problems.push("a here-document has no end");
      if (redirect.body.parts?.some((part) => part.type !== "Literal")) unclear.push("the here-document holds an expansion");
      this.#stdin.push(redirect.body.text);
      this.#expansions(redirect.body, cwds);
      return [];
    }
    if (!redirect.target) {
      this.problems.push("a redirect has no target");
      return [];
    }
    const target = this.#word(redirect.target, cwds);
    if (redirect.type === "HereString") {
      this.#stdin.push(target.value);
      if (!target.fixed) unclear.push("the here-string holds an expansion");
      return [];
    }
    const descriptor = redirect.descriptor?.type === "FileDescriptor" ? { descriptor: redirect.descriptor.value } : {};
    return [{ operator: redirect.operator, target, ...descriptor }];
  }

  #words(words: readonly Word[], cwds: Folders): void {
    for (const word of words) {
      const decoded = this.#word(word, cwds);
      if (!decoded.fixed)
        this.#push({ node: word, words: [], redirects: [], cwds, unclear: ["a word is only known when it runs"] });
    }
  }

  #word(word: Word, cwds: Folders): ShellWord {
    this.#cover(word);
    this.#expansions(word, cwds);
    return decodeWord(word, this.context);
  }

  /** Commands inside substitutions, wherever they hide in a word. */
  #expansions(node: SyntaxNode, cwds: Folders, skip?: SyntaxNode): void {
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

  #substitution(script: ParsedScript, cwds: Folders): void {
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
