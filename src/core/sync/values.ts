// A line and an issue in their common form, and what has to be written to a line so that it has other values.
import type { TodoTask } from '../todo/line.ts';
import { commonTitle } from './common-title.ts';
import { sorted, type Field, type Values } from './fields.ts';
import { titleParts } from './intake.ts';
import { personText, type IssueBody } from './issue-body.ts';
import { tagsOfIssue, tagsOfLine, tagToWrite } from './labels.ts';
import { lineBody } from './line-body.ts';
import type { Issue } from './sync-facts.ts';
import type { LineSet } from './write-line.ts';

/** `numbers`: the issues of tasks. A task that has none cannot be named at an issue, so it is left out on both sides. */
interface Given {
  readonly ids: string;
  readonly intake: string;
  readonly numbers: ReadonlyMap<string, number>;
}

export function valuesOfLine(given: Given & { readonly todo: TodoTask; readonly brief: string | null }): Values {
  const { todo, brief, ids, intake, numbers } = given;
  return {
    title: commonTitle({ title: todo.title, ids }),
    body: lineBody({ body: todo.body, brief }).text,
    state: todo.mark === 'open' ? 'open' : 'closed',
    assignee: loginsOf(todo.assignee?.split(',') ?? []),
    tags: tagsOfLine({ tags: todo.tags, intake }),
    blockedBy: sorted(todo.blockedBy.filter((id) => numbers.has(id))),
  };
}

export interface IssueText {
  readonly title: string;
  readonly body: IssueBody;
  /** Whether the label for intake counts. */
  readonly isWanted: boolean;
  /** The login that we assigned, because the task is worked on. */
  readonly ours: string | null;
}

/** `line`: the values of the task's line, of which those hold that the forge cannot show. */
export function valuesOfIssue(
  given: Given & { readonly id: string; readonly issue: Issue; readonly text: IssueText; readonly line: Values },
): Values {
  const { ids, intake, numbers, id, issue, text, line } = given;
  const { dependencies } = issue;
  const tags = tagsOfIssue({ labels: issue.labels, intake });
  return {
    title: commonTitle({ title: ownTitle({ title: text.title, id, ids }).rest, ids }),
    body: personText(text.body),
    state: issue.state,
    assignee: loginsOf(issue.assignees.filter((login) => login !== text.ours)),
    tags: text.isWanted ? tags : tags.filter((tag) => tag !== intake.toLowerCase()),
    blockedBy:
      dependencies === null
        ? line.blockedBy
        : sorted([...numbers].flatMap(([task, number]) => (dependencies.includes(number) ? task : []))),
  };
}

/** The title without the task's own id, and the id as it stands before it. */
export function ownTitle({ title, id, ids }: { readonly title: string; readonly id: string; readonly ids: string }): {
  readonly prefix: string;
  readonly rest: string;
} {
  const parts = titleParts({ title, ids });
  return parts.id === id ? { prefix: `${id}: `, rest: parts.rest } : { prefix: '', rest: title };
}

export function loginsOf(logins: readonly string[]): string {
  return sorted(logins.map((login) => login.toLowerCase()).filter((login) => login !== '')).join(',');
}

/** What to write so that the line has the values in one field. The state is a matter of its own. */
export function lineSetFor(given: {
  readonly field: Exclude<Field, 'state'>;
  readonly from: Values;
  readonly to: Values;
  readonly todo: TodoTask;
  readonly intake: string;
}): LineSet {
  const { field, from, to, todo, intake } = given;
  const added = (key: 'tags' | 'blockedBy'): readonly string[] => to[key].filter((one) => !from[key].includes(one));
  const removed = (key: 'tags' | 'blockedBy'): readonly string[] => from[key].filter((one) => !to[key].includes(one));
  switch (field) {
    case 'title':
      return { title: to.title };
    case 'body':
      return { body: to.body };
    case 'assignee':
      return { assignee: to.assignee };
    case 'blockedBy':
      return { addBlockers: added('blockedBy'), removeBlockers: removed('blockedBy') };
    case 'tags': {
      const unwanted = new Set(removed('tags'));
      const isUnwanted = (tag: string): boolean => tagsOfLine({ tags: [tag], intake }).some((name) => unwanted.has(name));
      return { addTags: added('tags').map((name) => tagToWrite({ name, intake })), removeTags: todo.tags.filter(isUnwanted) };
    }
  }
}
