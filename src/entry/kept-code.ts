import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";

interface Kept {
  code: Buffer;
  /** How many processes have added to it. */
  runs: number;
}

export interface KeptCode<Exports> {
  exports: Exports;
  /** Writes down what has been compiled by now, so after a turn; nothing when enough processes have done so. */
  keep(): void;
}

/** By then whatever a person usually does was done once. */
const mostRuns = 4;
/** Of other bundles and other versions of Node: nobody may need them any more. */
const mostFiles = 6;

/**
 * Runs a bundle with the bytecode that earlier processes compiled. Node's own cache is made before anything ran: it has
 * hardly a function in it, and each would be compiled again when it is first called, which is a third of a first turn.
 * `build` names the bundle's content: what was kept for another text must never be run for this one. "": nothing is kept.
 */
export function runKept<Exports>(file: string, build: string, folders: { own: string; shipped: string }): KeptCode<Exports> {
  const name = `${build}-${cachedDataVersionTag().toString(16)}.code`;
  const shipped = readKept(join(folders.shipped, name));
  const kept = shipped ?? readKept(join(folders.own, name));
  const source = readFileSync(file, "latin1");
  const script = new Script(source, { filename: file, ...(kept && { cachedData: kept.code }) });
  const module = { exports: {} as Exports };
  const run = script.runInThisContext() as (exports: Exports, require: NodeJS.Require, module: { exports: Exports }) => void;
  run(module.exports, createRequire(file), module);
  const runs = !kept || script.cachedDataRejected ? 0 : kept.runs;
  return {
    exports: module.exports,
    keep: () => {
      if (build !== "" && !shipped && runs < mostRuns)
        keepIn(folders.own, name, { code: script.createCachedData(), runs: runs + 1 });
    },
  };
}

const headerBytes = 8;

function readKept(file: string): Kept | null {
  try {
    const bytes = readFileSync(file);
    // V8 compares versions and flags, not whether all of it is here.
    if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== bytes.length) return null;
    return { code: bytes.subarray(headerBytes), runs: bytes.readUInt32LE(4) };
  } catch {
    return null;
  }
}

/** Where it cannot be written everything works as well. */
function keepIn(folder: string, name: string, kept: Kept): void {
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      writeWhole(temporary, kept);
      renameSync(temporary, join(folder, name));
    } finally {
      rmSync(temporary, { force: true });
    }
    forgetOthers(folder, name);
  } catch {
    // The next process tries again.
  }
}

/** On the disk before it gets its name: a power cut must not leave a name with half of it. */
function writeWhole(file: string, { code, runs }: Kept): void {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(headerBytes + code.length, 0);
  header.writeUInt32LE(runs, 4);
  const fd = openSync(file, "wx", 0o600);
  try {
    writeFileSync(fd, Buffer.concat([header, code]));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function forgetOthers(folder: string, name: string): void {
  const others = readdirSync(folder).filter((one) => one !== name);
  if (others.length >= mostFiles) for (const one of others) rmSync(join(folder, one), { force: true, recursive: true });
}
