import { BlockList, isIP, isIPv4 } from "node:net";
import { domainToASCII } from "node:url";

export interface DomainLists {
  allowed: readonly string[];
  denied: readonly string[];
}

/** Whether a host may be reached; an empty list allows none. `*.name` means what lies below the name, `name` only itself. */
export function hostAllowed(host: string, { allowed, denied }: DomainLists): boolean {
  const name = hostName(host);
  if (name === null) return false;
  if (denied.some((entry) => isBelow(name, hostName(entry.replace(/^\*\./, "")) ?? "") || entry === "*")) return false;
  return allowed.some((entry) => matches(name, entry));
}

/** What is wrong with an entry of the list of allowed domains, in words; undefined when it can match. */
export function domainEntryProblem(entry: string): string | undefined {
  const base = hostName(entry.replace(/^\*\./, ""));
  if (base === null) return `"${entry}" is no domain name`;
  if (entry.startsWith("*.") && !base.includes(".")) return `"${entry}" is too broad`;
  return undefined;
}

/** The name as it is compared and looked up, or null: what is checked is what is used. */
export function hostName(host: string): string | null {
  if (host.length === 0 || host.length > 253) return null;
  // The encoder drops and maps much; ASCII must be plain before it, all else after it.
  const ascii = /[^\x00-\x7f]/.test(host) ? domainToASCII(host) : host;
  const name = ascii.toLowerCase();
  if (!/^[a-z0-9.-]+$/.test(name) || /[\x00-\x20]/.test(host)) return null;
  return name
    .split(".")
    .every((label) => label.length > 0 && label.length <= 63 && !label.startsWith("-") && !label.endsWith("-"))
    ? name
    : null;
}

/** Addresses of this machine, its network and cloud metadata: never reached through a name (SR-32). */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !inside.check(address, "ipv4");
  return !inside.check(address, "ipv6") && global.check(address, "ipv6");
}

function matches(name: string, entry: string): boolean {
  if (domainEntryProblem(entry) !== undefined) return false;
  const base = hostName(entry.replace(/^\*\./, "")) ?? "";
  return entry.startsWith("*.") ? name !== base && isBelow(name, base) : name === base;
}

const isBelow = (name: string, base: string): boolean => base !== "" && (name === base || name.endsWith(`.${base}`));

const inside = new BlockList();
for (const range of "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3".split(
  " ",
)) {
  const [net = "", bits] = range.split("/");
  inside.addSubnet(net, Number(bits), "ipv4");
}
/** Below the global part: documentation and the two tunnels that carry an IPv4 address inside. */
for (const range of "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split(" ")) {
  const [net = "", bits] = range.split("/");
  inside.addSubnet(net, Number(bits), "ipv6");
}
const global = new BlockList();
global.addSubnet("2000::", 3, "ipv6");
