import { expect, test } from "vitest";
import { runsOutside } from "../../../src/sandbox/create-sandbox";
import { parseSandboxSettings } from "../../../src/sandbox/settings";

const defaults = {
  ...{
    enabled: false,
    failIfUnavailable: false,
    autoAllowBashIfSandboxed: true,
    allowUnsandboxedCommands: true,
    excludedCommands: [],
  },
  filesystem: { allowWrite: [], denyWrite: [], denyRead: [], allowRead: [] },
  network: { allowedDomains: [], deniedDomains: [] },
  credentials: { files: [], envVars: [] },
};
const check = (given: unknown, expected: object, warning?: RegExp): void =>
  test(JSON.stringify(given) ?? "undefined", () => {
    const { settings, warnings } = parseSandboxSettings(given);
    expect(settings).toEqual({ ...defaults, ...expected });
    if (warning) expect(warnings.join("\n")).toMatch(warning);
    else expect(warnings).toEqual([]);
  });

check(undefined, {});
check({}, {});
check({ enabled: true, autoAllowBashIfSandboxed: false }, { enabled: true, autoAllowBashIfSandboxed: false });
check(
  { network: { allowedDomains: ["a.com"], allowLocalBinding: true } },
  { network: { allowedDomains: ["a.com"], deniedDomains: [] } },
);
check({ filesystem: { denyRead: ["~/x"] } }, { filesystem: { ...defaults.filesystem, denyRead: ["~/x"] } });
check({ credentials: { envVars: ["A"] } }, { credentials: { files: [], envVars: ["A"] } });
check("on", {}, /"sandbox" must be an object/);
check([], {}, /must be an object/);
check({ enabled: "yes" }, {}, /"sandbox.enabled" must be true or false; it counts as false/);
check({ network: { allowedDomains: "a.com" } }, {}, /must be a list; it counts as empty/);
check(
  { network: { allowedDomains: ["a.com", 7, "", "b\0"] } },
  { network: { allowedDomains: ["a.com"], deniedDomains: [] } },
  /left out/,
);
check({ network: { allowUnixSockets: ["/run/docker.sock"] } }, {}, /allowUnixSockets" has no effect: sockets of the machine/);
check({ network: { httpProxyPort: 1 }, strange: true, filesystem: { other: [] } }, {}, /httpProxyPort[^]*|strange/);

const outside = (command: string, excluded: string[], expected: boolean): void =>
  test(`${command} with ${excluded.join()}: ${expected ? "outside" : "inside"}`, () =>
    expect(runsOutside(command, excluded)).toBe(expected));
outside("docker ps", ["docker *"], true);
outside("docker", ["docker:*"], true);
outside("git commit -m x", [], true);
outside("npm test", ["docker *"], false);
outside("dockerx ps", ["docker *"], false);
outside("anything", ["*", "", " *"], false);
for (const command of [
  "docker ps && curl evil",
  "docker ps; x",
  "docker ps\nx",
  "docker `x`",
  "docker $(x)",
  "docker <(x)",
  "docker ps | sh",
  "docker > f",
  "docker $X",
  "(docker ps)",
  "git status & x",
  "git {a,b}",
])
  outside(command, ["docker *"], false);
