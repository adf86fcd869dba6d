export const shapes: Record<string, string> = {
  prose:
    "Hello there, this is *some* text with `code` and **bold words** in it.\nA second line, with a comma.\n\nNext paragraph goes on and on\n\n# Head\n\nEnd www.example.org and https://example.org/a_b_c done.\n",
  lists:
    "Intro:\n\n- one\n- two with `code`\n- three\n  more of three\n\n- four after a gap\n\n  with a paragraph\n- five\n\nAfter.\n\n1. a\n2. b\n   - nested\n   - more\n3. c\n\n1) other\n2) kind\n",
  longList: Array.from({ length: 30 }, (_, i) => `- item ${i} has a few words in it to be long\n`).join("") + "\nThe end.\n",
  longOrdered:
    Array.from({ length: 30 }, (_, i) => `${i + 1}. item ${i} has a few words in it to be long\n`).join("") + "\n# The end\n",
  listThenList:
    Array.from({ length: 12 }, (_, i) => `- item ${i} has a few words in it to be long\n`).join("") +
    "* other\n* list\n\n- back\n",
  looseList: Array.from({ length: 12 }, (_, i) => `- item ${i} has a few words in it to be long\n\n`).join("") + "Text.\n",
  nestedList:
    Array.from({ length: 12 }, (_, i) => `- item ${i} has words\n  - sub ${i}\n    deeper text\n`).join("") + "\n    code?\n",
  fences:
    "Look:\n\n```ts\nconst a = `x`;\n\n\nfunction b() {}\n```\n\nand\n\n~~~\nplain ``` inside\n~~~\n\n````md\n```js\n1\n```\n````\n\n```js\nopen to the end\n\n  still",
  tables: "| a | b |\n|---|:-:|\n| 1 | `x` |\n| 2 | **y** |\n\nAfter | not a table\n\n| lone |\n",
  quotes: "> quote\nlazy\n> - list in quote\n> - two\n>\n> para\n\nout\n\n> # head\n",
  html: "<div>\n<b>raw</b>\n</div>\n\ntext <i>inline</i>\n\n<!-- comment\n\nstill -->\n\n<script>\n\nx\n</script>\nend\n",
  setext: "Title\n=====\n\nSub\n---\n\ntext\n***\nmore\n",
  tasks: "- [ ] open\n- [x] done\n- [ ] third one\n\nNot [x] a task\n",
  crlf: "a\r\nb\r\n\r\n- c\r\n- d\r\n\r\n```\r\nx\r\n```\r\n",
  tabs: "a\tb\n\n\tcode\n\n-\titem\n-\titem two\n\n\tmore\n",
  rtl: "שלום עולם, this is mixed\n\n- مرحبا\n- اثنان\n",
};

/** A typical long answer: paragraphs, lists, fences, a table, in turn. */
export function answer(length: number): string {
  const parts = [
    "The change touches three places, and each of them is small. The reader keeps its buffer between calls, so a line that was cut in two is put together again before it is parsed.\n\n",
    "## What happens\n\n1. The request is read to its end, with a limit.\n2. The body is parsed **once**, and `null` means that it was not JSON.\n3. What is left over stays for the next call.\n\n",
    "```ts\nexport function parse(text: string): unknown {\n  try {\n    return JSON.parse(text);\n  } catch {\n    return null;\n  }\n}\n```\n\n",
    "- first point with a few words\n- second point, a little longer than the first one\n- third: see [the guide](https://example.org/guide)\n\n",
    "| file | lines | state |\n|---|---:|---|\n| parse.ts | 42 | done |\n| read.ts | 17 | open |\n\n",
  ];
  let text = "";
  for (let i = 0; text.length < length; i++) text += parts[i % parts.length];
  return text.slice(0, length);
}
