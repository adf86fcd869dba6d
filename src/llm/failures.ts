import type { ModelError, ModelErrorKind } from "../shared/protocol/model";

/** Where a failure happened; it is put into the message, the key never is. */
export interface FailureSite {
  provider: string;
  model: string;
  /** The name of the setting or variable that holds the key, for the next step. */
  keyHint?: string;
}

const retryAfterCapMs = 5 * 60_000;

export function modelError(site: FailureSite, kind: ModelErrorKind, message: string, more: Partial<ModelError> = {}): ModelError {
  return { kind, message: oneLine(message), provider: site.provider, model: site.model, ...more };
}

/** A reply that was not 2xx. `body` is at most its first 64 KB. */
export function statusError(site: FailureSite, status: number, headers: Record<string, string>, body: string): ModelError {
  const told = toldIn(body);
  const said = told.message === "" ? "" : `: ${told.message}`;
  const name = site.provider;
  const fail = (kind: ModelErrorKind, message: string, more: Partial<ModelError> = {}): ModelError =>
    modelError(site, kind, message, { status, ...more });

  if (status >= 300 && status < 400) {
    const host = hostOf(headers["location"]);
    return fail("denied", `${name} redirects to ${host}; the key is not sent there. Set the base URL to the right address.`);
  }
  if (status === 413 || isTooLong(told.message)) return fail("too_long", `The conversation is too long for ${site.model}${said}`);
  if (status === 401)
    return fail("auth", `${name} did not accept the key${said}. Set a valid key (${site.keyHint ?? "Stride: Set API Key"}).`);
  // 402 says "do not ask again": an empty account is not a rate limit, whatever status a provider gives it.
  if (status === 402 || isOutOfCredit(told))
    return fail("exhausted", `The account at ${name} has no credit left${said}. Top it up or pick another model.`, {
      status: 402,
    });
  if (status === 403)
    return fail("denied", `${name} refuses this request${said}. Check the key's rights and the account's region.`);
  if (status === 404)
    return fail("not_found", `${name} does not know the model "${site.model}"${said}. Pick another model or check the base URL.`);
  if (status === 407)
    return fail("denied", `The proxy asks for a login (407). Put user and password into http.proxy or HTTPS_PROXY.`);
  if (status === 429) return fail("exhausted", `${name} limits the rate of requests${said}`, waitTold(headers));
  if (status === 408 || status === 409 || status === 425 || status >= 500) {
    return fail(
      "unavailable",
      `${name} is ${status === 529 ? "overloaded" : "not available"} (${status})${said}`,
      waitTold(headers),
    );
  }
  return fail("invalid", `${name} rejects the request (${status})${said}`);
}

/** An error told inside a 200 reply: an `error` event or a JSON body. */
export function toldError(site: FailureSite, error: unknown): ModelError {
  const told = readTold(error);
  const status = statusOfType[told.type];
  if (status !== undefined) return statusError(site, status, {}, JSON.stringify({ error }));
  if (isTooLong(told.message))
    return modelError(site, "too_long", `The conversation is too long for ${site.model}: ${told.message}`);
  return modelError(site, "unavailable", `${site.provider} broke off${told.message === "" ? "" : `: ${told.message}`}`);
}

/** What the network threw. Certificates are never bypassed, so such an error is not worth another try. */
export function networkError(site: FailureSite, error: unknown): ModelError {
  const code = (error as { code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  const where = site.provider;
  if (typeof code === "string" && isCertificateCode(code)) {
    return modelError(
      site,
      "denied",
      `The certificate of ${where} is not trusted (${code}). Add your company's CA (NODE_EXTRA_CA_CERTS or stride.proxy.ca).`,
    );
  }
  if (code === "STRIDE_PROXY_LOGIN") return statusError(site, 407, {}, "");
  if (code === "STRIDE_STALLED") return modelError(site, "unavailable", `${where} ${text}`);
  const hint = typeof code === "string" ? (networkHints[code] ?? `connection lost (${code})`) : `connection lost (${text})`;
  const more: Partial<ModelError> = (error as { reusedSocket?: boolean } | null)?.reusedSocket ? { retryAfterMs: 0 } : {};
  return modelError(site, "unavailable", `No answer from ${where}: ${hint}. Check the network and the proxy settings.`, more);
}

export function retryAfterMs(headers: Record<string, string>, now: number = Date.now()): number | undefined {
  const exact = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(exact)) return cap(exact);
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return cap(seconds * 1_000);
  const date = Date.parse(value);
  // The server's own clock tells how long it means, when ours is wrong.
  const serverNow = Date.parse(headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : cap(date - (Number.isNaN(serverNow) ? now : serverNow));
}

const cap = (ms: number): number => Math.min(Math.max(0, ms), retryAfterCapMs);

function waitTold(headers: Record<string, string>): Partial<ModelError> {
  const wait = retryAfterMs(headers);
  return wait === undefined ? {} : { retryAfterMs: wait };
}

interface Told {
  type: string;
  message: string;
}

function toldIn(body: string): Told {
  try {
    const json = JSON.parse(body) as { error?: unknown } | null;
    return readTold(json?.error ?? json);
  } catch {
    return { type: "", message: oneLine(body.replace(/<[^>]*>/g, " ")) };
  }
}

function readTold(error: unknown): Told {
  if (typeof error === "string") return { type: "", message: oneLine(error) };
  const { type, code, message } = (error ?? {}) as { type?: unknown; code?: unknown; message?: unknown };
  const named =
    [code, type].find((name) => typeof name === "string" && (name in statusOfType || name === "insufficient_quota")) ??
    type ??
    code;
  return { type: typeof named === "string" ? named : "", message: typeof message === "string" ? oneLine(message) : "" };
}

const statusOfType: Record<string, number> = {
  invalid_request_error: 400,
  context_length_exceeded: 413,
  request_too_large: 413,
  authentication_error: 401,
  invalid_api_key: 401,
  billing_error: 402,
  insufficient_quota: 402,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  api_error: 500,
  server_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const isTooLong = (message: string): boolean =>
  /prompt is too long|too many tokens|context[_ ](length|window)|maximum context|exceeds? the (model's )?(maximum|context|limit of)|input is too long|request_too_large/i.test(
    message,
  );

const isOutOfCredit = (told: Told): boolean =>
  told.type === "insufficient_quota" || /credit balance is too low/i.test(told.message);

const isCertificateCode = (code: string): boolean =>
  /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_CERT|ERR_SSL|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);

const networkHints: Record<string, string> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "its address is not known (offline?)",
  EAI_AGAIN: "its address could not be looked up (offline?)",
  ENETUNREACH: "the network is not reachable (offline?)",
  EHOSTUNREACH: "the host is not reachable",
  ETIMEDOUT: "the connection timed out",
  STRIDE_CONNECT_TIMEOUT: "the connection timed out",
  Z_DATA_ERROR: "the body was not what its header says",
  Z_BUF_ERROR: "the body was cut",
};

const hostOf = (location: string | undefined): string => {
  try {
    return new URL(location ?? "").host;
  } catch {
    return "another address";
  }
};

/** Provider text is shown to people in one line, without control characters. */
const oneLine = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ")
    .trim()
    .slice(0, 400);
