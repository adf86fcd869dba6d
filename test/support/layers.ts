import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";

/** What a room may import besides itself: other rooms or single files, the platform, packages. */
export interface Room {
  folder: string;
  rooms: readonly string[];
  node?: boolean;
  vscode?: boolean;
  packages?: boolean | readonly string[];
}

export interface Import {
  file: string;
  line: number;
  specifier: string;
}

const LIBRARY = ["src/shared"];
const ENGINE = ["src/agent", "src/config", "src/llm", "src/processes", "src/sandbox", "src/files", "src/search", "src/web"];
const ROOMS_OF_AGENT = ["loop", "tools", "permissions", "context", "prompt", "sessions", "records"].map(
  (name) => `src/agent/${name}`,
);

/** The table of src/ARCHITECTURE.md. The longest folder that fits a file is its room; a file without one is a mistake. */
export const ROOMS: readonly Room[] = [
  { folder: "src/shared", rooms: [] },
  { folder: "src/config", rooms: LIBRARY, node: true, packages: true },
  { folder: "src/llm", rooms: LIBRARY, node: true, packages: true },
  { folder: "src/processes", rooms: LIBRARY, node: true, packages: true },
  { folder: "src/sandbox", rooms: LIBRARY, node: true, packages: ["zod"] },
  { folder: "src/files", rooms: LIBRARY, node: true, packages: true },
  { folder: "src/search", rooms: LIBRARY, node: true },
  { folder: "src/web", rooms: LIBRARY, node: true, packages: true },
  { folder: "src/agent/loop", rooms: LIBRARY },
  { folder: "src/agent/tools", rooms: LIBRARY, packages: true },
  { folder: "src/agent/permissions", rooms: [...LIBRARY, "src/config/types", "src/config/rules"], packages: true },
  { folder: "src/agent/context", rooms: [...LIBRARY, "src/config/types"] },
  { folder: "src/agent/prompt", rooms: [...LIBRARY, "src/config/types"] },
  { folder: "src/agent/sessions", rooms: LIBRARY, node: true, packages: ["ulid"] },
  { folder: "src/agent/records", rooms: LIBRARY, node: true },
  // The files that lie in agent/ itself compose the engine: they see all of it.
  { folder: "src/agent", rooms: [...LIBRARY, ...ENGINE, ...ROOMS_OF_AGENT], node: true, packages: true },
  { folder: "src/headless", rooms: [...LIBRARY, "src/config/types"], node: true },
  { folder: "src/host", rooms: LIBRARY, node: true, vscode: true },
  { folder: "src/entry/extension", rooms: [...LIBRARY, "src/host"], node: true, vscode: true },
  { folder: "src/entry", rooms: [...LIBRARY, ...ENGINE, "src/agent/sessions", "src/headless"], node: true },
  { folder: "src/build", rooms: [], node: true, packages: true },
  { folder: "webview-ui", rooms: LIBRARY, packages: true },
];

/** Only these may start a process. */
const STARTS_PROCESSES = ["src/processes", "src/build"];

export const roomOf = (file: string): Room | undefined =>
  ROOMS.filter(({ folder }) => isIn(file, folder)).sort((a, b) => b.folder.length - a.folder.length)[0];

/** Every import of a source file: static, dynamic, of types, re-exports and `require`. */
export function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(
    file,
    text,
    ts.ScriptTarget.Latest,
    true,
    file.endsWith("x") ? ts.ScriptKind.TSX : undefined,
  );
  const found: Import[] = [];
  const add = (node: ts.Node | undefined) => {
    if (!node || !ts.isStringLiteralLike(node)) return;
    found.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, specifier: node.text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require")
    )
      add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The rule an import breaks, as "file:line why"; undefined when it is fine. */
export function brokenRule({ file, line, specifier }: Import): string | undefined {
  const at = `${file}:${line} imports ${specifier}: `;
  const room = roomOf(file);
  if (!room) return `${at}${file} lies in no room of the table`;
  if (specifier === "vscode") return room.vscode ? undefined : `${at}only src/host and src/entry/extension know the editor`;
  if (isBuiltin(specifier)) {
    if (/^(node:)?child_process$/.test(specifier) && !STARTS_PROCESSES.some((folder) => isIn(file, folder)))
      return `${at}only src/processes starts processes`;
    return room.node ? undefined : `${at}${room.folder} does without node`;
  }
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    const allowed = typeof room.packages === "object" ? room.packages.includes(name) : room.packages === true;
    return allowed ? undefined : `${at}${room.folder} does without packages`;
  }
  const target = posix.join(posix.dirname(file), specifier.replace(/\.(ts|tsx|mjs|js)$/, ""));
  const other = roomOf(target);
  // Bundles are known by file name only, styles and fonts belong to no room.
  if (!other) return /\.(cjs|css|json)$/.test(target) ? undefined : `${at}that lies in no room of the table`;
  if (
    other === room ||
    room.rooms.some((allowed) =>
      ROOMS.some(({ folder }) => folder === allowed) ? other.folder === allowed : isIn(target, allowed),
    )
  )
    return undefined;
  return `${at}${room.folder} may import ${["itself", ...room.rooms].join(", ")}`;
}

const isIn = (file: string, folder: string): boolean =>
  file === folder || file.startsWith(`${folder}/`) || file.startsWith(`${folder}.`);
