/** What a scripted model answers: parts in order, how fast, and what goes wrong. */
export interface Reply {
  parts: Part[];
  /** Default: "tool_use" when there is a call, else "end_turn". */
  stopReason?: string;
  /** Overrides single figures of the bill. */
  usage?: Partial<WireUsage>;
  /** Before the status line. */
  firstByteMs?: number;
  /** Between two pieces of the stream. */
  chunkMs?: number;
  /** Characters in one delta. */
  chunkSize?: number;
  gzip?: boolean;
  headers?: Record<string, string>;
  fault?: Fault;
  /** Instead of everything above: these bytes as they are. */
  raw?: RawReply;
}

export type Part =
  | { kind: "text"; text: string; beforeMs?: number }
  | { kind: "thinking"; thinking: string; signature?: string; beforeMs?: number }
  /** `json` replaces the encoded input, to send what is not JSON. */
  | { kind: "tool"; name: string; input: unknown; id?: string; json?: string; beforeMs?: number };

export interface WireUsage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

/** Where in a reply something happens: before the status line, before the first event, in the middle of …, after the first whole call, before the end events. */
export type FaultPoint = "status" | "start" | "text" | "thinking" | "tool_json" | "after_call" | "end";

export type Fault = { at: FaultPoint } & (
  | { how: "reset" | "close" }
  /** Nothing comes for `ms`, then the rest; without `ms` nothing comes ever. */
  | { how: "silence"; ms?: number }
  | { how: "error_event"; error: { type: string; message: string } }
  | { how: "bad_json" }
);

export interface RawReply {
  status: number;
  headers: Record<string, string>;
  chunks: Uint8Array[];
  end: "close" | "reset" | "hang";
}

type Options = Partial<Omit<Reply, "parts" | "raw">>;

export const part = {
  text: (text: string, beforeMs?: number): Part => ({ kind: "text", text, ...(beforeMs && { beforeMs }) }),
  thinking: (thinking: string, signature?: string): Part => ({ kind: "thinking", thinking, ...(signature && { signature }) }),
  tool: (name: string, input: unknown, options: { id?: string; json?: string; beforeMs?: number } = {}): Part => ({
    kind: "tool",
    name,
    input,
    ...options,
  }),
};

export const reply = {
  text: (text: string, options: Options = {}): Reply => ({ ...options, parts: [part.text(text)] }),
  tool: (name: string, input: unknown, options: Options = {}): Reply => ({ ...options, parts: [part.tool(name, input)] }),
  of: (parts: Part[], options: Options = {}): Reply => ({ ...options, parts }),
  /** An answer of the provider's front door: the body is JSON unless it is a string. */
  status: (status: number, body: unknown = errorBody(status), headers: Record<string, string> = {}): Reply => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const type = typeof body === "string" ? "text/plain" : "application/json";
    return reply.raw([text], { status, headers: { "content-type": type, ...headers } });
  },
  raw: (
    chunks: (string | Uint8Array)[],
    { status = 200, headers = {}, end = "close" }: Partial<Omit<RawReply, "chunks">> = {},
    options: Options = {},
  ): Reply => ({
    ...options,
    parts: [],
    raw: {
      status,
      headers: { "content-type": "text/event-stream", ...headers },
      chunks: chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk)),
      end,
    },
  }),
  base64: (chunks: string[], how: Partial<Omit<RawReply, "chunks">> = {}, options: Options = {}): Reply =>
    reply.raw(
      chunks.map((chunk) => Buffer.from(chunk, "base64")),
      how,
      options,
    ),
  /** The request is taken and never answered. */
  hang: (): Reply => ({ parts: [], fault: { at: "status", how: "silence" } }),
  /** `whole`, with one thing wrong in it. */
  broken: (whole: Reply, fault: Fault): Reply => ({ ...whole, fault }),
};

const ERROR_TYPES: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};
const errorBody = (status: number) => ({
  type: "error",
  error: { type: ERROR_TYPES[status] ?? "api_error", message: `scripted ${status}` },
});
