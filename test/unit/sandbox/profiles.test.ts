import { expect, test } from "vitest";
import { bubblewrapCommand, type Plan } from "../../../src/sandbox/bubblewrap";
import { seatbeltProfile } from "../../../src/sandbox/seatbelt-profile";
import { seccompFilter } from "../../../src/sandbox/seccomp-filter";

/** Runs the filter as the kernel would. */
function verdict(arch: string, audit: number, call: number, first = 0): string {
  const program = seccompFilter(arch) ?? Buffer.alloc(0);
  let value = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const [code, yes, no, k] = [
      program.readUInt16LE(at * 8),
      program.readUInt8(at * 8 + 2),
      program.readUInt8(at * 8 + 3),
      program.readUInt32LE(at * 8 + 4),
    ];
    if (code === 0x06) return k === 0x7fff0000 ? "allow" : `errno ${k & 0xffff}`;
    if (code === 0x20) value = k === 4 ? audit : k === 0 ? call : first;
    else at += (code === 0x15 ? value === k : value >= k) ? yes : no;
  }
  return "fell off the end";
}
const X64 = 0xc000003e;
const ARM = 0xc00000b7;
const check = (name: string, given: [string, number, number, number?], expected: string): void =>
  test(`filter: ${name}`, () => expect(verdict(...given)).toBe(expected));
check("read", ["x64", X64, 0], "allow");
check("socketpair", ["x64", X64, 53, 1], "allow");
check("inet", ["x64", X64, 41, 2], "allow");
check("inet6", ["x64", X64, 41, 10], "allow");
check("unix", ["x64", X64, 41, 1], "errno 97");
check("vsock", ["x64", X64, 41, 40], "errno 97");
check("io_uring", ["x64", X64, 425], "errno 1");
check("keyctl", ["x64", X64, 250], "errno 1");
check("x32 socket", ["x64", X64, 0x40000029, 1], "errno 1");
check("i386 socketcall", ["x64", 0x40000003, 102, 1], "errno 1");
check("arm64 unix", ["arm64", ARM, 198, 1], "errno 97");
check("arm64 inet", ["arm64", ARM, 198, 2], "allow");
check("arm64 bpf", ["arm64", ARM, 280], "errno 1");
test("filter: an unknown machine has none", () => expect(seccompFilter("s390x")).toBeNull());

const plan: Plan = {
  ...{
    bwrap: "/usr/bin/bwrap",
    bash: "/bin/bash",
    filterPath: "/s/filter",
    cwd: "/w",
    file: "/bin/bash",
    args: ["-c", "echo $HOME"],
    writable: ["/w"],
  },
  guarded: [
    { path: "/w/.git", why: "write", folder: true, identity: "" },
    { path: "/w/.env", why: "read", folder: false, identity: "" },
  ],
  ...{
    placeholders: ["/w/.vscode"],
    hidden: { files: ["/h/.netrc"], folders: ["/h/.ssh"] },
    nothing: "/s/nothing",
    temporary: "/s/tmp",
    dropVariables: ["SSH_AUTH_SOCK"],
  },
};
test("bubblewrap: the whole line", () => {
  const { file, args } = bubblewrapCommand(plan);
  expect(file).toBe("/bin/bash");
  expect(args.slice(4).join(" ")).toBe(
    "/s/filter /usr/bin/bwrap --unshare-user-try --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup-try --unshare-net --die-with-parent --new-session --cap-drop ALL " +
      "--ro-bind / / --dev /dev --proc /proc --remount-ro /proc --tmpfs /run --bind /s/tmp /tmp --bind /w /w --perms 0000 --tmpfs /h/.ssh --ro-bind /s/nothing /h/.netrc " +
      "--ro-bind-try /w/.git /w/.git --ro-bind-try /s/nothing /w/.env --ro-bind /w/.vscode /w/.vscode --unsetenv SSH_AUTH_SOCK --chdir /w --seccomp 9 -- /bin/bash -c echo $HOME",
  );
});
test("bubblewrap: no word of the command is part of a script", () =>
  expect(bubblewrapCommand(plan).args[2]).not.toContain("HOME"));

const profile = seatbeltProfile({
  writable: ["/Users/u/pro.j"],
  temporary: "/tmp/x",
  closed: ["/Users/u/pro.j/locked"],
  hidden: ['/Users/u/.ss"h'],
});
test("seatbelt: closed by default, the refusals stand last", () => {
  const lines = profile.trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["(version 1)", "(deny default)"]);
  expect(lines.at(-1)).toBe("(deny network*)");
  const writes = lines.findIndex((line) => line.includes('(subpath "/Users/u/pro.j") (subpath "/tmp/x")'));
  expect(lines.findIndex((line) => line.startsWith("(deny file-write*"))).toBeGreaterThan(writes);
  expect(lines).toContain('(deny file-write* (subpath "/Users/u/pro.j/locked"))');
  expect(lines).toContain('(deny file-read* file-write* (subpath "/Users/u/.ss\\"h"))');
  expect(lines.filter((line) => line.startsWith("(allow network") || line.includes("appleevent"))).toEqual([]);
});
test("seatbelt: names at every depth, in every case, not where they are only a part", () => {
  const patterns = [...profile.matchAll(/\(deny file-write\* \(regex #"(.*)"\)\)/g)].map(([, text]) => new RegExp(text ?? ""));
  const closed = (path: string): boolean => patterns.some((pattern) => pattern.test(path));
  for (const path of [
    ".git",
    ".git/hooks/x",
    "a/b/.GIT/config",
    ".vscode/tasks.json",
    "x/.mcp.json",
    "CLAUDE.md",
    "d/claude.MD",
    "my.code-workspace",
    ".Bashrc",
  ])
    expect(closed(`/Users/u/pro.j/${path}`), path).toBe(true);
  for (const path of ["src/git.ts", ".github/x", "a.git", ".gitignore", "readme.md", "xCLAUDE.md"])
    expect(closed(`/Users/u/pro.j/${path}`), path).toBe(false);
  expect(closed("/Users/u/proxj/.git")).toBe(false);
});
test("seatbelt: parentheses and quotes pair up", () => {
  const bare = profile.replace(/#?"(?:\\.|[^"\\])*"/g, "");
  expect(bare.split("(").length).toBe(bare.split(")").length);
  expect(bare).not.toContain('"');
});
