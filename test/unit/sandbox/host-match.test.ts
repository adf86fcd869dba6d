import { expect, test } from "vitest";
import { domainEntryProblem, hostAllowed, isPublicAddress } from "../../../src/sandbox/host-match";

const lists = { allowed: ["allowed.com", "*.below.org", "127.0.0.1.nip.io"], denied: ["no.below.org"] };
const check = (host: string, expected: boolean): void =>
  test(`${JSON.stringify(host)} ${expected ? "passes" : "is refused"}`, () => expect(hostAllowed(host, lists)).toBe(expected));

for (const host of ["allowed.com", "ALLOWED.com", "a.below.org", "a.b.below.org", "ａllowed.com"]) check(host, true);

const bypasses = [
  ...[
    "",
    ".",
    "..",
    "allowed.com.",
    ".allowed.com",
    "allowed..com",
    "allowed.com..",
    "evil.com",
    "evil.com.allowed.com",
    "sub.allowed.com",
  ],
  ...[
    "allowed.com.evil.com",
    "notallowed.com",
    "allowed.com-evil.com",
    "allowed.comevil.com",
    "allowedXcom",
    "allowed.co",
    "allowed",
    "com",
  ],
  ...[
    "evil.com\0.allowed.com",
    "allowed.com\0evil.com",
    "evil.com\0.below.org",
    "evil.com%00.below.org",
    "evil.com\n.below.org",
    "evil.com\r\nHost: a.below.org",
    " a.below.org",
    "a.below.org ",
    "evil.com\t.below.org",
  ],
  ...[
    "evil.com/.below.org",
    "evil.com#.below.org",
    "evil.com?.below.org",
    "evil.com\\.below.org",
    "user@evil.com",
    "evil.com:80.below.org",
    "evil.com@a.below.org",
    "evil_.below.org",
    "*.below.org",
  ],
  ...[
    "below.org",
    "no.below.org",
    "x.no.below.org",
    "NO.below.org",
    "-a.below.org",
    "a-.below.org",
    `${"a".repeat(64)}.below.org`,
    `${"a.".repeat(130)}below.org`,
  ],
  ...[
    "127.0.0.1",
    "localhost",
    "[::1]",
    "::1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "169.254.169.254",
    "metadata.google.internal",
  ],
  ...[
    "аllowed.com",
    "allowed。com.evil.com",
    "evil.com．below.evil",
    "xn--llowed-7fg.com",
    "allowed\u00ad.com.evil",
    "allowed.com\u2024evil.com",
    "\u202ea.below.org\0",
  ],
];
test("there are at least 40 of them", () => expect(new Set(bypasses).size).toBeGreaterThanOrEqual(40));
for (const host of new Set(bypasses)) check(host, false);

test("an empty list means none", () => {
  for (const host of ["allowed.com", "localhost", "", "example.com"])
    expect(hostAllowed(host, { allowed: [], denied: [] })).toBe(false);
});
test("denied wins, and a denied star is everything", () => {
  expect(hostAllowed("a.com", { allowed: ["a.com"], denied: ["*"] })).toBe(false);
  expect(hostAllowed("x.a.com", { allowed: ["*.a.com"], denied: ["a.com"] })).toBe(false);
});
for (const entry of ["*", "*.com", "*.*.com", "a.*", "*a.com", "http://a.com", "a.com/x", "a.com:80", "", "*.", "a b.com"])
  test(`the entry ${JSON.stringify(entry)} is named and allows nothing`, () => {
    expect(domainEntryProblem(entry)).toBeDefined();
    for (const host of ["a.com", "x.a.com", "com", "evil.org"])
      expect(hostAllowed(host, { allowed: [entry], denied: [] })).toBe(false);
  });

const address = (text: string, expected: boolean): void =>
  test(`${text} is ${expected ? "" : "not "}public`, () => expect(isPublicAddress(text)).toBe(expected));
for (const text of ["1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2a00:1450::1"])
  address(text, true);
for (const text of "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.170 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::10.0.0.1 2002:7f00:1:: 2001:db8::1 2001::1 fec0::1 name 127.1".split(
  " ",
))
  address(text, false);
