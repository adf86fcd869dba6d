#!/usr/bin/env node
// node src/build/bundle.mjs [--dev] [--watch] [--strict] [--out FOLDER]
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { context } from "esbuild";
import { checkBundle } from "./bundle-rules.mjs";
import { builtinsAsTheyAre, loadedWhenCalled, toolSchemas, vscodeAsItIs } from "./fast-start.mjs";
import { ROOT } from "./node-24.mjs";

const DIST = join(ROOT, "dist");
/** The ES module of a package where there is one: UMD wrappers hide their requires from the bundler. */
const NODE = { platform: "node", target: "node22", mainFields: ["module", "main"] };

/** The extension's entry must stay small: the rest of the host is its own file, required on the first need. */
const hostIsLazy = {
  name: "host-is-lazy",
  setup(build) {
    build.onResolve({ filter: /\/host\/host$|\/host\.cjs$/ }, ({ kind }) =>
      kind === "dynamic-import" || kind === "require-call" ? { path: "./host.cjs", external: true } : undefined,
    );
  },
};

/** What packages written for CommonJS expect to find in an ES module. */
const COMMONJS = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __fileURLToPath } from "node:url";',
  'var require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url), __dirname = __fileURLToPath(new globalThis.URL(".", import.meta.url));',
].join("");

/** One esbuild run each; `entries` maps the name in `dist` to the source. */
const BUNDLES = [
  {
    name: "extension",
    entries: { extension: "src/entry/extension.ts" },
    options: {
      ...NODE,
      format: "cjs",
      outExtension: { ".js": ".cjs" },
      external: ["vscode"],
      plugins: [hostIsLazy, vscodeAsItIs],
    },
  },
  {
    name: "host",
    entries: { host: "src/host/host.ts" },
    options: { ...NODE, format: "cjs", outExtension: { ".js": ".cjs" }, external: ["vscode"], plugins: [vscodeAsItIs] },
  },
  {
    name: "engine",
    entries: { worker: "src/entry/worker.ts", "cli-main": "src/entry/cli.ts", broker: "src/entry/broker.ts" },
    options: {
      ...NODE,
      format: "esm",
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
      banner: { js: COMMONJS },
      plugins: [builtinsAsTheyAre, loadedWhenCalled],
    },
  },
  {
    name: "webview",
    entries: { "webview/main": "webview-ui/main.tsx" },
    options: {
      platform: "browser",
      target: "es2022",
      format: "esm",
      splitting: true,
      chunkNames: "webview/chunks/[name]-[hash]",
      jsx: "automatic",
      jsxImportSource: "preact",
      loader: { ".ttf": "file", ".svg": "dataurl" },
      assetNames: "webview/[name]",
    },
  },
];

// Syntax of ten years ago on purpose: an old Node must be able to read it.
const CLI_START = `#!/usr/bin/env node
if (parseInt(process.versions.node, 10) < 22) {
  process.stderr.write("Stride needs Node.js 22 or newer; this is " + process.version + ". Install one from https://nodejs.org and try again.\\n");
  process.exitCode = 2;
} else {
  // Compiled code is kept from run to run: a third of the start. Without it everything works as well.
  try {
    var home = process.env.STRIDE_HOME || process.getBuiltinModule("node:os").homedir() + "/.stride";
    process.getBuiltinModule("node:fs").mkdirSync(home, { recursive: true, mode: 448 });
    process.getBuiltinModule("node:module").enableCompileCache(home + "/cache/code");
  } catch (error) {}
  import("./cli-main.js");
}
`;

/**
 * Bundles every entry that exists into `dist`, or a folder below the root, and resolves with the problems found in what came out.
 * @param {{ dev?: boolean, watch?: boolean, strict?: boolean, out?: string }} options
 */
export async function bundle({ dev = false, watch = false, strict = false, out = DIST } = {}) {
  if (!watch) rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const problems = [];
  // Not while watching: they would be those of the first moment.
  const define = watch ? {} : { STRIDE_TOOL_SCHEMAS: JSON.stringify(await toolSchemas(ROOT, out)) };
  const built = await Promise.all(
    BUNDLES.map(async (one) => {
      const entries = Object.entries(one.entries).filter(([, source]) => existsSync(join(ROOT, source)));
      const missing = Object.values(one.entries).filter((source) => !existsSync(join(ROOT, source)));
      if (strict) problems.push(...missing.map((source) => `${source} does not exist`));
      return entries.length === 0
        ? undefined
        : { name: one.name, metafile: await build(one, Object.fromEntries(entries), { dev, watch, define, out }) };
    }),
  );
  if (existsSync(join(ROOT, BUNDLES[2].entries["cli-main"]))) {
    writeFileSync(join(out, "cli.js"), CLI_START);
    chmodSync(join(out, "cli.js"), 0o755);
  }
  for (const one of built) if (one?.metafile) problems.push(...checkBundle(one.name, one.metafile, { dev }));
  return problems;
}

async function build({ options }, entryPoints, { dev, watch, define, out }) {
  const made = await context({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: out,
    bundle: true,
    metafile: true,
    minify: !dev,
    sourcemap: dev,
    legalComments: "none",
    logLevel: "warning",
    define: { ...define, "process.env.NODE_ENV": dev ? '"development"' : '"production"' },
    ...options,
  });
  if (watch) return void (await made.watch());
  try {
    return (await made.rebuild()).metafile;
  } finally {
    // Also after a failure, or its service keeps this process alive for ever.
    await made.dispose();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: { dev: { type: "boolean" }, watch: { type: "boolean" }, strict: { type: "boolean" }, out: { type: "string" } },
  });
  const out = values.out ? resolve(values.out) : DIST;
  // esbuild has already said where it stumbled.
  const problems = await bundle({ ...values, out, dev: values.dev ?? values.watch }).catch((error) => [
    error.message.split("\n")[0],
  ]);
  for (const problem of problems) console.error(problem);
  if (values.watch) console.log("watching …");
  else
    for (const name of ["extension.cjs", "host.cjs", "worker.js", "cli.js", "broker.js", "webview/main.js"]) printSize(out, name);
  if (problems.length > 0) process.exitCode = 1;
}

function printSize(out, name) {
  const file = join(out, name);
  if (existsSync(file)) console.log(`${name.padEnd(16)} ${(statSync(file).size / 1024).toFixed(1).padStart(8)} KB`);
}
