import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { MARKER } from "./messages";

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Unique together with the pid, so a reused number is never taken for the old process. */
  started: string;
  rssBytes: number;
  name: string;
}

/** One command and all that came of it, however far it moved away. */
export interface ProcessTree {
  /** Pid of the shell: also its group and session. */
  root: number;
  started: string;
  marker: string;
  /** The pipe it writes to: whoever holds its other end came of it. */
  pipe?: string;
  /** Members seen so far: one that clears its environment and leaves its parent stays known. */
  known: Map<number, string>;
}

const PAGE = 4096;
/** Processes that carry no mark of ours; it cannot appear later, so they are looked at once. */
const unmarked = new Map<number, string>();

/** Living members of each tree, in the order given. One pass over the process table for all. */
export function findMembers(trees: readonly ProcessTree[]): ProcessEntry[][] {
  const table = new Map(snapshot().map((entry) => [entry.pid, entry]));
  for (const pid of unmarked.keys()) if (!table.has(pid)) unmarked.delete(pid);
  return assign(trees, table);
}

/** The same for one tree right after its shell ended: cheap, as numbers are given out in rising order. */
export function findDescendants(tree: ProcessTree): ProcessEntry[] {
  const last = Number((read("/proc/loadavg") ?? "").trim().split(" ").at(-1));
  if (!(last >= tree.root)) return findMembers([tree])[0] ?? []; // the numbers began anew, or no /proc
  return assign([tree], new Map(snapshot(tree.root).map((entry) => [entry.pid, entry])))[0] ?? [];
}

function assign(trees: readonly ProcessTree[], table: Map<number, ProcessEntry>): ProcessEntry[][] {
  // The other ends of all pipes are here: that makes us nobody's.
  const owners = new Map<number, ProcessTree | null>([[process.pid, null]]);
  const members = new Map<ProcessTree, ProcessEntry[]>(trees.map((tree) => [tree, []]));
  const index = indexTrees(trees);
  for (const entry of table.values()) {
    const tree = ownerOf(entry, table, owners, index);
    if (tree) members.get(tree)?.push(entry);
  }
  for (const [tree, entries] of members) tree.known = new Map(entries.map((entry) => [entry.pid, entry.started]));
  return trees.map((tree) => members.get(tree) ?? []);
}

/** Null when there is no such living process. */
export function readProcess(pid: number): ProcessEntry | null {
  if (process.platform !== "linux") return snapshot().find((entry) => entry.pid === pid) ?? null;
  return readStat(pid);
}

/** Name of a member that sits in a read of a terminal: nobody will ever type there. */
export function waitsForTerminal(members: readonly ProcessEntry[]): string | undefined {
  if (process.platform !== "linux") return undefined;
  return members.find(readsTerminal)?.name;
}

interface TreeIndex {
  bySession: Map<number, ProcessTree>;
  byMark: Map<string, ProcessTree>;
  byPid: Map<number, ProcessTree>;
  /** Nothing older can be of any of them. */
  since: number;
}

function indexTrees(trees: readonly ProcessTree[]): TreeIndex {
  return {
    bySession: new Map(trees.map((tree) => [tree.root, tree])),
    byMark: new Map(trees.flatMap((tree) => [tree.marker, tree.pipe ?? ""].map((mark) => [mark, tree] as const))),
    byPid: new Map(trees.flatMap((tree) => [...tree.known.keys()].map((pid) => [pid, tree] as const))),
    since: Math.min(...trees.map((tree) => Number(tree.started) || 0)),
  };
}

function ownerOf(
  entry: ProcessEntry,
  table: Map<number, ProcessEntry>,
  owners: Map<number, ProcessTree | null>,
  index: TreeIndex,
): ProcessTree | null {
  const decided = owners.get(entry.pid);
  if (decided !== undefined) return decided;
  owners.set(entry.pid, null); // ends loops of a table that changed while it was read
  const known = index.byPid.get(entry.pid);
  const parent = table.get(entry.parent);
  const owner =
    (known?.known.get(entry.pid) === entry.started ? known : undefined) ??
    index.bySession.get(entry.session) ??
    index.bySession.get(entry.group) ??
    (parent && ownerOf(parent, table, owners, index)) ??
    markedOwner(entry, table, index) ??
    null;
  owners.set(entry.pid, owner);
  return owner;
}

function markedOwner(entry: ProcessEntry, table: Map<number, ProcessEntry>, index: TreeIndex): ProcessTree | undefined {
  if (!(Number(entry.started) >= index.since)) return undefined;
  const tree = marksOf(entry)
    .map((mark) => index.byMark.get(mark))
    .find((found) => found !== undefined);
  // Strays have lost their parent: who hangs below this broker belongs to a command that nobody asked about.
  return tree?.root === strays && isBelowUs(entry, table) ? undefined : tree;
}

function isBelowUs(entry: ProcessEntry, table: Map<number, ProcessEntry>): boolean {
  let at: ProcessEntry | undefined = entry;
  for (let steps = 0; at && steps < 1000; steps++) {
    if (at.pid === process.pid || at.parent === process.pid) return true;
    at = table.get(at.parent);
  }
  return false;
}

/** A process that clears its environment still holds our pipe, and one that closes that too keeps the limit it was born with. */
function marksOf(entry: ProcessEntry): string[] {
  if (process.platform !== "linux" || unmarked.get(entry.pid) === entry.started) return [];
  const marks = [...environmentMarks(entry.pid), ...pipeMarks(entry.pid)];
  if (marks.length > 0) return marks;
  const born = birthMark(entry.pid);
  if (born === undefined) unmarked.set(entry.pid, entry.started);
  return born === undefined ? [] : [born];
}

function environmentMarks(pid: number): string[] {
  const environment = `\0${read(`/proc/${pid}/environ`) ?? ""}`;
  const at = environment.indexOf(`\0${MARKER}=`);
  return at < 0 ? [] : [environment.slice(at + MARKER.length + 2).replace(/\0.*/s, "")];
}

function pipeMarks(pid: number): string[] {
  try {
    const held = readdirSync(`/proc/${pid}/fd`).slice(0, 64);
    return held.flatMap((fd) => PIPE.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[0] ?? []);
  } catch {
    return []; // not ours to look at, or it ended
  }
}

const PIPE = /\/pipe-[0-9a-f]{16}\b/;

/** A limit that the system has not used since Linux 2.4 and that passes from a process to all it starts: a broker's own number stands there. */
function birthMark(pid: number): string | undefined {
  const limit = /^Max file locks +(\d+) /m.exec(read(`/proc/${pid}/limits`) ?? "")?.[1];
  return limit === undefined ? undefined : `born ${limit}`;
}

/** Where the number could not be set, ours is one that the user's other processes have too: it marks nothing. */
export const ownMark = (given: number | undefined): string | undefined =>
  birthMark(process.pid) === `born ${given}` ? `born ${given}` : undefined;

/** In place of a shell's number. */
const strays = -2;

/** What a broker's commands left behind that lost its parent and cleared all that says whose it is. */
export const straysOf = (mark: string | undefined, started: string): ProcessTree[] =>
  mark === undefined ? [] : [{ root: strays, started, marker: mark, known: new Map() }];

function snapshot(from = 0): ProcessEntry[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => name.charCodeAt(0) <= 57 && name.charCodeAt(0) >= 48)
      .filter((name) => Number(name) >= from)
      .map((name) => readStat(Number(name)))
      .filter((entry) => entry !== null);
  }
  return process.platform === "win32" ? [] : snapshotByPs();
}

/** The name may hold spaces and brackets, so the fields are counted from its last bracket. */
function readStat(pid: number): ProcessEntry | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return null;
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    started: fields[19] ?? "",
    rssBytes: Number(fields[21]) * PAGE,
    name: text.slice(text.indexOf("(") + 1, close),
  };
}

function snapshotByPs(): ProcessEntry[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,rss=,state=,lstart=,comm="], { encoding: "utf8" }).split("\n");
  return rows.flatMap((row) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(row);
    if (!match || match[5]?.startsWith("Z")) return [];
    const group = Number(match[3]);
    return [
      {
        pid: Number(match[1]),
        parent: Number(match[2]),
        group,
        session: group,
        started: match[6] ?? "",
        rssBytes: Number(match[4]) * 1024,
        name: match[7] ?? "",
      },
    ];
  });
}

/** `syscall` holds the number of the call it sleeps in and the first argument, here the descriptor. */
function readsTerminal(entry: ProcessEntry): boolean {
  const [call, descriptor] = (read(`/proc/${entry.pid}/syscall`) ?? "").split(" ");
  if (call !== (process.arch === "arm64" ? "63" : "0") || descriptor === undefined) return false;
  return /^\/dev\/(pts\/|tty)/.test(linkOf(`/proc/${entry.pid}/fd/${Number(descriptor)}`));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile, or not ours to look at
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null; // it ended while we looked, or it is not ours
  }
}
