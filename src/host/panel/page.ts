export interface PageParts {
  nonce: string;
  cspSource: string;
  script: string;
  style: string;
  language: string;
  title: string;
}

/** The policy of SR-35; a change here must keep the test that parses it. */
export function contentSecurityPolicy({ nonce, cspSource }: Pick<PageParts, "nonce" | "cspSource">): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `img-src ${cspSource} data:`,
    `font-src ${cspSource}`,
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-src 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

export function page(parts: PageParts): string {
  const { nonce, script, style, language, title } = parts;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(contentSecurityPolicy(parts))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" nonce="${nonce}" href="${attribute(style)}">
<title>${attribute(title)}</title>
</head>
<body>
<div id="root" data-nonce="${nonce}"></div>
<script type="module" nonce="${nonce}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
