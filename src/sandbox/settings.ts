import * as z from "zod";

/** The `sandbox` block of the settings files, with every default filled in. */
export interface SandboxSettings {
  enabled: boolean;
  failIfUnavailable: boolean;
  autoAllowBashIfSandboxed: boolean;
  allowUnsandboxedCommands: boolean;
  excludedCommands: string[];
  filesystem: { allowWrite: string[]; denyWrite: string[]; denyRead: string[]; allowRead: string[] };
  network: { allowedDomains: string[]; deniedDomains: string[] };
  credentials: { files: string[]; envVars: string[] };
}

const flags = { enabled: false, failIfUnavailable: false, autoAllowBashIfSandboxed: true, allowUnsandboxedCommands: true };
const groups = {
  filesystem: ["allowWrite", "denyWrite", "denyRead", "allowRead"],
  network: ["allowedDomains", "deniedDomains"],
  credentials: ["files", "envVars"],
} as const;

/** They are known and would loosen what holds here, so they are answered in words instead of being obeyed. */
const refused: Record<string, string> = {
  allowUnixSockets: "sockets of the machine stay out of reach, whatever their path",
  allowAllUnixSockets: "sockets of the machine stay out of reach, whatever their path",
  httpProxyPort: "the sandbox brings its own proxy",
  socksProxyPort: "the sandbox brings its own proxy",
};
/** Always so in a network of one's own; nothing to say about them. */
const silent = new Set(["allowLocalBinding", "strictAllowlist"]);

const anyObject = z.record(z.string(), z.unknown());

/** One bad entry is left out alone; whatever restricts and cannot be understood makes the sandbox stricter or is named. */
export function parseSandboxSettings(value: unknown): { settings: SandboxSettings; warnings: string[] } {
  const warnings: string[] = [];
  const given = objectOf(value, "sandbox", warnings);
  const settings: SandboxSettings = {
    ...readFlags(given, warnings),
    excludedCommands: readList(given["excludedCommands"], "sandbox.excludedCommands", warnings),
    filesystem: readGroup("filesystem", given, warnings),
    network: readGroup("network", given, warnings),
    credentials: readGroup("credentials", given, warnings),
  };
  for (const name of Object.keys(given)) {
    if (!(name in flags) && !(name in groups) && name !== "excludedCommands")
      warnings.push(`"sandbox.${name}" is not known and has no effect.`);
  }
  return { settings, warnings };
}

function readFlags(given: Record<string, unknown>, warnings: string[]): typeof flags {
  const result = { ...flags };
  for (const name of Object.keys(flags) as (keyof typeof flags)[]) {
    if (given[name] === undefined) continue;
    const parsed = z.boolean().safeParse(given[name]);
    if (parsed.success) result[name] = parsed.data;
    else warnings.push(`"sandbox.${name}" must be true or false; it counts as ${flags[name]}.`);
  }
  return result;
}

function readGroup<G extends keyof typeof groups>(
  group: G,
  given: Record<string, unknown>,
  warnings: string[],
): Record<(typeof groups)[G][number], string[]> {
  const inner = objectOf(given[group], `sandbox.${group}`, warnings);
  const known: readonly string[] = groups[group];
  const lists = known.map((name) => [name, readList(inner[name], `sandbox.${group}.${name}`, warnings)]);
  for (const name of Object.keys(inner)) {
    if (known.includes(name) || silent.has(name)) continue;
    const why = refused[name];
    warnings.push(`"sandbox.${group}.${name}" has no effect${why ? `: ${why}` : ": it is not known"}.`);
  }
  return Object.fromEntries(lists) as Record<(typeof groups)[G][number], string[]>;
}

function readList(value: unknown, name: string, warnings: string[]): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    warnings.push(`"${name}" must be a list; it counts as empty.`);
    return [];
  }
  return value.flatMap((entry: unknown) => {
    const parsed = z.string().min(1).max(4096).safeParse(entry);
    if (parsed.success && !parsed.data.includes("\0")) return [parsed.data];
    warnings.push(`"${name}" holds an entry that is not a text; it is left out.`);
    return [];
  });
}

function objectOf(value: unknown, name: string, warnings: string[]): Record<string, unknown> {
  if (value === undefined) return {};
  const parsed = anyObject.safeParse(value);
  if (parsed.success) return parsed.data;
  warnings.push(`"${name}" must be an object; it counts as empty.`);
  return {};
}
