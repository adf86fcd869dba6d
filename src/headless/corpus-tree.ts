import { appendFileSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { diskProbe } from "./path-probe";

/** A temporary tree with the folders the path corpus speaks of; `$T` is its root. */
export function corpusTree() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "stride-corpus-")));
  const pipes = new Set<string>();
  for (const folder of ["proj/src", "out", "proj-evil", "home/.ssh", "lib2"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of [
    "proj/src/a.ts",
    "proj/package.json",
    "out/secret.txt",
    "proj-evil/a.ts",
    "home/.ssh/id_rsa",
    "home/.bashrc",
  ])
    writeFileSync(join(root, file), "x\n");
  return {
    root,
    /** A named pipe needs a program to make it; the probe reports one where a case asks for it. */
    probe(platform: "linux" | "darwin" | "win32") {
      const disk = diskProbe(platform);
      return { ...disk, lstat: (path: string) => (pipes.has(path) ? { kind: "other" as const } : disk.lstat(path)) };
    },
    apply(
      entries: readonly {
        file?: string;
        text?: string;
        symlink?: string;
        to?: string;
        hardlink?: string;
        fifo?: string;
        socket?: string;
        dir?: string;
      }[],
    ): void {
      for (const entry of entries) {
        const special = entry.fifo ?? entry.socket;
        if (special !== undefined) pipes.add(special);
        if (entry.dir !== undefined) mkdirSync(entry.dir, { recursive: true });
        const path = entry.file ?? entry.symlink ?? entry.hardlink;
        if (path === undefined) continue;
        mkdirSync(dirname(path), { recursive: true });
        if (entry.file !== undefined) writeFileSync(path, entry.text ?? "");
        else
          replace(path, () => (entry.symlink === undefined ? linkSync(entry.to ?? "", path) : symlinkSync(entry.to ?? "", path)));
      }
    },
    /** "after-check: symlink A -> B", "after-check: replace A by symlink -> B", "after-prompt: append a line to A". */
    race(text: string): boolean {
      const link = /(?:symlink|replace) (\S+)(?: by symlink)? -> (\S+)$/.exec(text);
      if (link) replace(link[1] as string, () => symlinkSync(link[2] as string, link[1] as string));
      const append = /append (?:a line )?to (\S+)$/.exec(text);
      if (append) appendFileSync(append[1] as string, "changed\n");
      return link !== null || append !== null;
    },
    remove: (): void => rmSync(root, { recursive: true, force: true }),
  };
}

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true, force: true });
  make();
}
