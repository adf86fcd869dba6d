/** Implemented by src/web. */
export type FetchedPage =
  | { ok: true; url: string; markdown: string; truncated: boolean; fromCache: boolean }
  | {
      ok: false;
      why: "refused" | "redirect" | "http" | "timeout" | "too_large" | "unsupported" | "failed";
      message: string;
      redirectTo?: string;
    };

export interface Web {
  fetchPage(url: string, signal: AbortSignal): Promise<FetchedPage>;
}
