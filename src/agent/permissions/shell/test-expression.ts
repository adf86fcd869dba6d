import type { TestExpression, Word } from "unbash";
import type { ShellWord } from "./part";

const unaryFile = new Set([
  "-e",
  "-f",
  "-d",
  "-s",
  "-r",
  "-w",
  "-x",
  "-L",
  "-h",
  "-p",
  "-S",
  "-b",
  "-c",
  "-g",
  "-u",
  "-k",
  "-O",
  "-G",
  "-N",
]);
const unaryText = new Set(["-n", "-z"]);
const textBinary = new Set(["=", "==", "!=", "<", ">", "=~"]);
const fileBinary = new Set(["-nt", "-ot", "-ef"]);
const numberBinary = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

export interface TestWords {
  words: ShellWord[];
  unclear: string[];
}

/** `[[ … ]]` as words, with a mark when one of its operands could be evaluated as arithmetic. */
export function testExpressionWords(expression: TestExpression, decode: (word: Word) => ShellWord): TestWords {
  const out: TestWords = { words: [bare("[[")], unclear: [] };
  visit(expression, decode, out);
  return out;
}

const bare = (value: string): ShellWord => ({ value, text: value, fixed: true, glob: false, home: false });
const number = (word: ShellWord): boolean => word.fixed && /^-?\d+$/.test(word.value);

function visit(node: TestExpression, decode: (word: Word) => ShellWord, out: TestWords): void {
  switch (node.type) {
    case "TestUnary": {
      const operand = decode(node.operand);
      if (unaryFile.has(node.operator)) out.words.push(operand);
      else if (!unaryText.has(node.operator)) out.unclear.push(`[[ ${node.operator} … ]] can evaluate its operand`);
      if (!operand.fixed) out.unclear.push("a word is only known when it runs");
      return;
    }
    case "TestBinary": {
      const pair = [decode(node.left), decode(node.right)];
      if (fileBinary.has(node.operator)) out.words.push(...pair);
      else if (numberBinary.has(node.operator) ? !pair.every(number) : !textBinary.has(node.operator)) {
        out.unclear.push(`[[ ${node.operator} ]] evaluates its operands as arithmetic`);
      }
      if (!pair.every((word) => word.fixed)) out.unclear.push("a word is only known when it runs");
      return;
    }
    case "TestLogical":
      for (const operand of node.operands) visit(operand, decode, out);
      return;
    case "TestNot":
      visit(node.operand, decode, out);
      return;
    case "TestGroup":
      visit(node.expression, decode, out);
      return;
    default:
      out.unclear.push("a test that is not known");
  }
}
