// What is written down as the evidence that work was merged.
import type { PullRecord } from './pull-record.ts';

export function mergedEvidence({ seen, verified }: PullRecord): string {
  const commit = seen.mergedCommit === null ? '' : ` as ${seen.mergedCommit.slice(0, 12)}`;
  const by = seen.endedBy === null ? '' : ` by ${seen.endedBy}`;
  return `pull request #${seen.number} was merged into ${seen.base.branch}${commit}${by}${verified?.failed === null ? ', and what was merged is verified' : ''}`;
}
