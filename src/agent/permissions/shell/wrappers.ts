import type { ShellWord } from "./part";

/** Wrappers a rule looks through; anything else in front of the command is part of what must be allowed. */
const wrappers: Record<string, { flags: RegExp; values: RegExp; operands: number }> = {
  timeout: {
    flags: /^(?:-v|--verbose|--foreground|--preserve-status|-[ks].+|--(?:kill-after|signal)=.+)$/,
    values: /^(?:-k|-s|--kill-after|--signal)$/,
    operands: 1,
  },
  time: { flags: /^-p$/, values: /^$/, operands: 0 },
  nice: { flags: /^(?:-\d+|-n-?\d+|--adjustment=-?\d+)$/, values: /^(?:-n|--adjustment)$/, operands: 0 },
  nohup: { flags: /^$/, values: /^$/, operands: 0 },
  stdbuf: { flags: /^(?:-[ioe](?:L|\d+)|--(?:input|output|error)=(?:L|\d+))$/, values: /^-[ioe]$/, operands: 0 },
  command: { flags: /^$/, values: /^$/, operands: 0 },
  builtin: { flags: /^$/, values: /^$/, operands: 0 },
  noglob: { flags: /^$/, values: /^$/, operands: 0 },
};

export interface Unwrapped {
  words: ShellWord[];
  /** Operands come from standard input. */
  xargs: boolean;
}

/** The command behind harmless wrappers, or the words as they are. */
export function stripWrappers(words: ShellWord[]): Unwrapped {
  let rest = words;
  let xargs = false;
  for (;;) {
    const name = rest[0]?.value ?? "";
    if (name === "xargs" && rest.length > 1 && !rest[1]?.value.startsWith("-")) {
      rest = rest.slice(1);
      xargs = true;
      continue;
    }
    const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
    const inner = wrapper && skipWrapper(rest, wrapper);
    if (!inner) return { words: rest, xargs };
    rest = inner;
  }
}

function skipWrapper(words: ShellWord[], wrapper: { flags: RegExp; values: RegExp; operands: number }): ShellWord[] | undefined {
  let i = 1;
  for (; i < words.length && words[i]?.value.startsWith("-"); i++) {
    const option = words[i]?.value ?? "";
    if (option === "--") {
      i++;
      break;
    }
    if (wrapper.values.test(option)) i++;
    else if (!wrapper.flags.test(option)) return undefined;
  }
  const inner = words.slice(i + wrapper.operands);
  return inner.length > 0 ? inner : undefined;
}
