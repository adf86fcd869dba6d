export interface ProxySettings {
  /** The editor's http.proxy; stands before the environment. */
  proxy?: string;
  /** The editor's http.noProxy, added to NO_PROXY. */
  noProxy?: readonly string[];
  environment?: Record<string, string | undefined>;
}

/** The proxy a URL is reached by; null = directly. */
export function proxyFor(url: URL, settings: ProxySettings): URL | null {
  const { environment = {} } = settings;
  const named = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name];
  const chosen = settings.proxy || named(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") || named("ALL_PROXY");
  if (!chosen) return null;
  const exceptions = [...(settings.noProxy ?? []), ...(named("NO_PROXY") ?? "").split(/[\s,]+/)];
  if (exceptions.some((exception) => covers(exception.trim().toLowerCase(), url))) return null;
  return parse(chosen);
}

/** `user:password` of the proxy's URL as a header. */
export function proxyLogin(proxy: URL): Record<string, string> {
  if (proxy.username === "" && proxy.password === "") return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
}

function parse(text: string): URL | null {
  try {
    const url = new URL(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

/** `*`, `host`, `.domain`, `*.domain`, `host:port`, an address; a domain covers its subdomains. */
function covers(exception: string, url: URL): boolean {
  if (exception === "") return false;
  if (exception === "*") return true;
  const [, pattern = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(exception) ?? [undefined, exception];
  if (port !== undefined && port !== (url.port || (url.protocol === "https:" ? "443" : "80"))) return false;
  const host = url.hostname.toLowerCase();
  const domain = pattern.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`) || host === `[${domain}]`;
}
