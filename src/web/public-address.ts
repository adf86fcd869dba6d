import { BlockList, isIP, isIPv4 } from "node:net";

/** Addresses a web page has no business at: this machine, the local network, the cloud's metadata service. */
const closed = new BlockList();
const loopback = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  closed.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
  ["2001:db8::", 32],
  ["100::", 64],
  ["2002::", 16],
  ["2001::", 32],
  ["64:ff9b:1::", 48],
] as const)
  closed.addSubnet(net, bits, "ipv6");
closed.addAddress("::", "ipv6");
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

export interface AddressRules {
  allowLoopback: boolean;
}

/** Also sees IPv4 addresses inside IPv6 ones. */
export function isPublicAddress(address: string, { allowLoopback }: AddressRules): boolean {
  if (!isIP(address)) return false;
  const ipv4 = isIPv4(address) ? address : embedded(address);
  const [plain, family] = ipv4 ? ([ipv4, "ipv4"] as const) : ([address, "ipv6"] as const);
  if (loopback.check(plain, family)) return allowLoopback;
  return !closed.check(plain, family);
}

/** ::ffff:a.b.c.d, ::a.b.c.d and 64:ff9b::a.b.c.d, also written in hexadecimal. */
function embedded(address: string): string | null {
  const whole = new URL(`http://[${address.replace(/%.*$/, "")}]/`).hostname.slice(1, -1);
  const match = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(whole);
  if (!match) return null;
  const [high, low] = [parseInt(match[1]!, 16), parseInt(match[2]!, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
