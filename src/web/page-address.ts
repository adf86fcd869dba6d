import { isIP } from "node:net";
import { isPublicAddress, type AddressRules } from "./public-address";

export type PageAddress = { ok: true; url: URL } | { ok: false; message: string };

/** What may be asked for at all: https, no credentials, a public host. Where the name really leads is checked on connecting. */
export function pageAddress(text: string, rules: AddressRules): PageAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse(`"${text.slice(0, 200)}" is no address. Give a whole one, like https://example.com/page.`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuse(`Only web pages can be fetched, not ${url.protocol} addresses. Use Read for files.`);
  if (url.username || url.password) return refuse("An address with a user name or password is not fetched. Leave them out.");
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const local = host === "localhost" || host.endsWith(".localhost");
  const open = local ? rules.allowLoopback : !isIP(host) || isPublicAddress(host, rules);
  if (!open || (!local && !isIP(host) && (!host.includes(".") || /\.(local|internal|lan|home|corp|intranet)$/i.test(host))))
    return refuse(privateHost(host));
  if (url.protocol === "http:" && !isLoopbackHost(host)) url.protocol = "https:";
  url.hash = "";
  return { ok: true, url };
}

export const privateHost = (host: string): string =>
  `${host} is on this machine or a private network, where pages are not fetched. Use a command in Bash if the user wants that.`;

const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const refuse = (message: string): PageAddress => ({ ok: false, message });
