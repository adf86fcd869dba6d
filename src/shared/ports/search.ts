/** Implemented by src/search on ripgrep. */
export interface GrepQuery {
  pattern: string;
  path: string;
  glob?: string;
  type?: string;
  ignoreCase?: boolean;
  multiline?: boolean;
  before?: number;
  after?: number;
  lineNumbers?: boolean;
  mode: "content" | "files_with_matches" | "count";
  limit: number;
  offset?: number;
}

export interface SearchAnswer {
  lines: string[];
  /** More matched than were returned. */
  more: boolean;
  problem?: string;
}

export interface Search {
  grep(query: GrepQuery, signal: AbortSignal): Promise<SearchAnswer>;
  /** Newest first. */
  glob(query: { pattern: string; path: string; limit: number }, signal: AbortSignal): Promise<SearchAnswer>;
}
