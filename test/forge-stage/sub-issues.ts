// How issues become sub-issues of others, and what GitHub refuses of that. The sentences about one parent and about a hundred
// sub-issues are GitHub's (github.com/cli/cli/pull/13413, stdlib-js/stdlib#13376); the limits stand in its documentation ("Adding sub-issues").
import { invalid, notFound, type Refusal } from './refusal.ts';
import type { Issue } from './state.ts';
import { note } from './state.ts';

const most = 100;
const mostLevels = 8;

export function addSubIssue(
  parent: Issue,
  { by, sub, replaces }: { readonly by: string; readonly sub: Issue; readonly replaces: boolean },
): void {
  const old = parentOf(sub);
  if (old === parent) throw refused('Issue may not contain duplicate sub-issues');
  if (old !== null && !replaces) throw refused('Sub issue may only have one parent');
  if (sub.repository.owner !== parent.repository.owner) throw refused('Sub issue must belong to the same owner as its parent');
  const above = withThoseAbove(parent);
  if (above.includes(sub)) throw refused('Sub issue cannot be an ancestor of its parent');
  if (parent.subIssues.length >= most) throw refused(`Parent cannot have more than ${most} sub-issues`);
  if (above.length + levelsBelow(sub) > mostLevels) throw refused(`There cannot be more than ${mostLevels} levels of sub-issues`);
  if (old !== null) removeSubIssue(old, { by, sub });
  parent.subIssues.push(sub);
  sub.parent = parent;
  note(parent, { event: 'sub_issue_added', actor: by });
  note(sub, { event: 'parent_issue_added', actor: by });
}

export function removeSubIssue(parent: Issue, { by, sub }: { readonly by: string; readonly sub: Issue }): void {
  if (sub.parent !== parent) throw notFound();
  parent.subIssues = parent.subIssues.filter((one) => one !== sub);
  sub.parent = null;
  note(parent, { event: 'sub_issue_removed', actor: by });
  note(sub, { event: 'parent_issue_removed', actor: by });
}

/** One that was deleted or moved is no parent any more. */
export function parentOf({ parent }: Issue): Issue | null {
  return parent === null || parent.gone !== null ? null : parent;
}

/** The issue itself, and those above it. */
function withThoseAbove(issue: Issue): readonly Issue[] {
  const above = parentOf(issue);
  return [issue, ...(above === null ? [] : withThoseAbove(above))];
}

function levelsBelow({ subIssues }: Issue): number {
  return Math.max(0, ...subIssues.map((sub) => 1 + levelsBelow(sub)));
}

function refused(message: string): Refusal {
  return invalid({ resource: 'Issue', code: 'custom', field: 'sub_issue_id', message });
}
