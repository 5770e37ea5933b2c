// What the stage knows, as plain objects: a test may read all of it, and change what no function changes for it. Times are
// ISO 8601 with whole seconds, as GitHub writes them. Logins stand for people; `people` has the rest.
import type { BareRepository } from './bare-repository.ts';
import type { Limits } from './limits.ts';

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';
export type Association = 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE';
export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Account {
  readonly login: string;
  readonly id: number;
  readonly kind: 'user' | 'bot' | 'organization';
}

/** Names of rights as `X-Accepted-GitHub-Permissions` writes them. */
export type RightName =
  | 'metadata'
  | 'contents'
  | 'pull_requests'
  | 'issues'
  | 'checks'
  | 'statuses'
  | 'actions'
  | 'administration'
  | 'workflows';
export type Rights = Readonly<Partial<Record<RightName, 'read' | 'write'>>>;

export interface Token {
  readonly secret: string;
  readonly login: string;
  /** A fine-grained token can never read check runs, whatever rights it has; that of an App (and of Actions) can. */
  readonly kind: 'classic' | 'fine-grained' | 'app';
  /** Of a classic token, such as `repo`. */
  readonly scopes: readonly string[];
  /** Of the other kinds. */
  readonly rights: Rights;
  /** `owner/name` of the repositories that it is for; null: all. */
  readonly repositories: readonly string[] | null;
}

export interface Protection {
  /** Names of checks that must be green. */
  checks: readonly string[];
  approvals: number;
  /** A head must contain the base. */
  strict: boolean;
  dismissStale: boolean;
  /** All threads must be resolved. */
  conversations: boolean;
}

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface Event {
  readonly id: number;
  /** GitHub's name in REST, such as `closed` or `removed_from_merge_queue`. */
  readonly event: string;
  readonly actor: string;
  readonly at: string;
  readonly commit: string | null;
  /** What belongs to this kind of event: `label`, `assignee`, `reason`, `from`, `to`. */
  readonly more: Readonly<Record<string, string>>;
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  /** Hidden by a person, with the reason; null: shown. */
  hidden: string | null;
}

/** A version of an issue's text. */
export interface Edit {
  readonly id: number;
  readonly editor: string;
  readonly at: string;
  /** Null: somebody deleted this version from the history. */
  body: string | null;
  deletedBy: string | null;
}

export interface Issue {
  readonly kind: 'issue' | 'pull';
  readonly id: number;
  readonly number: number;
  repository: Repository;
  title: string;
  body: string | null;
  readonly author: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null;
  labels: string[];
  assignees: string[];
  locked: boolean;
  readonly comments: Comment[];
  readonly events: Event[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: string | null;
  /** They may be of other repositories. */
  subIssues: Issue[];
  parent: Issue | null;
  /** Numbers of issues of the same repository. */
  blockedBy: number[];
  /** Of the text, oldest first. The first one is how it was opened; there is none before somebody edits it. */
  readonly edits: Edit[];
  /** It was deleted (410), or moved to another repository (301), whose address this is. */
  gone: 'deleted' | { readonly to: string } | null;
}

export interface Review {
  readonly id: number;
  readonly author: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  body: string;
  readonly commit: string;
  readonly submittedAt: string;
  updatedAt: string;
  hidden: string | null;
}

export interface ThreadComment extends Comment {
  readonly review: number;
  readonly replyTo: number | null;
  readonly commit: string;
}

export interface Thread {
  readonly id: number;
  readonly path: string;
  readonly line: number | null;
  readonly commit: string;
  resolvedBy: string | null;
  readonly comments: ThreadComment[];
}

export interface QueueEntry {
  readonly id: number;
  readonly by: string;
  readonly at: string;
  readonly head: string;
}

export interface Pull extends Issue {
  readonly kind: 'pull';
  /** `repository` is null once it was deleted. */
  readonly head: { readonly repository: Repository | null; readonly owner: string; readonly branch: string };
  /** The head that the API shows: with late heads it is older than the branch. */
  shown: string;
  base: string;
  draft: boolean;
  readonly reviews: Review[];
  readonly threads: Thread[];
  requested: string[];
  merged: { readonly by: string; readonly at: string; readonly commit: string; readonly base: string } | null;
  autoMerge: { readonly by: string; readonly at: string; readonly method: MergeMethod; readonly title: string | null } | null;
  queued: QueueEntry | null;
  /** Its base or head was deleted, so that it cannot be opened again. */
  final: boolean;
  maintainerCanModify: boolean;
  /** How often `mergeable` is still answered with null. */
  unknown: number;
  readonly asked: Map<string, AsyncMerge>;
}

/** A request of `merge-async`. */
export interface AsyncMerge {
  readonly uuid: string;
  readonly head: string;
  readonly method: MergeMethod;
  readonly action: 'default' | 'direct_merge' | 'merge_queue';
  readonly by: string;
  readonly title: string | null;
  status: 'pending' | 'merged' | 'enqueued' | 'failed';
  message: string;
  sha: string | null;
  /** How often it is still answered with `pending` before it is carried out. */
  left: number;
}

export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'startup_failure'
  | 'stale';

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  readonly startedAt: string;
  completedAt: string | null;
  /** By GitHub Actions; otherwise by another App, which has no logs here. */
  readonly actions: boolean;
  /** The workflow run of GitHub Actions, or the check suite of another App. */
  readonly run: number;
  readonly attempt: number;
  log: string;
  title: string | null;
  summary: string | null;
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly url: string | null;
  readonly by: string;
  readonly at: string;
}

export interface Queue {
  readonly branch: string;
  readonly method: MergeMethod;
  /** Merges what is in it by itself; otherwise the test says when. */
  automatic: boolean;
}

export interface Repository {
  readonly id: number;
  readonly world: World;
  owner: string;
  name: string;
  readonly bare: BareRepository;
  private: boolean;
  archived: boolean;
  defaultBranch: string;
  methods: readonly MergeMethod[];
  allowAutoMerge: boolean;
  deleteBranchOnMerge: boolean;
  /** Whether `merge-async` exists here: GitHub Enterprise Server does not have it. */
  mergeAsync: boolean;
  parent: Repository | null;
  readonly permissions: Map<string, Permission>;
  readonly associations: Map<string, Association>;
  readonly protections: Map<string, Protection>;
  readonly queues: Map<string, Queue>;
  readonly labels: Map<string, Label>;
  readonly items: Map<number, Issue | Pull>;
  readonly checks: CheckRun[];
  readonly statuses: Status[];
  /** The branches as the stage saw them last. */
  seen: Map<string, string>;
  /** While it is true, pull requests keep the heads that they show. */
  headsHeld: boolean;
  /** How often `mergeable` is null after each change of a head or base. */
  unknownReads: number;
  /** What git over HTTP demands: nothing, a token for pushes, or a token for everything. */
  signIn: 'never' | 'push' | 'always';
  readonly createdAt: string;
  pushedAt: string;
}

export interface Push {
  readonly repository: Repository;
  readonly branch: string;
  /** Null: the branch is new. */
  readonly before: string | null;
  readonly sha: string;
  /** The login of who pushed; null if git did not say. */
  readonly by: string | null;
}

export interface World {
  readonly folder: string;
  /** `http://127.0.0.1:PORT`. */
  url: string;
  now: () => number;
  nextId: number;
  readonly people: Map<string, Account>;
  /** By `owner/name` in lower case. */
  readonly repositories: Map<string, Repository>;
  /** Names that repositories had before, by `owner/name` in lower case. */
  readonly moved: Map<string, Repository>;
  readonly tokens: Map<string, Token>;
  readonly limits: Limits;
  /** `pending` is answered so often before `merge-async` merges. */
  mergeAsyncReads: number;
  /** A refused field of GraphQL leaves no data at all, instead of a null in its place. */
  refusalsFailAll: boolean;
  /** Whether issues can wait for others: GitHub Enterprise could not until 2025. */
  dependencies: boolean;
  /** Whether issues can be sub-issues of others: an older GitHub Enterprise has none. */
  subIssues: boolean;
  onPush: (push: Push) => void;
  onRerun: (given: { readonly repository: Repository; readonly check: CheckRun }) => void;
  /** The login of whoever pushes at the moment; null outside of a push by HTTP or by an act of a person. */
  pushing: string | null;
}

export const nowOf = (world: World): string => new Date(world.now()).toISOString().replace(/\.\d+Z$/, 'Z');
export const nextId = (world: World): number => (world.nextId += 1);
export const fullName = (repository: Repository): string => `${repository.owner}/${repository.name}`;
export const isPull = (item: Issue | Pull): item is Pull => item.kind === 'pull';
export const pullsOf = (repository: Repository): readonly Pull[] => [...repository.items.values()].filter(isPull);
export const openPulls = (repository: Repository): readonly Pull[] => pullsOf(repository).filter((pull) => pull.state === 'open');

/** The account of this login; people that no test named are users. */
export function account(world: World, login: string): Account {
  const known = world.people.get(login.toLowerCase());
  if (known !== undefined) return known;
  const made: Account = { login, id: nextId(world), kind: login.endsWith('[bot]') ? 'bot' : 'user' };
  world.people.set(login.toLowerCase(), made);
  return made;
}

/** Notes that something happened to the issue or pull request. */
export function note(
  item: Issue | Pull,
  given: { readonly event: string; readonly actor: string; readonly commit?: string | null; readonly more?: Record<string, string> },
): void {
  const { world } = item.repository;
  const { event, actor, commit = null, more = {} } = given;
  item.updatedAt = nowOf(world);
  item.events.push({ id: nextId(world), event, actor, at: item.updatedAt, commit, more });
}

const ranks: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** What this person may do in the repository: everybody may read a public one. */
export function permission(repository: Repository, login: string): Permission {
  const known = repository.permissions.get(login.toLowerCase());
  if (login.toLowerCase() === repository.owner.toLowerCase()) return 'admin';
  return known ?? (repository.private ? 'none' : 'read');
}

export const may = (repository: Repository, login: string, least: Permission): boolean =>
  ranks.indexOf(permission(repository, login)) >= ranks.indexOf(least);

export function association(repository: Repository, login: string): Association {
  const told = repository.associations.get(login.toLowerCase());
  if (told !== undefined) return told;
  if (login.toLowerCase() === repository.owner.toLowerCase()) return 'OWNER';
  if (repository.permissions.has(login.toLowerCase()))
    return account(repository.world, repository.owner).kind === 'organization' ? 'MEMBER' : 'COLLABORATOR';
  return pullsOf(repository).some((pull) => pull.author === login && pull.merged !== null) ? 'CONTRIBUTOR' : 'NONE';
}
