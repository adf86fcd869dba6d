import { isInside, normalize } from "../paths/canonical-path";
import type { PathWorld } from "../paths/path-guard";
import { programName } from "./command-views";

/** What is refused in every mode, and what is asked even when approvals are off. */
export interface FloorAnswer {
  verdict: "deny" | "ask";
  reason: string;
}

const disks = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper\/|md|dm-|loop|sr|mem|kmem|port|block\/)/;
const formatters =
  /^(?:mkfs(?:\..+)?|mke2fs|mkswap|wipefs|blkdiscard|fdisk|sfdisk|gdisk|sgdisk|parted|cfdisk|hdparm|cryptsetup|zpool|lvremove|vgremove|pvremove|badblocks)$/;

/** One reading of a command (see commandViews) against the hard floor (SR-29). */
export function floorOf(words: string[], cwds: string[] | null, world: PathWorld): FloorAnswer | undefined {
  const name = programName(words[0] ?? "");
  const rest = words.slice(1);
  if (formatters.test(name) && rest.some((word) => word.startsWith("/dev/"))) return refuse("it destroys a disk");
  if (["dd", "cp", "tee", "shred", "cat", "mv", "install", "truncate", "wipe"].includes(name)) {
    const disk = rest.find(
      (word) => disks.test(word.replace(/^of=/, "")) && (name !== "dd" || word.startsWith("of=")) && name !== "cat",
    );
    if (disk) return refuse(`it writes to the raw device ${disk.replace(/^of=/, "")}`);
  }
  const targets = destructiveTargets(name, rest);
  if (!targets) return undefined;
  for (const target of targets) {
    const answer = judgeTarget(target, cwds, world);
    if (answer) return answer;
  }
  return undefined;
}

export function floorOfRedirect(target: string): FloorAnswer | undefined {
  return disks.test(target) ? refuse(`it writes to the raw device ${target}`) : undefined;
}

const refuse = (reason: string): FloorAnswer => ({ verdict: "deny", reason: `${reason}: refused in every mode` });

/** What would be deleted, moved away or changed with all that is below it. */
function destructiveTargets(name: string, rest: string[]): string[] | undefined {
  const operands = rest.filter((word) => !word.startsWith("-"));
  const recursive = rest.some(
    (word) => /^-[a-zA-Z]*[rR]/.test(word) || /^--r(?:e(?:c(?:u(?:r(?:s(?:i(?:ve?)?)?)?)?)?)?)?$/.test(word),
  );
  if (name === "rm") return recursive ? operands : operands.filter((word) => /^[/~$].*\/\*$/.test(word));
  if (name === "rmdir" || name === "unlink") return operands;
  if (["chmod", "chown", "chgrp", "chattr", "setfacl"].includes(name))
    return recursive ? operands.slice(1).concat(rest.some((word) => word.startsWith("--reference")) ? operands : []) : undefined;
  if (name === "mv")
    return operands.length > 1 ? operands.slice(0, -1).concat(operands.at(-1) === "/dev/null" ? operands : []) : undefined;
  if (name === "shred" || name === "srm" || name === "wipe" || name === "trash" || name === "rimraf" || name === "del-cli")
    return operands;
  if (name === "find" || name === "fd") {
    const acts =
      rest.some((word) => word === "-delete" || /^-(?:exec|ok)(?:dir)?$/.test(word)) &&
      rest.some((word) => word === "-delete" || /^(?:rm|shred|unlink|chmod|chown|mv)$/.test(programName(word)));
    const expression = rest.findIndex((word) => /^[-(!]/.test(word) && !/^-[HLPDO]/.test(word));
    const starts = rest.slice(0, expression < 0 ? rest.length : expression).filter((word) => !word.startsWith("-"));
    // Below the workspace a search that is narrowed by name, age or size is no wipe; above it that makes no difference.
    const narrowed = rest.some((word) =>
      /^-(?:i?name|i?path|i?wholename|i?regex|newer.*|[acm]time|[acm]min|size|empty)$/.test(word),
    );
    return acts
      ? narrowed
        ? starts.filter((word) => /^(?:[/~$]|\.\.)/.test(word))
        : starts.length === 0
          ? ["."]
          : starts
      : undefined;
  }
  if (name === "rsync") return rest.some((word) => word.startsWith("--del")) ? operands.slice(-1) : undefined;
  return undefined;
}

const systemFolder =
  /^\/(?:bin|boot|dev|etc|home|lib(?:32|64|x32)?|media|mnt|opt|proc|root|run|sbin|srv|sys|usr|var|nix|snap|cores|private|Users|System|Library|Applications|Volumes|c|c\/(?:Windows|Users|Program Files(?: \(x86\))?))$|^\/(?:usr|var|private)\/(?:bin|sbin|lib|local|share|etc|var|log|db)$/i;

function judgeTarget(target: string, cwds: string[] | null, world: PathWorld): FloorAnswer | undefined {
  const stripped = target.replace(/(?:\/+(?:\*+|\.\*|\{[^}]*\}|\.\[[^\]]*\]\*?|\.))+\/*$/, "") || "/";
  const bare = /^(?:\*+|\.\*|\.)$/.test(target) ? "." : stripped;
  const expanded = bare.replace(/^(?:~|\$\{?HOME\}?)(?=\/|$)/, world.home).replace(/^\$\{?PWD\}?(?=\/|$)/, ".");
  const variable = /\$|`/.test(expanded);
  if (variable)
    return /\*|\/$/.test(target) || stripped !== target
      ? { verdict: "ask", reason: "what it deletes is only known when it runs" }
      : undefined;
  for (const cwd of cwds ?? [world.cwd]) {
    const place = normalize(expanded, cwd);
    if (isCritical(place, world)) return refuse(`it destroys ${place}`);
  }
  return cwds === null && !expanded.startsWith("/")
    ? { verdict: "ask", reason: "the folder it deletes in cannot be told" }
    : undefined;
}

/** Root, home, a workspace root, what lies above them, and the folders a system lives in. */
function isCritical(place: string, world: PathWorld): boolean {
  const { platform } = world.context.probe;
  const kept = [world.home, world.cwd, ...world.roots.flatMap((root) => [root.literal, root.resolved])];
  if (kept.some((path) => isInside(place, path, platform))) return true;
  return systemFolder.test(place);
}
