#!/usr/bin/env node
// node src/build/bundle.mjs [--dev] [--watch] [--out FOLDER]
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { context } from "esbuild";
import { checkBundle } from "./bundle-rules.mjs";
import { builtinsAsTheyAre, rareApart, rareEntries, toolSchemas, vscodeAsItIs } from "./fast-start.mjs";
import { ROOT } from "./node-24.mjs";
import { prime } from "./prime.mjs";

const DIST = join(ROOT, "dist");
/** The ES module of a package where there is one: UMD wrappers hide their requires from the bundler. */
const NODE = { platform: "node", target: "node22", mainFields: ["module", "main"] };
const MODULE = { ...NODE, format: "esm", plugins: [builtinsAsTheyAre] };

/** The extension's entry must stay small: the rest of the host is its own file, required on the first need. */
const hostIsLazy = {
  name: "host-is-lazy",
  setup(build) {
    build.onResolve({ filter: /\/host\/host$|\/host\.cjs$/ }, ({ kind }) =>
      kind === "dynamic-import" || kind === "require-call" ? { path: "./host.cjs", external: true } : undefined,
    );
  },
};

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
    entries: { engine: "src/entry/engine.ts" },
    options: {
      ...NODE,
      format: "cjs",
      outExtension: { ".js": ".cjs" },
      // A script and not a module: only of a script can the code be kept that was compiled while it ran.
      banner: { js: "(function (exports, require, module) {" },
      footer: { js: "})" },
      supported: { "dynamic-import": false },
      plugins: [builtinsAsTheyAre, rareApart],
    },
  },
  {
    name: "rare",
    entries: rareEntries,
    options: { ...NODE, format: "cjs", outExtension: { ".js": ".cjs" }, plugins: [builtinsAsTheyAre] },
  },
  { name: "broker", entries: { broker: "src/entry/broker.ts" }, options: MODULE },
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
  import("./cli-main.js");
}
`;

/** They run the engine's bundle, whose name for its content is built in. */
const STARTERS = {
  name: "starters",
  entries: { "cli-main": "src/entry/start-cli.ts", worker: "src/entry/start-worker.ts" },
  options: MODULE,
};

/**
 * Bundles every entry into `dist`, or a folder below the root, and resolves with the problems found in what came out.
 * @param {{ dev?: boolean, watch?: boolean, out?: string }} options
 */
export async function bundle({ dev = false, watch = false, out = DIST } = {}) {
  if (!watch) rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const one = ({ entries, ...rest }, define) => build({ entryPoints: entries, ...rest }, { dev, watch, define, out });
  // Not while watching: they would be those of the first moment.
  const schemas = watch ? {} : { STRIDE_TOOL_SCHEMAS: JSON.stringify(await toolSchemas(ROOT, out)) };
  const built = await Promise.all(BUNDLES.map((bundled) => one(bundled, schemas)));
  built.push(await one(STARTERS, { STRIDE_BUILD: JSON.stringify(watch ? "" : digestOf(join(out, "engine.cjs"))) }));
  writeFileSync(join(out, "cli.js"), CLI_START);
  chmodSync(join(out, "cli.js"), 0o755);
  const notPrimed = dev || watch ? undefined : await prime(out);
  if (notPrimed) console.warn(notPrimed);
  return built.flatMap(({ name, metafile }) => (metafile ? checkBundle(name, metafile, { dev }) : []));
}

const digestOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);

async function build({ name, entryPoints, options }, { dev, watch, define, out }) {
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
  if (watch) {
    await made.watch();
    return { name };
  }
  try {
    return { name, metafile: (await made.rebuild()).metafile };
  } finally {
    // Also after a failure, or its service keeps this process alive for ever.
    await made.dispose();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: { dev: { type: "boolean" }, watch: { type: "boolean" }, out: { type: "string" } },
  });
  const out = values.out ? resolve(values.out) : DIST;
  // esbuild has already said where it stumbled.
  const problems = await bundle({ ...values, out, dev: values.dev ?? values.watch }).catch((error) => [
    error.message.split("\n")[0],
  ]);
  for (const problem of problems) console.error(problem);
  if (values.watch) console.log("watching …");
  else
    for (const name of ["extension.cjs", "host.cjs", "engine.cjs", "worker.js", "cli.js", "broker.js", "webview/main.js"])
      printSize(out, name);
  if (problems.length > 0) process.exitCode = 1;
}

function printSize(out, name) {
  const file = join(out, name);
  if (existsSync(file)) console.log(`${name.padEnd(16)} ${(statSync(file).size / 1024).toFixed(1).padStart(8)} KB`);
}
