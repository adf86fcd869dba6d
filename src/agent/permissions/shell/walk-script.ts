import {
  parse,
  type AndOr,
  type Command,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  type Statement,
} from "unbash";
import { afterwards, eitherOf, folderAfter, stay, type FolderFlow, type Folders } from "./folder-flow";
import type { ShellScript, ShellWord } from "./part";
import { PartRecorder } from "./part-recorder";
import { pipeText } from "./piped-text";
import { testExpressionWords } from "./test-expression";

export interface WalkContext {
  cwd: string | null;
  home: string;
  /** Throws when the line has cost enough. */
  spend(steps: number): void;
  /** Where `cd X` leads from a folder; empty = cannot be told. */
  changeDirectory(from: string, to: ShellWord): string[];
}

/** Every command anywhere in the line, with the words the shell will run and the folder it runs in. */
export function walkScript(source: string, context: WalkContext): ShellScript {
  const walker = new Walker(source, context);
  const script = parse(source);
  walker.script(script, context.cwd === null ? null : [context.cwd]);
  const { parts, problems, parentheses } = walker.record;
  if (!parentheses.balanced(source)) problems.push("a parenthesis stands where none belongs");
  return { parts, problems: [...new Set(problems)], forkBomb: walker.forkBomb };
}

/** One pass over one line; lives as long as the call above. */
class Walker {
  forkBomb = false;
  readonly record: PartRecorder;

  constructor(
    source: string,
    readonly context: WalkContext,
  ) {
    this.record = new PartRecorder(source, context, (script, cwds) => this.script(script, cwds));
  }

  script(script: ParsedScript, cwds: Folders): Folders {
    for (const error of script.errors ?? []) this.record.problems.push(`the shell grammar stumbles: ${error.message}`);
    return afterwards(this.record.within(script.source, () => this.#statements(script.commands, cwds)));
  }

  #statements(statements: readonly Statement[], cwds: Folders): FolderFlow {
    let flow: FolderFlow = stay(cwds);
    let at = cwds;
    for (const statement of statements) {
      if (statement.background) {
        this.record.with("it runs in the background", () => this.#andOr(statement.command, at));
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
    if (node.commands.length === 0 || empty || node.prefixes.length > 1) this.record.problems.push("a command is missing");
    const negated = node.prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
    if (node.commands.length === 1) {
      const flow = this.#command(node.commands[0] as CommandNode, cwds);
      return negated ? { success: flow.failure, failure: flow.success } : flow;
    }
    const mark = this.record.parts.length;
    for (const command of node.commands) this.#command(command, cwds);
    pipeText(this.record.parts.slice(mark));
    return stay(cwds);
  }

  #command(node: CommandNode, cwds: Folders): FolderFlow {
    return node.type === "Command" ? this.#simple(node, cwds) : this.record.deeper(() => this.#compound(node, cwds));
  }

  #compound(node: Exclude<CommandNode, Command>, cwds: Folders): FolderFlow {
    switch (node.type) {
      case "Subshell":
        if (!this.record.inWord) this.record.parentheses.subshell();
        this.#list(node.body, cwds);
        return stay(cwds);
      case "BraceGroup":
        return this.#list(node.body, cwds);
      case "Redirected": {
        const flow = this.#command(node.command, cwds);
        this.record.push({ node, words: [], redirects: node.redirects, cwds });
        return flow;
      }
      case "If":
        return this.#if(node, cwds);
      case "While":
        return this.#loop(cwds, (at) => eitherOf(at, this.#both(node.body, this.#list(node.clause, at).success)));
      case "For":
      case "Select":
        this.record.words(node.wordlist ?? [], cwds);
        return this.record.with("it runs in a loop that sets a variable", () =>
          this.#loop(cwds, (at) => this.#both(node.body, at)),
        );
      case "ArithmeticFor":
        this.record.parentheses.exempt();
        this.record.expansions(node, cwds, node.body);
        return this.record.with("it runs in an arithmetic loop", () => this.#loop(cwds, (at) => this.#both(node.body, at)));
      case "Case":
        this.record.parentheses.exempt();
        return this.#case(node, cwds);
      case "Function":
        this.record.parentheses.exempt();
        return this.#function(node, cwds);
      case "Coproc":
        this.record.with("it runs as a coprocess", () => {
          if (node.body.type === "CompoundList") this.#list(node.body, cwds);
          else this.#command(node.body, cwds);
          this.record.push({ node, words: [], redirects: [], cwds });
        });
        return stay(cwds);
      case "TestCommand": {
        this.record.cover(node);
        const test = testExpressionWords(node.expression, (word) => this.record.word(word, cwds));
        this.record.push({ node, words: test.words, redirects: [], cwds, unclear: test.unclear });
        return stay(cwds);
      }
      case "ArithmeticCommand":
        this.record.cover(node);
        this.record.expansions(node, cwds);
        this.record.push({ node, words: [], redirects: [], cwds, unclear: ["arithmetic can run commands"] });
        return stay(cwds);
      default:
        this.record.problems.push("it holds a shell construct that is not known");
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
    const mark = this.record.parts.length;
    const after = body(cwds);
    const same = after !== null && cwds !== null && after.every((cwd) => cwds.includes(cwd));
    if (same) return stay(after);
    for (const part of this.record.parts.slice(mark)) part.cwds = null;
    return stay(null);
  }

  #case(node: Extract<CommandNode, { type: "Case" }>, cwds: Folders): FolderFlow {
    this.record.words([node.word, ...node.items.flatMap((item) => item.pattern)], cwds);
    let out = cwds;
    for (const item of node.items) out = eitherOf(out, this.#both(item.body, out));
    return stay(out);
  }

  #function(node: Extract<CommandNode, { type: "Function" }>, cwds: Folders): FolderFlow {
    const name = node.name.value;
    const mark = this.record.parts.length;
    this.record.with("it is the body of a function", () => {
      if (node.body.type === "CompoundList") this.#list(node.body, null);
      else this.#command(node.body, null);
    });
    const body = this.record.text(node.body);
    const calls = this.record.parts.slice(mark).filter((part) => part.words[0]?.value === name).length;
    if (calls > 0 && (body.includes("&") || body.includes("|"))) this.forkBomb = true;
    this.record.push({ node, words: [], redirects: [], cwds, unclear: ["it defines a function"] });
    return stay(cwds);
  }

  #simple(node: Command, cwds: Folders): FolderFlow {
    const named = node.name ? [node.name] : [];
    const words: ShellWord[] = [];
    const unclear: string[] = [];
    for (const item of [...named, ...node.args]) {
      if (item.type === "Assignment") {
        this.record.cover(item);
        this.record.expansions(item, cwds);
        unclear.push("it assigns a variable");
        words.push({ value: item.text, text: item.text, fixed: false, glob: false, home: false });
      } else words.push(this.record.word(item, cwds));
    }
    const assignments: string[] = [];
    for (const item of node.prefix) {
      if (item.type !== "Assignment") continue;
      this.record.cover(item);
      this.record.expansions(item, cwds);
      assignments.push(item.name);
    }
    this.record.push({ node, words, redirects: node.redirects, cwds, assignments, unclear });
    return folderAfter(words, cwds, this.context.home, (from, to) => this.context.changeDirectory(from, to));
  }
}
