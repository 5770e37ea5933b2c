// A batch: an ordered set of tasks with a concurrency limit of its own.

export interface Batch {
  readonly name: string;
  readonly state: 'open' | 'paused' | 'cancelled';
  /** The largest number of workers of this batch at the same time; 0: no limit of its own. */
  readonly concurrency: number;
  /** MCP servers for those of its tasks that name none; null: the batch names none either. */
  readonly mcp: readonly string[] | null;
  /** The role for those of its tasks that name none; null: the batch names none either. */
  readonly role: string | null;
  readonly createdAt: number;
}
