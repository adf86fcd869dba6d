import { optionTable, readOptions, type OptionTable } from "./option-table";
import type { OperandAccess } from "./operands";
import type { ShellPart } from "./part";
import { textTools } from "./tables/text-tools";

/** File commands that acceptEdits covers below the workspace, with the options that keep them there. */
const tables: Record<string, OptionTable> = {
  mkdir: optionTable({ flags: "pv", values: "m", long: "parents verbose mode=" }),
  touch: optionTable({ flags: "acm", values: "dt", long: "no-create date=" }),
  rm: optionTable({ flags: "rRfivdI", long: "recursive force verbose dir" }),
  rmdir: optionTable({ flags: "pv", long: "parents verbose ignore-fail-on-non-empty" }),
  mv: optionTable({ flags: "finuvT", long: "force interactive no-clobber update verbose no-target-directory" }),
  cp: optionTable({ flags: "rRfinuvpT", long: "recursive force interactive no-clobber update verbose no-target-directory" }),
};

/** The files an editing command changes, or undefined when it is not one of those. */
export function editCommand(part: ShellPart): OperandAccess[] | undefined {
  const [name = "", ...rest] = part.words.map((word) => word.value);
  if (part.words.some((word) => word.glob)) return undefined;
  const write = (text: string): OperandAccess => ({ text, op: "write", content: true, recursive: false, glob: false });
  if (name === "sed") return sedInPlace(rest)?.map(write);
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (!table) return undefined;
  const use = readOptions(table, rest);
  if (typeof use === "string" || use.operands.length === 0) return undefined;
  return use.operands.map((text, i) =>
    name === "cp" && i < use.operands.length - 1 ? { ...write(text), op: "read" } : write(text),
  );
}

function sedInPlace(rest: string[]): string[] | undefined {
  const at = rest.findIndex((word) => word === "-i" || word === "--in-place");
  const table = textTools["sed"];
  if (at < 0 || !table) return undefined;
  const use = readOptions(
    table,
    rest.filter((_, i) => i !== at),
  );
  return typeof use === "string" || use.reads.length === 0 ? undefined : use.reads;
}
