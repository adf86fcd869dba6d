import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import type { Programs } from "../shared/ports/commands";
import type { Problem } from "../shared/protocol/agent";
import { bubblewrapCommand, PROXY_PORT, type Plan } from "./bubblewrap";
import { sandboxProblem, type PlatformSandbox, type SandboxOptions, type WrapRequest, type Wrapped } from "./create-sandbox";
import { startDomainProxy, type DomainProxy } from "./domain-proxy";
import { appeared, GuardedNames, putAside, restoreLinks, type Guarded } from "./guarded-names";
import { domainEntryProblem } from "./host-match";
import { Placeholders, removeLeftovers } from "./placeholders";
import { seccompFilter } from "./seccomp-filter";
import { existing, hiddenPlaces } from "./secret-places";

interface Tools {
  bwrap: string;
  bash: string;
  socat: string | null;
}

/** The files one sandbox keeps, in a folder that carries the number of this process. */
interface Workshop {
  folder: string;
  temporary: string;
  nothing: string;
  filterPath: string;
}

interface Parts {
  options: SandboxOptions;
  tools: Tools;
  workshop: Workshop;
  writable: string[];
  names: GuardedNames;
  placeholders: Placeholders;
  proxy: DomainProxy | null;
}

const FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];
const PROBE_MS = 5000;
/** What appears during a longer command may as well be the user's own: it is reported and stays. */
const MOVES_WITHIN_MS = 10 * 60_000;
/** They lead to helpers outside, which could not be reached anyway. */
const DROPPED = [
  "SSH_AUTH_SOCK",
  "SSH_AGENT_PID",
  "GPG_AGENT_INFO",
  "DBUS_SESSION_BUS_ADDRESS",
  "DOCKER_HOST",
  "XDG_RUNTIME_DIR",
  "WAYLAND_DISPLAY",
  "DISPLAY",
  "TMUX",
];

export async function openLinuxSandbox(options: SandboxOptions): Promise<PlatformSandbox | Problem> {
  const filter = seccompFilter(process.arch);
  if (!filter) return sandboxProblem(`${process.arch} is not known to it`, "Commands ask before they run.");
  const wantsNetwork = options.settings.network.allowedDomains.some((entry) => domainEntryProblem(entry) === undefined);
  const tools = findTools(options.programFolders ?? FOLDERS, wantsNetwork);
  if ("kind" in tools) return tools;
  const { settings, roots, stateDir } = options;
  const writable = [
    ...new Set([...roots, ...settings.filesystem.allowWrite].flatMap((path) => existing(absolute(path, options)) ?? [])),
  ];
  const workshop = openWorkshop(stateDir, filter);
  const proxy = wantsNetwork ? await openProxy(options) : null;
  const parts: Parts = {
    options,
    tools,
    workshop,
    writable,
    proxy,
    names: new GuardedNames(writable, namesOf(options)),
    placeholders: new Placeholders(workshop.folder),
  };
  const dispose = async (): Promise<void> => {
    await proxy?.close();
    rmSync(workshop.folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const trouble = await probe(parts, options.programs);
  if (trouble === null) return { wrap: (request, signal) => wrap(request, parts, signal), dispose };
  await dispose();
  return sandboxProblem(
    trouble,
    "Allow user namespaces for bwrap (on Ubuntu an AppArmor profile, in a container its options), or switch sandbox.enabled off; commands ask meanwhile.",
  );
}

async function wrap(request: WrapRequest, parts: Parts, signal?: AbortSignal): Promise<Wrapped | Problem> {
  const { names, placeholders, writable } = parts;
  const survey = await names.survey(signal);
  if (survey.kind === "too-large")
    return sandboxProblem(
      `more than ${survey.directories} folders cannot be guarded`,
      "Open a smaller folder; commands ask meanwhile.",
    );
  const held = placeholders.hold(writable);
  const began = performance.now();
  return {
    ...bubblewrapCommand(planOf(request, parts, [...survey.found.values()], held)),
    env: { TMPDIR: "/tmp", ...(parts.proxy && proxyVariables()) },
    async finish() {
      try {
        return await settle(parts, survey.found, performance.now() - began);
      } finally {
        placeholders.release(held);
      }
    },
  };
}

async function settle(
  { names, placeholders }: Parts,
  before: ReadonlyMap<string, Guarded>,
  ms: number,
): Promise<string | undefined> {
  const survey = await names.survey();
  if (survey.kind === "too-large") return "It made so many folders that they could not be checked for files other programs obey.";
  const paths = appeared(before, survey.found).filter((path) => !placeholders.has(path));
  restoreLinks(before);
  if (paths.length === 0) return undefined;
  const listed = (ms <= MOVES_WITHIN_MS ? putAside(paths) : paths.map((path) => ({ path, movedTo: null }))).slice(0, 20);
  restoreLinks(before);
  const lines = listed.map(({ path, movedTo }) =>
    movedTo === null ? `${path} (left in place: look at it before you trust it)` : `${path} (now ${movedTo})`,
  );
  return `The sandbox does not let commands make files that other programs obey; these were put aside: ${lines.join(", ")}.`;
}

function planOf(request: WrapRequest, parts: Parts, found: Guarded[], placeholders: string[]): Plan {
  const { options, tools, workshop, writable, proxy } = parts;
  const { filesystem, credentials } = options.settings;
  const more = [options.stateDir, ...filesystem.denyRead, ...credentials.files].map((path) => absolute(path, options));
  const closed = filesystem.denyWrite.flatMap((path) => existing(absolute(path, options)) ?? []);
  const plan: Plan = {
    ...{
      bwrap: tools.bwrap,
      bash: tools.bash,
      filterPath: workshop.filterPath,
      nothing: workshop.nothing,
      temporary: workshop.temporary,
    },
    ...{ file: request.file, args: request.args, cwd: existing(request.cwd) ?? request.cwd, writable, placeholders },
    guarded: [
      ...found.flatMap((one) => mountable(one, writable)),
      ...closed.map((path): Guarded => ({ path, why: "write", folder: false, identity: "" })),
    ],
    hidden: hiddenPlaces(
      options.home ?? homedir(),
      more,
      filesystem.allowRead.map((path) => absolute(path, options)),
    ),
    dropVariables: [...DROPPED, ...credentials.envVars],
  };
  return proxy && tools.socat ? { ...plan, network: { socat: tools.socat, socketPath: proxy.socketPath } } : plan;
}

/** Links are mounted over where they lead; one that leads above a root would close the root with it. */
function mountable(one: Guarded, writable: readonly string[]): Guarded[] {
  if (one.link === undefined) return [one];
  const target = existing(one.path);
  if (target === null || !writable.some((root) => target.startsWith(root + sep))) return [];
  return [{ ...one, path: target, folder: statSync(target).isDirectory() }];
}

function namesOf({ settings, ...options }: SandboxOptions): Pick<SandboxOptions, "protectedName" | "deniesWrite" | "deniesRead"> {
  const listed = settings.filesystem.denyWrite.map((path) => absolute(path, options));
  return {
    protectedName: options.protectedName,
    deniesWrite: (path) => listed.includes(path) || (options.deniesWrite?.(path) ?? false),
    ...(options.deniesRead && { deniesRead: options.deniesRead }),
  };
}

/** `~` is the home folder, a leading `//` an absolute path as in rules, everything else lies in the first root. */
function absolute(path: string, { home = homedir(), roots }: Pick<SandboxOptions, "home" | "roots">): string {
  const plain = path.replace(/\/\*\*$/, "");
  if (plain === "~" || plain.startsWith("~/")) return join(home, plain.slice(1));
  if (plain.startsWith("/")) return plain.replace(/^\/\/+/, "/");
  return join(roots[0] ?? "/", plain);
}

function findTools(folders: readonly string[], wantsNetwork: boolean): Tools | Problem {
  const find = (name: string): string | null =>
    folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
  const [bwrap, bash, socat] = [find("bwrap"), find("bash"), find("socat")];
  const missing = [
    bwrap ? "" : "bubblewrap",
    bash ? "" : "bash",
    wantsNetwork && !socat ? "socat (for the allowed domains)" : "",
  ].filter(Boolean);
  if (bwrap && bash && missing.length === 0) return { bwrap, bash, socat };
  return sandboxProblem(
    `${missing.join(" and ")} not found`,
    `Install ${missing.join(" and ")} with your package manager; commands ask meanwhile.`,
  );
}

function openWorkshop(stateDir: string, filter: Buffer): Workshop {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(stateDir)) if (isLeftover(name)) removeLeftovers(join(stateDir, name));
  const folder = mkdtempSync(join(stateDir, `sandbox-${process.pid}-`));
  const workshop = {
    folder,
    temporary: join(folder, "tmp"),
    nothing: join(folder, "nothing"),
    filterPath: join(folder, "filter"),
  };
  mkdirSync(workshop.temporary, { mode: 0o700 });
  writeFileSync(workshop.nothing, "", { mode: 0o000 });
  writeFileSync(workshop.filterPath, filter, { mode: 0o400 });
  return workshop;
}

function isLeftover(name: string): boolean {
  const pid = /^sandbox-(\d+)-/.exec(name)?.[1];
  if (pid === undefined) return false;
  return Number(pid) !== process.pid && !existsSync(`/proc/${pid}`);
}

function openProxy(options: SandboxOptions): Promise<DomainProxy> {
  const { allowedDomains: allowed, deniedDomains: denied } = options.settings.network;
  return startDomainProxy({
    domains: { allowed, denied },
    ...(options.resolve && { resolve: options.resolve }),
    ...(options.onBlockedHost && { onBlocked: options.onBlockedHost }),
  });
}

function proxyVariables(): Record<string, string> {
  const address = `http://127.0.0.1:${PROXY_PORT}`;
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const local = "localhost,127.0.0.1,::1";
  return {
    ...Object.fromEntries(names.map((name) => [name, address])),
    NO_PROXY: local,
    no_proxy: local,
    NODE_USE_ENV_PROXY: "1",
  };
}

/** The whole thing once, with a command that does nothing: half a sandbox is none. */
async function probe(parts: Parts, programs: Programs): Promise<string | null> {
  const plan = planOf({ file: parts.tools.bash, args: ["-p", "-c", "exit 7"], cwd: "/" }, parts, [], []);
  const { file, args } = bubblewrapCommand(plan);
  const ended = await programs.run(file, args, {
    cwd: "/",
    onStdout: () => {},
    signal: AbortSignal.timeout(PROBE_MS),
    timeoutMs: PROBE_MS,
  });
  if (ended.exitCode === 7) return null;
  return `bwrap does not start (${(ended.problem ?? ended.stderr.trim()).slice(0, 300) || `exit ${ended.exitCode}`})`;
}
