import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Getters that are used all the same, and cost little. */
const WANTED = new Set(["BlockList"]);

/**
 * What an ES module's import of a builtin costs: it reads all exports, getters too, and some of those load whole
 * subsystems (a WebSocket client, worker threads). Here only plain values are read. 30 ms of the start.
 */
export const builtinsAsTheyAre = {
  name: "builtins-as-they-are",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "builtin" } : undefined,
    );
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => {
      const properties = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)));
      const names = properties.flatMap(([name, { get }]) =>
        (get && !WANTED.has(name)) || !/^[a-z]\w*$/i.test(name) || name === "default" ? [] : [name],
      );
      const contents = `const builtin = process.getBuiltinModule(${JSON.stringify(path)});
export default builtin;
export const { ${names.join(", ")} } = builtin;`;
      return { contents };
    });
  },
};

/** An ES module's import of a CommonJS one copies each of its properties, per importing file: the editor's API has hundreds. */
export const vscodeAsItIs = {
  name: "vscode-as-it-is",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]src[/\\](host|entry)[/\\].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace(/^import \* as vscode from "vscode";/m, 'const vscode = require("vscode");');
      return { contents, loader: "ts" };
    });
  },
};

/** Packages that are needed rarely: files of their own, so that nobody reads half a megabyte who opens no PDF. */
const RARE = ["@cantoo/pdf-lib", "jpeg-js", "pngjs", "yaml"];
/** Of those that our sources import like any other: the functions that load them with the first call. */
const WHEN_CALLED = { yaml: ["parse"] };

const fileOf = (name) => `rare/${name.replace(/^@.*\//, "")}`;
export const rareEntries = Object.fromEntries(RARE.map((name) => [fileOf(name), name]));

export const rareApart = {
  name: "rare-apart",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${RARE.join("|")})$`);
    onResolve({ filter }, ({ path, kind }) =>
      kind === "import-statement"
        ? { path, namespace: "when-called" }
        : { path: `./${fileOf(path)}.cjs`, external: true, namespace: "apart" },
    );
    onLoad({ filter: /./, namespace: "when-called" }, ({ path }) => {
      const names = WHEN_CALLED[path];
      if (!names)
        return { errors: [{ text: `${path} is a file of its own here: load it with await import() when it is needed` }] };
      const one = (name) => `export const ${name} = (...given) => require(${JSON.stringify(path)}).${name}(...given);`;
      return { contents: names.map(one).join("\n") };
    });
  },
};

/** The JSON schemas of all tools, by name; making them at the start would take longer than reading them. */
export async function toolSchemas(root, folder) {
  const outfile = join(folder, "tool-schemas.mjs");
  const contents = `import * as z from "zod";
import { tools } from "./src/agent/tools/index";
export const schemas = Object.fromEntries(tools.map((tool) => [tool.name, z.toJSONSchema(tool.input, { io: "input" })]));`;
  const stdin = { contents, resolveDir: root, loader: "ts" };
  await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "error" });
  const { schemas } = await import(`${pathToFileURL(outfile).href}?${Date.now()}`);
  rmSync(outfile);
  return schemas;
}
