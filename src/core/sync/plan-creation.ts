// Lines that become issues: those for which a person asked, and those that the configuration names.
import type { TodoTask } from '../todo/line.ts';
import { autoDispatch } from '../todo/words.ts';
import { fieldText, nextSnapshot, noSnapshot } from './snapshot.ts';
import { bodyWithPart } from './issue-draft.ts';
import { labelsFor } from './labels.ts';
import { partOf, statusLabel, type ListView } from './part-facts.ts';
import type { Change } from './sync-plan.ts';
import type { Notice } from './pair-up.ts';
import type { SyncFacts } from './sync-facts.ts';
import { valuesOfLine } from './values.ts';

export function planCreations({
  facts,
  view,
  single,
}: {
  readonly facts: SyncFacts;
  readonly view: ListView;
  readonly single: readonly TodoTask[];
}): { readonly changes: readonly Change[]; readonly notices: readonly Notice[] } {
  const created = single.filter((todo) => becomesIssue({ facts, todo })).map((todo) => creation({ facts, view, todo }));
  return { changes: created.flatMap(({ change }) => change ?? []), notices: created.flatMap(({ notice }) => notice ?? []) };
}

function becomesIssue({ facts, todo }: { facts: SyncFacts; todo: TodoTask }): boolean {
  if (todo.mark !== 'open') return false;
  if (facts.push.includes(todo.id)) return true;
  const { create } = facts.policy;
  return create === 'all' || (create === 'marked' && todo.tags.includes(autoDispatch));
}

function creation({ facts, view, todo }: { facts: SyncFacts; view: ListView; todo: TodoTask }): {
  change: Change | null;
  notice: Notice | null;
} {
  const { policy, list, briefs } = facts;
  const task = facts.tasks.get(todo.id) ?? null;
  // Dependencies are added once the numbers of all new issues are known.
  const values = valuesOfLine({ ids: list.ids, intake: policy.intake, numbers: new Map(), todo, brief: briefs.get(todo.id) ?? null });
  const snapshot = nextSnapshot({ last: noSnapshot, common: values, frozen: [], named: [] });
  const part = partOf({ facts, view, numbers: new Map(), plan: { task }, todo });
  const marker = { repo: policy.repo, task: todo.id, base: snapshot, assigned: null };
  const body = bodyWithPart({ body: { above: fieldText(values, 'body'), below: '', isWhole: false }, text: null, part, marker });
  if (body === null) {
    const message = `the text of ${todo.id} is too long for an issue, so none was made`;
    return {
      change: null,
      notice: {
        code: 'body-too-long',
        task: todo.id,
        number: null,
        message,
        hint: 'shorten the text, or move a part of it into a file that it names',
      },
    };
  }
  const labels = labelsFor({
    now: [],
    tags: values.tags,
    intake: policy.intake,
    status: statusLabel({ todo, task }),
    dispatched: null,
    implemented: null,
  });
  const assignees = values.assignee.split(',').filter((login) => login !== '');
  const content = { title: `${todo.id}: ${todo.title}`, body, state: 'open', reason: null, labels, assignees } as const;
  return { change: { do: 'create-issue', task: todo.id, content, snapshot, values }, notice: null };
}
