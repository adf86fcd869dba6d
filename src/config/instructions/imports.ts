/** `@path` mentions outside code, in order. An e-mail address or a package scope in code is not one. */
export function importsOf(text: string): string[] {
  const paths: string[] = [];
  let fence: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      continue;
    }
    if (mark) {
      fence = mark;
      continue;
    }
    const plain = line.replace(/(`+)(?:.*?)\1/g, " ");
    for (const match of plain.matchAll(/(?:^|\s)@((?:~\/|\.{1,2}\/|\/)?[\w.-](?:\\ |[^\s\\,;:!?)"'\]])*)/g)) {
      const path = (match[1] ?? "").replaceAll("\\ ", " ").replace(/\.$/, "");
      if (path !== "") paths.push(path);
    }
  }
  return paths;
}

/** Comments are notes between people; inside a fence they are code and stay. */
export function withoutComments(text: string): string {
  return text
    .split(/(^\s*(?:```|~~~)[\s\S]*?^\s*(?:```|~~~)[ \t]*$)/m)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(/<!--[\s\S]*?-->[ \t]*\n?/g, "")))
    .join("");
}
