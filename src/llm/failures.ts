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
  // A plain 400 may name what it really is.
  return refusal(site, status === 400 ? (statusOfType[told.type] ?? status) : status, headers, told);
}

function refusal(site: FailureSite, status: number, headers: Record<string, string>, told: Told): ModelError {
  const said = told.message === "" ? "" : `: ${told.message}`;
  const name = site.provider;
  const fail = (kind: ModelErrorKind, message: string, more: Partial<ModelError> = {}): ModelError =>
    modelError(site, kind, message, { status, ...more });

  if (status >= 300 && status < 400) {
    const host = hostOf(headers["location"]);
    return fail("denied", `${name} redirects to ${host}; the key is not sent there. Set the base URL to the right address.`);
  }
  if (isTooLong(status, told)) return fail("too_long", `The conversation is too long for ${site.model}${said}`);
  if (status === 401)
    return fail("auth", `${name} did not accept the key${said}. Set a valid key (${site.keyHint ?? "Stride: Set API Key"}).`);
  // 402 says "do not ask again": an empty account is not a rate limit, whatever status a provider gives it.
  if (status === 402 || isOutOfCredit(told))
    return fail("exhausted", `The account at ${name} has no credit left${said}. Top it up or pick another model.`, {
      status: 402,
    });
  if (status === 403)
    return fail("denied", `${name} refuses this request${said}. Check the key's rights and the account's region.`);
  if (status === 404 || ((status === 400 || status === 422) && noSuchModel.test(told.message)))
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
  const status = statusOfType[told.type] ?? told.status;
  if (status !== undefined) return refusal(site, status, {}, told);
  if (isTooLong(0, told)) return modelError(site, "too_long", `The conversation is too long for ${site.model}: ${told.message}`);
  return modelError(site, "unavailable", `${site.provider} broke off${told.message === "" ? "" : `: ${told.message}`}`);
}

/** What the network threw. Certificates are never bypassed, so such an error is not worth another try. */
export function networkError(site: FailureSite, error: unknown): ModelError {
  const code = (error as { code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  const where = site.provider;
  if (typeof code === "string" && isCertificateCode(code)) return modelError(site, "denied", certificateMessage(where, code));
  if (typeof code === "string" && isTlsMismatch(code, text)) {
    return modelError(
      site,
      "denied",
      `${where} does not speak TLS as we do (${code}). Check the base URL: http or https, and its port.`,
    );
  }
  if (code === "STRIDE_PROXY_LOGIN") return statusError(site, 407, {}, "");
  if (code === "STRIDE_STALLED") return modelError(site, "unavailable", `${where} ${text}`);
  if (typeof code === "string" && code.startsWith("HPE_")) {
    return modelError(site, "unavailable", `${where} sent no valid HTTP (${code}). Check the base URL and the proxy settings.`);
  }
  const hint = typeof code === "string" ? (networkHints[code] ?? `connection lost (${code})`) : `connection lost (${text})`;
  const more: Partial<ModelError> = (error as { reusedSocket?: boolean } | null)?.reusedSocket ? { retryAfterMs: 0 } : {};
  return modelError(site, "unavailable", `No answer from ${where}: ${hint}. Check the network and the proxy settings.`, more);
}

export function retryAfterMs(headers: Record<string, string>, now: number = Date.now()): number | undefined {
  const exact = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(exact) && exact > 0) return cap(exact);
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return cap(seconds * 1_000);
  const date = Date.parse(value);
  // The server's own clock tells how long it means, when ours is wrong.
  const serverNow = Date.parse(headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : cap(date - (Number.isNaN(serverNow) ? now : serverNow));
}

/** "Now" is no time to wait: then our own steps are taken, or the tries would be over in an instant. */
const cap = (ms: number): number | undefined => (ms > 0 ? Math.min(ms, retryAfterCapMs) : undefined);

function waitTold(headers: Record<string, string>): Partial<ModelError> {
  const wait = retryAfterMs(headers);
  return wait === undefined ? {} : { retryAfterMs: wait };
}

interface Told {
  type: string;
  /** Some give the status as the code of the error. */
  status?: number;
  message: string;
}

function toldIn(body: string): Told {
  try {
    const json: unknown = JSON.parse(body);
    const one = (Array.isArray(json) ? json[0] : json) as { error?: unknown } | null;
    return readTold(one?.error ?? one);
  } catch {
    return { type: "", message: oneLine(body.replace(/<[^>]*>/g, " ")) };
  }
}

function readTold(error: unknown): Told {
  if (typeof error === "string") return { type: "", message: oneLine(error) };
  const { type, code, message, detail } = (error ?? {}) as Record<string, unknown>;
  const named =
    [code, type].find((name) => typeof name === "string" && (name in statusOfType || name === "insufficient_quota")) ??
    type ??
    code;
  const status = Number(code);
  return {
    type: typeof named === "string" ? named : "",
    message: oneLine([message, detail].find((words) => typeof words === "string") ?? ""),
    ...(status >= 400 && status <= 599 ? { status } : {}),
  };
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

/** A rate limit speaks of limits and tokens too: there only a request that no waiting makes small enough counts. */
const isTooLong = (status: number, told: Told): boolean =>
  status === 413 ||
  told.type === "context_length_exceeded" ||
  (status === 429 ? /request too large/i : tooLongWords).test(told.message);

/** As Anthropic, OpenAI, Gemini, Bedrock, xAI, Mistral, Groq, Kimi, Qwen, llama.cpp, vLLM and others put it. */
const tooLongWords = new RegExp(
  [
    "(prompt|input) (is )?too long",
    "too many tokens",
    "request[_ ]too[_ ]large",
    "context[_ ](length|window|limit|size)",
    "maximum (context|prompt length)",
    "exceeds? the (model's )?(maximum|context|limit of)",
    "exceeded model token limit",
    "prompt exceeds",
    "reduce the length of the (messages|prompt|input)",
    "inputs?\\W+must have less than \\d+ tokens",
    "range of input length",
  ].join("|"),
  "i",
);

const noSuchModel = /(not a valid|unknown|no such|invalid) model\b|model\b.{0,80}\b(does not exist|not found|is not available)/i;

const isOutOfCredit = (told: Told): boolean =>
  told.type === "insufficient_quota" || /credit balance is too low/i.test(told.message);

const isCertificateCode = (code: string): boolean =>
  /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);

function certificateMessage(where: string, code: string): string {
  const flaw = `The certificate of ${where} is not trusted (${code}).`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return `${flaw} Check this computer's clock, or tell who runs the server.`;
  if (/ALTNAME|HOSTNAME/.test(code)) return `${flaw} It is for another name: check the base URL.`;
  return `${flaw} Add your company's CA (NODE_EXTRA_CA_CERTS or stride.proxy.ca).`;
}

/** Another try would end the same way; a record that was broken on its way is not among them. */
const isTlsMismatch = (code: string, text: string): boolean =>
  /^(EPROTO|ERR_SSL_)/.test(code) &&
  /(wrong.version|packet.length|http.request|protocol.version|handshake.failure|unrecognized.name|no.shared|no.suitable)/i.test(
    code + text,
  );

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
