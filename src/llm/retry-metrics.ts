import type { ModelError, ModelErrorKind } from "../shared/protocol/model";

/** What the retry boundary has seen, for the log, the bench and the health page. */
export interface RetryMetrics {
  calls: number;
  attempts: number;
  /** Calls given up although another try might have helped: attempts, time or spare tries were used up. */
  exhausted: number;
  byClass: Partial<Record<ModelErrorKind, number>>;
  /** successOn[0] = calls answered at the first attempt. */
  successOn: number[];
  failed(error: ModelError): void;
  succeeded(attempt: number): void;
  exhaustedRate(): number;
}

export function createRetryMetrics(): RetryMetrics {
  return {
    calls: 0,
    attempts: 0,
    exhausted: 0,
    byClass: {},
    successOn: [],
    failed(error) {
      this.byClass[error.kind] = (this.byClass[error.kind] ?? 0) + 1;
    },
    succeeded(attempt) {
      while (this.successOn.length < attempt) this.successOn.push(0);
      this.successOn[attempt - 1] = (this.successOn[attempt - 1] ?? 0) + 1;
    },
    exhaustedRate() {
      return this.calls === 0 ? 0 : this.exhausted / this.calls;
    },
  };
}
