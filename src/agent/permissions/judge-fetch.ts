import { allow, ask, deny, ruleAsks, ruleDenies, type Finding } from "./finding";
import { domainRule, toolRule, type RuleSet } from "./match-rules";
import type { DecideRequest } from "./types";

const longQuery = 200;
const privateHost = /^(?:localhost|.*\.localhost|.*\.local|.*\.internal|.*\.lan|.*\.home\.arpa|metadata\.google\.internal)$/;
const privateAddress =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|22[4-9]\.|2[3-5]\d\.)/;

/** Parsed addresses are compared, never text (SR-41). */
export function judgeFetch(url: string, request: DecideRequest, rules: RuleSet): Finding {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return deny("input", "the address cannot be understood");
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(url)) return deny("input", "the address holds characters no address has");
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:")
    return deny("input", `${parsed.protocol} addresses are refused`);
  const host = parsed.hostname.replace(/\.$/, "").toLowerCase();
  const denied = domainRule(rules.deny, host);
  if (denied) return ruleDenies(denied, host);
  const asked = domainRule(rules.ask, host);
  if (asked) return ruleAsks(asked, host);
  const odd = oddity(parsed, host);
  if (odd) return ask("path", `${shown(parsed)}: ${odd}`, { risk: "high" });
  const rule = toolRule(rules.allow, request) ?? domainRule(rules.allow, host);
  if (!rule) return ask("person", `fetching from ${host}`, { risk: "medium" });
  if (rules.world.context.tainted && (parsed.search.length > 1 || request.tool !== "WebFetch")) {
    return ask("rules", `${shown(parsed)} carries parameters, and this session has read untrusted text`, { rule, risk: "high" });
  }
  return allow("rules", `fetching from ${host} is allowed by ${rule.source.text}`, rule);
}

const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}${url.search}`;

function oddity(url: URL, host: string): string | undefined {
  if (url.protocol !== "https:") return "the connection is not encrypted";
  if (url.username !== "" || url.password !== "") return "it holds a user name or password";
  if (!/^[a-z0-9.-]+$/.test(host)) return "the host is an address, not a name";
  if (/^[\d.]+$/.test(host))
    return privateAddress.test(host) ? "it is an address of this machine or network" : "the host is an address, not a name";
  if (privateHost.test(host) || !host.includes(".")) return "it is an address of this machine or network";
  if (url.port !== "") return "it names a port";
  if (url.search.length > longQuery) return "the query is long enough to carry data out";
  return undefined;
}
