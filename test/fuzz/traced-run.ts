import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readOnlyGitEnvironment } from "../../src/agent/permissions/shell/git-repository";
import { readTools, runsUnasked, toolLine, type Fixture } from "./allowed-lines";
import { random } from "./shell-words";

export interface Escape {
  line: string;
  what: string;
}

const calls =
  "execve,connect,openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmodat,chown,fchownat,truncate,utimensat,mknodat,bind,kill,setxattr";

/** Why no line can be run here, undefined when it can. */
export function tracingProblem(): string | undefined {
  const run = spawnSync("bwrap", [...sandbox("/tmp", "/tmp"), "strace", "-f", "-qq", "-o", "/dev/null", "true"], {
    encoding: "utf8",
  });
  return run.status === 0 ? undefined : `bwrap with strace does not run here: ${run.error?.message ?? run.stderr.trim()}`;
}

/** Seeded lines that nobody would be asked about, run for real; what they did beyond reading comes back. */
export function runAllowed(seed: number, count: number): { escapes: Escape[]; ran: number } {
  return inPlace((place) => {
    const next = random(seed);
    const lines: string[] = [];
    for (let tries = 0; lines.length < count && tries < count * 40; tries++) {
      const line = toolLine(next);
      if (runsUnasked(line, place)) lines.push(line);
    }
    return { escapes: trace(lines, place), ran: lines.length };
  });
}

/** The same for given lines, asked about or not: what the oracle itself is tested with. */
export const runLines = (lines: readonly string[]): Escape[] => inPlace((place) => trace(lines, place));

function inPlace<T>(run: (place: Place) => T): T {
  const place = makePlace();
  try {
    return run(place);
  } finally {
    rmSync(place.top, { recursive: true, force: true });
  }
}

function trace(lines: readonly string[], place: Place): Escape[] {
  lines.forEach((line, i) => writeFileSync(join(place.top, "lines", String(i)), line));
  const script = `for i in $(seq 0 ${lines.length - 1}); do timeout 5 strace -f -y -qq -s 300 -e trace=${calls} -o ${place.top}/traces/$i bash --norc --noprofile ${place.top}/lines/$i </dev/null >/dev/null 2>&1; done`;
  spawnSync("bwrap", [...sandbox(place.top, place.root), "bash", "--norc", "--noprofile", "-c", script], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: place.home, LC_ALL: "C.UTF-8", ...readOnlyGitEnvironment() },
    maxBuffer: 1 << 26,
  });
  return lines.flatMap((line, i) => {
    const what = judgeTrace(readFileSync(join(place.top, "traces", String(i)), "utf8"), place);
    return what === undefined ? [] : [{ line, what }];
  });
}

const sandbox = (top: string, root: string): string[] => [
  ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"],
  ...["--bind", top, top, "--unshare-all", "--die-with-parent", "--chdir", root],
];

interface Place extends Fixture {
  top: string;
}

function makePlace(): Place {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "stride-traced-")));
  const root = join(top, "proj");
  const home = join(top, "home");
  for (const folder of ["proj/src", "home/.ssh", "outside", "lines", "traces"]) mkdirSync(join(top, folder), { recursive: true });
  const text = "foo\nbar\n5\n{}\n";
  for (const file of [
    "proj/a.txt",
    "proj/b.txt",
    "proj/src/a.ts",
    "proj/a b.txt",
    "proj/.env",
    "outside/secret",
    "home/.ssh/id_rsa",
  ])
    writeFileSync(join(top, file), text);
  symlinkSync("../outside/secret", join(root, "link"));
  symlinkSync("../outside", join(root, "folder-link"));
  const git = (...args: string[]) =>
    spawnSync("git", ["-c", "user.name=u", "-c", "user.email=u@e", ...args], {
      cwd: root,
      env: { PATH: process.env["PATH"], HOME: home },
    });
  git("init", "-q", "-b", "main");
  git("add", "a.txt", "src/a.ts");
  git("commit", "-qm", "first");
  return { top, root, home };
}

const tools = new Set([...readTools, "bash", "[", "node", "python3", "gcc", "java", "make", "cmake", "clang", "g++"]);

/** The first call that is more than reading inside the workspace. */
function judgeTrace(trace: string, place: Place): string | undefined {
  for (const call of trace.split("\n")) {
    if (/ = -1 |resumed>/.test(call) && !/connect\(/.test(call)) continue;
    const [, name = "", rest = ""] = /^\d+\s+(\w+)\((.*)$/.exec(call) ?? [];
    const path = /"((?:[^"\\]|\\.)*)"/.exec(rest)?.[1] ?? "";
    if (name === "execve") {
      const program = basename(path);
      const known = tools.has(program) && !path.startsWith(place.top);
      if (!known && !path.startsWith("/usr/lib/git-core/")) return `runs ${path}`;
    } else if (name === "connect" || name === "bind") {
      if (!/nscd|AF_UNSPEC|AF_NETLINK/.test(rest)) return `connects: ${rest.slice(0, 80)}`;
    } else if (name === "openat" || name === "open" || name === "creat") {
      if (/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(rest) || name === "creat") {
        if (!/^\/dev\/(?:null|tty)$|^\/tmp\/(?:sh-thd\.|sort|tac)/.test(path)) return `writes ${path}`;
      } else if (/(?:outside\/secret|id_rsa)(?:>|$)/.test(`${path} ${call}`)) return `reads ${path}`;
    } else if (name !== "" && name !== "exit" && !/^\/tmp\/(?:sh-thd\.|sort|tac)/.test(path)) return `${name} ${path}`;
  }
  return undefined;
}
