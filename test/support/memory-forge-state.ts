// What the forge in memory knows, as plain objects: a test reads and changes all of it directly. The functions are what other
// people and machines do there.
import type { Check, ForgeRepository, ForgeRepositoryFacts, PullRequest, ReviewItem } from '../../src/core/delivery/pull-facts.ts';
import type { Fault } from '../../src/core/fault.ts';
import type { Lack } from '../../src/ports/forge.ts';
import type { MemoryIssue } from './memory-issue.ts';

export interface MemoryPull {
  readonly number: number;
  state: PullRequest['state'];
  draft: boolean;
  title: string;
  body: string;
  author: string;
  readonly head: { readonly owner: string; readonly branch: string };
  base: string;
  labels: readonly string[];
  reviewers: readonly string[];
  assignees: readonly string[];
  items: ReviewItem[];
  /** The head that is shown; null: the branch's present commit. The forge may be late after a push. */
  shown: string | null;
  /** The last head, which a pull request keeps when its branch is deleted. */
  last: string;
  inQueue: boolean;
  mergedCommit: string | null;
  endedBy: string | null;
  ejectedAt: number | null;
  updatedAt: number;
  /** What a test wants to be seen in place of what follows from the rest, such as `{ mergeable: null }`. */
  facts: Partial<PullRequest>;
}

export interface MemoryRepository {
  at: ForgeRepository;
  facts: Omit<ForgeRepositoryFacts, 'at'>;
  /** The commit of each branch. */
  readonly branches: Map<string, string>;
  readonly pulls: MemoryPull[];
  /** By number; those that are gone stay here. `memory-issues-state.ts` has what people do with them. */
  readonly issues: Map<number, MemoryIssue>;
  /** What people may do here, in the forge's word, by login. Whoever is not named is a stranger. */
  readonly people: Map<string, string>;
  /** Whether issues can wait for others. */
  dependencies: boolean;
  /** Whether issues can be sub-issues of others. */
  subIssues: boolean;
  /** By commit. */
  readonly checks: Map<string, readonly Check[]>;
  /** The end of a check's output, by its id. */
  readonly logs: Map<string, string>;
  /** Names of the checks that every base requires. */
  required: readonly string[];
  /** Bases that have a merge queue. */
  readonly queues: Set<string>;
  /** The right that the token lacks for checks; null: none. */
  lacking: string | null;
  /** Merges are carried out when the test calls `carryOut`. */
  mergesLater: boolean;
  readonly merging: Map<string, { readonly number: number; readonly head: string }>;
  /** The forge answers that there is no such repository. */
  gone: boolean;
}

export interface MemoryForgeState {
  readonly host: string;
  login: string;
  /** By `owner/name`. */
  readonly repositories: Map<string, MemoryRepository>;
  /** The references that give a token which the forge accepts. */
  readonly tokens: Set<string>;
  readonly lacks: Lack[];
  /** The calls so far, such as `merge acme/app#1`. */
  readonly calls: string[];
  /** The next calls of these names end in these faults; `after`: but have their effect first, as when an answer is lost. */
  readonly faults: { readonly call: string; readonly fault: Fault; readonly after?: boolean }[];
  points: number;
  now: () => number;
  next: number;
}

/** A new id of 40 digits, as commits have. */
export function newCommit(state: MemoryForgeState): string {
  state.next += 1;
  return state.next.toString(16).padStart(40, 'c');
}

export function newId(state: MemoryForgeState, kind: string): string {
  state.next += 1;
  return `${kind}_${state.next}`;
}

export function addRepository(state: MemoryForgeState, name: string): MemoryRepository {
  const [owner = '', short = ''] = name.split('/');
  const repository: MemoryRepository = {
    at: { host: state.host, owner, name: short },
    facts: {
      defaultBranch: 'main',
      methods: ['squash', 'merge', 'rebase'],
      archived: false,
      canPush: true,
      parent: null,
      template: null,
    },
    branches: new Map([['main', newCommit(state)]]),
    ...{
      issues: new Map(),
      people: new Map([
        [owner, 'OWNER'],
        [state.login, 'COLLABORATOR'],
        ['grace', 'MEMBER'],
      ]),
      dependencies: true,
      subIssues: true,
    },
    ...{ pulls: [], checks: new Map(), logs: new Map(), required: [], queues: new Set() },
    ...{ lacking: null, mergesLater: false, merging: new Map(), gone: false },
  };
  state.repositories.set(name, repository);
  return repository;
}

/** Issues and pull requests share their numbers. */
export function nextNumber({ pulls, issues }: MemoryRepository): number {
  return pulls.length + issues.size + 1;
}

export function headOf(repository: MemoryRepository, pull: MemoryPull): string {
  if (pull.state !== 'open') return pull.last;
  const head = pull.shown ?? repository.branches.get(pull.head.branch) ?? pull.last;
  pull.last = head;
  return head;
}

export interface Saying {
  readonly kind: ReviewItem['kind'];
  readonly text: string;
  readonly by?: string;
  readonly association?: string;
  readonly bot?: boolean;
  readonly verdict?: ReviewItem['verdict'];
  readonly place?: ReviewItem['place'];
  /** An existing thread; a new one is begun without it. */
  readonly thread?: string;
}

/** Somebody says something about a pull request. */
export function sayIn(
  state: MemoryForgeState,
  given: Saying & { readonly repository: MemoryRepository; readonly pull: MemoryPull },
): ReviewItem {
  const { repository, pull, kind, text, by = 'grace', association = 'MEMBER', bot = false, verdict = null, place = null } = given;
  const item: ReviewItem = {
    ...{ id: newId(state, kind), kind, text, verdict, place, closed: false, at: state.now() },
    thread: kind === 'thread' ? (given.thread ?? newId(state, 'discussion')) : null,
    author: { login: by, association, bot },
    commit: kind === 'comment' ? null : headOf(repository, pull),
    url: `https://${state.host}/${repository.at.owner}/${repository.at.name}/pull/${pull.number}#${state.next}`,
  };
  pull.items.push(item);
  pull.updatedAt = state.now();
  return item;
}

/** A pull request is merged, by a person or by the forge. */
export function mergeIn(
  state: MemoryForgeState,
  given: { readonly repository: MemoryRepository; readonly pull: MemoryPull; readonly by: string },
): string {
  const { repository, pull, by } = given;
  headOf(repository, pull);
  const commit = newCommit(state);
  repository.branches.set(pull.base, commit);
  Object.assign(pull, { state: 'merged', mergedCommit: commit, endedBy: by, inQueue: false, updatedAt: state.now() });
  return commit;
}

export function closeIn(state: MemoryForgeState, given: { readonly pull: MemoryPull; readonly by: string }): void {
  Object.assign(given.pull, { state: 'closed', endedBy: given.by, inQueue: false, updatedAt: state.now() });
}

/** The merge queue throws a pull request out. */
export function ejectFrom(state: MemoryForgeState, pull: MemoryPull): void {
  Object.assign(pull, { inQueue: false, ejectedAt: state.now(), updatedAt: state.now() });
}

/** The merges that were asked for are carried out now. */
export function carryOut(state: MemoryForgeState, repository: MemoryRepository): void {
  for (const { number, head } of repository.merging.values()) {
    const pull = repository.pulls.find((one) => one.number === number);
    if (pull?.state === 'open' && headOf(repository, pull) === head) mergeIn(state, { repository, pull, by: state.login });
  }
}

/** What the API shows of it. */
export function shownOf(repository: MemoryRepository, pull: MemoryPull): PullRequest {
  const { at, required } = repository;
  const { number, state, draft, title, body, author, inQueue, mergedCommit, endedBy, updatedAt } = pull;
  const commit = headOf(repository, pull);
  const decisions = [...new Map(pull.items.filter(({ verdict }) => verdict !== null).map((item) => [item.author.login, item])).values()];
  const verdicts = decisions.map(({ verdict, closed }) => (closed ? null : verdict));
  const green = (repository.checks.get(commit) ?? []).filter((check) => check.state === 'green').map(({ name }) => name);
  return {
    ...{ number, state, draft, title, body, author, inQueue, mergedCommit, endedBy, updatedAt },
    id: `pull_${at.owner}_${at.name}_${number}`,
    url: `https://${at.host}/${at.owner}/${at.name}/pull/${number}`,
    head: { commit, branch: pull.head.branch, repository: `${pull.head.owner}/${at.name}` },
    base: { branch: pull.base },
    mergeable: state === 'open' ? true : null,
    behind: false,
    blocked: state === 'open' && required.some((name) => !green.includes(name)),
    review: verdicts.includes('changes')
      ? 'changes'
      : verdicts.includes('approved')
        ? 'approved'
        : pull.reviewers.length > 0
          ? 'requested'
          : 'none',
    ...pull.facts,
  };
}
