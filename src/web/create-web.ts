import { LRUCache } from "lru-cache";
import type { FetchedPage, Web } from "../shared/ports/web";
import { getPage, type GetLimits, type Route } from "./get-page";
import { pageAddress } from "./page-address";

export interface WebOptions {
  /** For tests against a server on this machine. */
  allowLoopback?: boolean;
  timeoutMs?: number;
  maxBytes?: number;
  now?: () => number;
  /** The user's proxy and certificates; its sockets must look names up with `publicLookup`. */
  route?: (url: URL) => Route;
}

const maxMarkdown = 400_000;
const maxRedirects = 5;

type Page = Extract<FetchedPage, { ok: true }>;

/** Pages as Markdown, kept for 15 minutes; nothing but public hosts is ever connected to. */
export function createWeb({
  allowLoopback = false,
  timeoutMs = 20_000,
  maxBytes = 5_000_000,
  now = Date.now,
  route,
}: WebOptions = {}): Web {
  const kept = new LRUCache<string, Page>({
    maxSize: 20_000_000,
    sizeCalculation: (page) => page.markdown.length + 1,
    ttl: 15 * 60_000,
    ttlResolution: 0,
    perf: { now },
  });
  const limits: GetLimits = { allowLoopback, timeoutMs, maxBytes, ...(route && { route }) };
  return {
    async fetchPage(text, signal) {
      const address = pageAddress(text, limits);
      if (!address.ok) return { ok: false, why: "refused", message: address.message };
      const known = kept.get(address.url.href);
      if (known) return { ...known, fromCache: true };
      const page = await fetchFollowing(address.url, limits, signal);
      if (page.ok) kept.set(address.url.href, page);
      return page;
    },
  };
}

async function fetchFollowing(start: URL, limits: GetLimits, signal: AbortSignal): Promise<FetchedPage> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const got = await getPage(url, limits, signal);
    if (!got.ok) return got;
    const { location } = got.headers;
    if (got.status >= 300 && got.status < 400 && location !== undefined) {
      const next = pageAddress(URL.canParse(location, url.href) ? new URL(location, url).href : location, limits);
      if (!next.ok)
        return { ok: false, why: "refused", message: `${url.href} redirects to a place that is not fetched. ${next.message}` };
      if (next.url.host !== start.host) return redirected(url, next.url);
      url = next.url;
      continue;
    }
    if (got.status !== 200)
      return { ok: false, why: "http", message: `${url.href} answered ${got.status}. ${adviceFor(got.status)}` };
    return toPage(url, got.body, { type: got.headers["content-type"] ?? "", cut: got.cut });
  }
  return { ok: false, why: "redirect", message: `${start.href} redirects in a circle.` };
}

const redirected = (from: URL, to: URL): FetchedPage => ({
  ok: false,
  why: "redirect",
  message: `${from.href} redirects to another host, ${to.host}, which was not followed.`,
  redirectTo: to.href,
});

const adviceFor = (status: number): string =>
  status === 404 || status === 410
    ? "The page does not exist; check the address."
    : status === 401 || status === 403
      ? "It needs a login or refuses programs."
      : status === 429
        ? "Too many requests; wait before trying again."
        : "Try again later or another source.";

async function toPage(url: URL, body: Buffer, { type, cut }: { type: string; cut: boolean }): Promise<FetchedPage> {
  const kind = type.split(";")[0]!.trim().toLowerCase();
  const isHtml =
    kind === "text/html" ||
    kind === "application/xhtml+xml" ||
    (!kind && /^\s*<(!doctype|html)/i.test(body.toString("latin1", 0, 200)));
  if (!isHtml && !isText(kind)) {
    return {
      ok: false,
      why: "unsupported",
      message: `${url.href} is ${kind || "of an unknown kind"}, not text. Download it with a command in Bash and Read the file.`,
    };
  }
  const text = decode(body, type);
  const markdown = isHtml ? (await import("./html-to-markdown")).htmlToMarkdown(text, url.href) : text;
  const truncated = cut || markdown.length > maxMarkdown;
  return { ok: true, url: url.href, markdown: markdown.slice(0, maxMarkdown), truncated, fromCache: false };
}

const isText = (kind: string): boolean =>
  kind.startsWith("text/") || /^application\/(json|xml|javascript|x-yaml|yaml|toml|.*\+(json|xml))$/.test(kind);

function decode(body: Buffer, type: string): string {
  const named =
    /charset=["']?([\w-]+)/i.exec(type)?.[1] ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(body.toString("latin1", 0, 2048))?.[1];
  try {
    return new TextDecoder(named ?? "utf-8").decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
