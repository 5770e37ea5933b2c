// What people do in tests: they review, comment, push, merge and close by the same acts as the API, without requests.
import {
  addLabels,
  addReview,
  convertToDiscussion,
  editIssueText,
  openThread,
  removeLabels,
  reply,
  say,
  setAssignees,
  setIssueState,
} from './conversation.ts';
import type { LineRemark } from './conversation.ts';
import { settle } from './merge-queue.ts';
import { personOf, tryMerge } from './merging.ts';
import { deleteBranch, editPull, newItem, openPull, pullOf, pushingAs, setDraft } from './pull-acts.ts';
import type { Edit } from './pull-acts.ts';
import type { Comment, Issue, MergeMethod, Pull, Repository, Review, Thread, World } from './state.ts';
import { isPull, note, nowOf } from './state.ts';
import { addSubIssue, removeSubIssue } from './sub-issues.ts';

/** A pull request or an issue. */
export interface At {
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
}

export class PersonActs {
  readonly #world: World;
  readonly #login: string;

  constructor(world: World, login: string) {
    this.#world = world;
    this.#login = login;
  }

  /** Commits the files on top of the branch (made from the default branch if it is new) and pushes. Returns the commit. */
  push(given: {
    readonly repository: string;
    readonly branch: string;
    readonly files: Readonly<Record<string, string | null>>;
    readonly message?: string;
    /** The commit on which it builds, which makes it a forced push where the branch does not have it as its tip. */
    readonly onto?: string;
  }): string {
    const repository = this.#repository(given.repository);
    const { branch, files, message = 'A change', onto } = given;
    const { bare, seen } = repository;
    const parent = onto ?? seen.get(branch) ?? seen.get(repository.defaultBranch) ?? null;
    const ref = `refs/heads/${branch}`;
    const sha = bare.write({ ref, parent, files, message, by: personOf(repository, this.#login), date: nowOf(this.#world) });
    pushingAs(repository, this.#login);
    return sha;
  }

  deleteBranch(given: { readonly repository: string; readonly branch: string }): void {
    deleteBranch(this.#repository(given.repository), { by: this.#login, branch: given.branch });
  }

  open(given: {
    readonly repository: string;
    readonly head: string;
    readonly base?: string;
    readonly title?: string;
    readonly body?: string;
    readonly draft?: boolean;
  }): Pull {
    const repository = this.#repository(given.repository);
    const { head, base = repository.defaultBranch, title = `Merge ${head}`, body = null, draft = false } = given;
    return openPull(repository, { by: this.#login, head, base, title, body, draft });
  }

  review(
    at: At,
    {
      state = 'COMMENTED',
      body = '',
      remarks = [],
    }: { readonly state?: Review['state']; readonly body?: string; readonly remarks?: readonly LineRemark[] },
  ): Review {
    return this.#then(addReview(this.#pull(at), { by: this.#login, state, body, remarks }));
  }

  approve(at: At, body = ''): Review {
    return this.review(at, { state: 'APPROVED', body });
  }

  requestChanges(at: At, body: string): Review {
    return this.review(at, { state: 'CHANGES_REQUESTED', body });
  }

  /** Starts a thread about a line, which is a review of its own. */
  threadOn(at: At, remark: LineRemark): Thread {
    this.review(at, { remarks: [remark] });
    const thread = this.#pull(at).threads.at(-1);
    if (thread === undefined) throw new Error('no thread was made');
    return thread;
  }

  /** A comment about a line that arrives after the review to which it belongs, as it may happen at GitHub. */
  remarkLater(at: At, { review, remark }: { readonly review: Review; readonly remark: LineRemark }): Thread {
    return openThread(this.#pull(at), { review, remark });
  }

  reply(at: At, thread: Thread, body: string): Comment {
    return reply(this.#pull(at), { thread, by: this.#login, body });
  }

  resolve(thread: Thread): void {
    thread.resolvedBy = this.#login;
    settle(this.#world);
  }

  comment(at: At, body: string): Comment {
    return say(this.#item(at), { by: this.#login, body });
  }

  merge(at: At, { method = 'merge' }: { readonly method?: MergeMethod } = {}): string {
    const outcome = tryMerge(this.#pull(at), { by: this.#login, method, title: null, message: null, head: null });
    if (!('sha' in outcome)) throw new Error(`cannot merge: ${JSON.stringify(outcome)}`);
    return this.#then(outcome.sha);
  }

  close(at: At, { reason = null }: { readonly reason?: Issue['stateReason'] } = {}): void {
    this.#state(at, 'closed', reason);
  }

  reopen(at: At): void {
    this.#state(at, 'open', null);
  }

  #state(at: At, state: 'open' | 'closed', reason: Issue['stateReason']): void {
    const item = this.#item(at);
    if (isPull(item)) editPull(item, { by: this.#login, state });
    else setIssueState(item, { by: this.#login, state, reason });
  }

  draft(at: At, draft: boolean): void {
    setDraft(this.#pull(at), { by: this.#login, draft });
  }

  editPull(at: At, changes: Omit<Edit, 'by'>): void {
    editPull(this.#pull(at), { by: this.#login, ...changes });
  }

  openIssue(given: {
    readonly repository: string;
    readonly title: string;
    readonly body?: string | null;
    readonly labels?: readonly string[];
  }): Issue {
    const repository = this.#repository(given.repository);
    const issue: Issue = { ...newItem(repository, { by: this.#login, title: given.title, body: given.body ?? null }), kind: 'issue' };
    repository.items.set(issue.number, issue);
    addLabels(issue, { by: this.#login, names: given.labels ?? [] });
    return issue;
  }

  editIssue(at: At, { title, body }: { readonly title?: string; readonly body?: string | null }): void {
    editIssueText(this.#item(at), {
      by: this.#login,
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Takes a version of the text out of its history: its place stays, without the text. */
  deleteVersion(at: At, index: number): void {
    const edit = this.#item(at).edits[index];
    if (edit !== undefined) Object.assign(edit, { body: null, deletedBy: this.#login });
  }

  editComment(at: At, comment: Comment, body: string): void {
    Object.assign(comment, { body, updatedAt: nowOf(this.#world) });
    this.#item(at).updatedAt = comment.updatedAt;
  }

  deleteComment(at: At, comment: Comment): void {
    const { comments } = this.#item(at);
    comments.splice(comments.indexOf(comment), 1);
  }

  convertIssue(at: At): void {
    convertToDiscussion(this.#item(at), this.#login);
  }

  /** Makes an issue a sub-issue of another one, or of none. */
  setParent(at: At, to: At | null): void {
    const sub = this.#item(at);
    if (to !== null) addSubIssue(this.#item(to), { by: this.#login, sub, replaces: true });
    else if (sub.parent !== null) removeSubIssue(sub.parent, { by: this.#login, sub });
  }

  label(at: At, ...names: readonly string[]): void {
    addLabels(this.#item(at), { by: this.#login, names });
  }

  unlabel(at: At, ...names: readonly string[]): void {
    removeLabels(this.#item(at), { by: this.#login, names });
  }

  assign(at: At, ...logins: readonly string[]): void {
    setAssignees(this.#item(at), { by: this.#login, logins });
  }

  /** Deletes an issue: it answers 410 from then on. */
  deleteIssue(at: At): void {
    this.#item(at).gone = 'deleted';
  }

  /** Moves an issue to another repository: its old address redirects. */
  transferIssue(at: At, to: string): Issue {
    const item = this.#item(at);
    const target = this.#repository(to);
    const fresh = newItem(target, { by: item.author, title: item.title, body: item.body });
    const made: Issue = { ...fresh, kind: 'issue', createdAt: item.createdAt, comments: [...item.comments], edits: [...item.edits] };
    target.items.set(made.number, made);
    addLabels(made, { by: this.#login, names: item.labels });
    note(made, { event: 'transferred', actor: this.#login });
    item.gone = { to: `${this.#world.url}/api/v3/repos/${to}/issues/${made.number}` };
    return made;
  }

  #then<T>(result: T): T {
    settle(this.#world);
    return result;
  }

  #repository(name: string): Repository {
    settle(this.#world);
    const found = this.#world.repositories.get(name.toLowerCase());
    if (found === undefined) throw new Error(`the stage has no repository ${name}`);
    return found;
  }

  #pull({ repository, number }: At): Pull {
    return pullOf(this.#repository(repository), number);
  }

  #item({ repository, number }: At): Issue | Pull {
    const found = this.#repository(repository).items.get(number);
    if (found === undefined) throw new Error(`the stage has no ${repository}#${number}`);
    return found;
  }
}
