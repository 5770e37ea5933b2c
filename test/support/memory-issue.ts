// An issue of the forge in memory: a test reads and changes all of it directly.
import type { IssueContent } from '../../src/core/sync/issue-draft.ts';
import type { GoneIssue, Issue } from '../../src/core/sync/sync-facts.ts';

interface MemoryComment {
  readonly id: string;
  readonly by: string;
  text: string;
}

interface MemoryRevision {
  readonly by: string;
  readonly at: number;
  readonly title: string;
  readonly body: string;
}

export interface MemoryIssue extends IssueContent {
  readonly number: number;
  title: string;
  body: string;
  state: Issue['state'];
  reason: Issue['reason'];
  labels: readonly string[];
  assignees: readonly string[];
  closedBy: string | null;
  reopenedBy: string | null;
  readonly revisions: MemoryRevision[];
  /** Who added a label last, by its name in lower case. */
  readonly labelled: Map<string, { readonly by: string; readonly at: number }>;
  dependencies: readonly number[];
  parent: number | 'none' | 'elsewhere';
  comments: MemoryComment[];
  updatedAt: number;
  gone: Omit<GoneIssue, 'number'> | null;
}
