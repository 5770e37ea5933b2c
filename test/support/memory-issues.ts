// The issues of the forge in memory, for tests of the sync. They pass the contract of forges' issues.
import { contentOf, type IssueContent } from '../../src/core/sync/issue-draft.ts';
import { largestIssueBody } from '../../src/core/sync/issue-body.ts';
import type { Issue } from '../../src/core/sync/sync-facts.ts';
import { Fault } from '../../src/core/fault.ts';
import type { ForgeIssues, IssueRead, Written } from '../../src/ports/forge-issues.ts';
import type { ForgeRepository } from '../../src/core/delivery/pull-facts.ts';
import type { MemoryForgeState, MemoryRepository } from './memory-forge-state.ts';
import type { MemoryIssue } from './memory-issue.ts';
import {
  commentOn,
  editComment,
  editIssue,
  openIssue,
  parentOf,
  personIn,
  pullAsIssue,
  secondOf,
  setParentOf,
} from './memory-issues-state.ts';

interface Of {
  readonly state: MemoryForgeState;
  readonly repository: MemoryRepository;
}

/** Carries out a call in a repository; `what` is recorded, such as `issues.write acme/app#1`. */
export type InRepository = <Result>(
  call: string,
  at: { readonly repository: ForgeRepository; readonly number?: number },
  work: (of: Of) => Result,
) => Promise<Result>;

export function memoryIssues(inRepository: InRepository): ForgeIssues {
  return {
    changedAt: (repository) => inRepository('issues.changedAt', { repository }, (of) => changedAt(of.repository)),
    read: ({ repository, ...asked }) => inRepository('issues.read', { repository }, (of) => read(of, asked)),
    create: ({ repository, content, isOurs }) => inRepository('issues.create', { repository }, (of) => create(of, { content, isOurs })),
    write: ({ repository, number, from, set }) =>
      inRepository('issues.write', { repository, number }, ({ state, repository: at }) => {
        if (!isSame(contentOf(shown(at, present(at, number))), from)) return false;
        write({ state, repository: at }, { number, set });
        return true;
      }),
    depend: ({ repository, number, on, is }) =>
      inRepository('issues.depend', { repository, number }, ({ state, repository: at }) => {
        const issue = present(at, number);
        present(at, on);
        const has = issue.dependencies.includes(on);
        if (at.dependencies && has !== is) {
          issue.dependencies = is ? [...issue.dependencies, on] : issue.dependencies.filter((one) => one !== on);
          issue.updatedAt = secondOf(state);
        }
      }),
    setParent: ({ repository, number, from, to }) =>
      inRepository('issues.setParent', { repository, number }, ({ state, repository: at }) => {
        present(at, number);
        if (to !== null) present(at, to);
        const now = parentOf(at, number);
        if (now === (to ?? 'none')) return true;
        if (now !== (from ?? 'none')) return false;
        setParentOf(state, { repository: at, number, to: to ?? 'none' });
        return true;
      }),
    comment: ({ repository, number, id, text }) =>
      inRepository('issues.comment', { repository, number }, ({ state, repository: at }) => {
        const issue = present(at, number);
        const known =
          issue.comments.find((one) => one.id === id) ?? issue.comments.find((one) => one.by === state.login && one.text === text);
        if (known === undefined) return commentOn(state, { repository: at, number, by: state.login, text });
        if (known.text !== text) editComment(state, { repository: at, number, id: known.id, text });
        return known.id;
      }),
  };
}

function changedAt({ issues, pulls }: MemoryRepository): number | null {
  const present = [...issues.values()].filter(({ gone }) => gone === null || gone.gone === 'discussion');
  const times = [...present, ...pulls].map(({ updatedAt }) => updatedAt);
  return times.length === 0 ? null : Math.max(...times);
}

type Asked = Omit<Parameters<ForgeIssues['read']>[0], 'repository'>;

function read({ repository }: Of, { labels, since, numbers, intake, isOurs }: Asked): IssueRead {
  const { issues, pulls } = repository;
  const wanted = new Set(labels.map((label) => label.toLowerCase()));
  const present = [...issues.values()].filter(({ gone }) => gone === null);
  const chosen = present.filter(
    (issue) =>
      numbers.includes(issue.number) ||
      (since !== null && issue.updatedAt >= since) ||
      (issue.state === 'open' && issue.labels.some((label) => wanted.has(label.toLowerCase()))),
  );
  const asked = [...new Set(numbers)].filter((number) => !chosen.some((issue) => issue.number === number));
  const found = pulls.filter(({ number }) => asked.includes(number));
  const gone = asked.filter((number) => !found.some((pull) => pull.number === number));
  return {
    issues: [
      ...chosen.map((issue) => shown(repository, issue, { intake, isOurs })),
      ...found.map((pull) => pullAsIssue(repository, pull)),
    ].toSorted((a, b) => a.number - b.number),
    gone: gone.map((number) => ({ number, ...(issues.get(number)?.gone ?? { gone: 'deleted', to: null }) })),
    until: changedAt(repository),
  };
}

function shown(
  repository: MemoryRepository,
  issue: MemoryIssue,
  { intake = '', isOurs = () => false }: { readonly intake?: string; readonly isOurs?: (comment: Written) => boolean } = {},
): Issue {
  const { number, title, body, state, reason, closedBy, reopenedBy, labels, assignees } = issue;
  const labelled = issue.labelled.get(intake.toLowerCase()) ?? null;
  const comment = issue.comments.find(({ by, text }) => isOurs({ by: personIn(repository, by), text }));
  return {
    ...{ number, title, body, state, reason, closedBy, reopenedBy, labels, assignees, isPull: false },
    revisions: issue.revisions.map((revision) => ({ ...revision, by: personIn(repository, revision.by) })),
    labelled: labelled === null ? null : { by: personIn(repository, labelled.by), at: labelled.at },
    dependencies: repository.dependencies ? issue.dependencies : null,
    parent: repository.subIssues ? parentOf(repository, number) : null,
    comment: comment === undefined ? null : { id: comment.id, text: comment.text },
  };
}

function create(of: Of, { content, isOurs }: { readonly content: IssueContent; readonly isOurs: (body: Written) => boolean }): number {
  const { state, repository } = of;
  const before = [...repository.issues.values()].find((issue) => {
    const author = issue.revisions[0]?.by ?? '';
    return issue.gone === null && isOurs({ by: personIn(repository, author), text: issue.body });
  });
  checkLength(content.body);
  const number = before?.number ?? openIssue(state, { repository, by: state.login, title: content.title, body: content.body });
  write(of, { number, set: content });
  return number;
}

/** Only what is otherwise is written, so that nothing happens where nothing is. */
function write({ state, repository }: Of, { number, set }: { readonly number: number; readonly set: Partial<IssueContent> }): void {
  checkLength(set.body ?? '');
  const now = contentOf(shown(repository, present(repository, number)));
  if (!isSame({ ...now, ...set }, now)) editIssue(state, { repository, number, by: state.login, ...set });
}

function checkLength(body: string): void {
  if (body.length > largestIssueBody)
    throw new Fault({ code: 'forge-refused', message: `body is too long (maximum is ${largestIssueBody} characters)`, hint: 'write less' });
}

function isSame(one: IssueContent, other: IssueContent): boolean {
  const plain = ({ labels, assignees, ...rest }: IssueContent): string =>
    JSON.stringify([rest.title, rest.body, rest.state, rest.reason, ...[labels, assignees].map(sorted)]);
  return plain(one) === plain(other);
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].toSorted();
}

function present({ issues }: MemoryRepository, number: number): MemoryIssue {
  const found = issues.get(number);
  if (found !== undefined && found.gone === null) return found;
  throw new Fault({ code: 'forge-gone', message: `there is no issue #${number}`, hint: 'look whether it is there' });
}
