export interface SessionSearch {
  query: string;
  limit?: number;
  /** Only sessions of this folder. */
  cwd?: string;
  /** Only this session. */
  session?: string;
}

export interface SessionHit {
  session: string;
  title: string;
  cwd: string;
  seq: number;
  at: number;
  snippet: string;
}

export interface SearchAnswer {
  hits: SessionHit[];
  /** False: older sessions are still being read; the same search finds more later. */
  complete: boolean;
}
