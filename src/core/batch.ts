// A batch: an ordered set of tasks with a concurrency limit of its own.

export interface Batch {
  readonly name: string;
  readonly state: 'open' | 'paused' | 'cancelled';
  /** Workers of this batch at once; 0: no limit of its own. */
  readonly concurrency: number;
  readonly createdAt: number;
}
