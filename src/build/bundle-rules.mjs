import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { ROOT } from "./node-24.mjs";

const ENTRY_LIMIT_KB = 50;
const MAY_IMPORT = {
  /** Anything more here is paid by every window that never opens Stride. */
  extension: new Set(["vscode", "./host.cjs", "node:path", "node:url", "node:fs", "node:os"]),
  host: { has: (name) => name === "vscode" || isBuiltin(name) },
  engine: { has: (name) => isBuiltin(name) || name.startsWith("./rare/") },
  rare: { has: isBuiltin },
  broker: { has: isBuiltin },
  starters: { has: isBuiltin },
  webview: { has: () => false },
};

/** What must hold of a finished bundle, as sentences about what does not. */
export function checkBundle(name, metafile, { dev = false } = {}) {
  const problems = [];
  for (const [file, output] of Object.entries(metafile.outputs)) {
    for (const { path, external, kind } of output.imports) {
      if (
        external &&
        kind !== "url-token" &&
        kind !== "import-rule" &&
        !MAY_IMPORT[name].has(path) &&
        !isOptional(metafile, path)
      )
        problems.push(`${file} imports ${path}, which ${name} may not`);
    }
    if (name === "engine") problems.push(...lostPlaces(file, output));
    // Without --dev the only characters left are those that count.
    if (name === "engine" && !dev) problems.push(...notAscii(file));
    if (name === "extension" && file.endsWith(".cjs") && !dev && output.bytes > ENTRY_LIMIT_KB * 1024)
      problems.push(`${file} has ${(output.bytes / 1024).toFixed(1)} KB, more than ${ENTRY_LIMIT_KB}`);
  }
  return problems;
}

/** Packages probe for optional peers inside try/catch; esbuild leaves those as they are. Our own sources never do. */
function isOptional(metafile, path) {
  const importers = Object.entries(metafile.inputs).filter(([, input]) =>
    input.imports.some((one) => one.external && one.path === path),
  );
  return path !== "vscode" && importers.length > 0 && importers.every(([file]) => file.includes("node_modules/"));
}

/** It is read as Latin-1, which is quicker and shorter; the bundler escapes all but regular expressions. */
function notAscii(file) {
  const found = /.{0,40}[^\0-\x7f]+/.exec(readFileSync(join(ROOT, file), "latin1"));
  return found ? [`${file} is not plain ASCII: write the character as \\u… in "${found[0]}"`] : [];
}

/** The engine's bundle is a script, which does not know where it lies: it is told. */
const lostPlaces = (file, { inputs }) =>
  Object.keys(inputs)
    .filter((input) => input.startsWith("src/") && readFileSync(join(ROOT, input), "utf8").includes("import.meta."))
    .map((input) => `${input} asks for its own place, which ${file} cannot tell`);
