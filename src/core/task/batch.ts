// A batch: an ordered set of tasks with a concurrency limit of its own.

export interface Batch {
  readonly name: string;
  readonly state: 'open' | 'paused' | 'cancelled';
  /** Workers of this batch at once; 0: no limit of its own. */
  readonly concurrency: number;
  /** MCP servers that its workers get, where a task says nothing else; null: it says nothing. */
  readonly mcp: readonly string[] | null;
  /** The role of its workers, where a task says nothing else; null: it says nothing. */
  readonly role: string | null;
  readonly createdAt: number;
}
