// What people say about pull requests and issues: reviews, threads about lines, comments, labels, assignees.
import { baseCommit } from './merge-rules.ts';
import { Refusal } from './refusal.ts';
import type { Comment, Edit, Issue, Label, Pull, Repository, Review, Thread, ThreadComment } from './state.ts';
import { isPull, may, nextId, note, nowOf } from './state.ts';

export interface LineRemark {
  readonly path: string;
  /** Null: about the file as a whole. */
  readonly line: number | null;
  readonly body: string;
}

export interface Reviewing {
  readonly by: string;
  readonly state: Review['state'];
  readonly body: string;
  readonly remarks: readonly LineRemark[];
}

const sentence = (message: string): Refusal => new Refusal({ status: 422, message: 'Unprocessable Entity', errors: [message] });

export function addReview(pull: Pull, { by, state, body, remarks }: Reviewing): Review {
  const opinion = state === 'APPROVED' || state === 'CHANGES_REQUESTED';
  if (opinion && by === pull.author) {
    const what = state === 'APPROVED' ? 'approve' : 'request changes on';
    throw sentence(`Review Can not ${what} your own pull request`);
  }
  if (state === 'COMMENTED' && body === '' && remarks.length === 0) throw sentence('Review body is required');
  const changed = new Set(changedPaths(pull));
  if (remarks.some(({ path }) => !changed.has(path))) throw sentence('Path could not be resolved');
  const review = makeReview(pull, { by, state, body });
  for (const remark of remarks) openThread(pull, { review, remark });
  pull.requested = pull.requested.filter((login) => login !== by);
  return review;
}

function makeReview(
  pull: Pull,
  { by, state, body }: { readonly by: string; readonly state: Review['state']; readonly body: string },
): Review {
  const at = nowOf(pull.repository.world);
  const review: Review = {
    id: nextId(pull.repository.world),
    author: by,
    state,
    body,
    commit: pull.shown,
    submittedAt: at,
    updatedAt: at,
    hidden: null,
  };
  pull.reviews.push(review);
  pull.updatedAt = at;
  return review;
}

function changedPaths(pull: Pull): readonly string[] {
  const base = baseCommit(pull);
  return base === null ? [] : pull.repository.bare.changes(base, pull.shown).map(({ path }) => path);
}

/** Starts a thread that belongs to a review, which may have been there before. */
export function openThread(pull: Pull, { review, remark }: { readonly review: Review; readonly remark: LineRemark }): Thread {
  const { world } = pull.repository;
  const thread: Thread = { id: nextId(world), path: remark.path, line: remark.line, commit: pull.shown, resolvedBy: null, comments: [] };
  thread.comments.push(lineComment(pull, { by: review.author, body: remark.body, review: review.id, replyTo: null }));
  pull.threads.push(thread);
  return thread;
}

function lineComment(
  pull: Pull,
  given: { readonly by: string; readonly body: string; readonly review: number; readonly replyTo: number | null },
): ThreadComment {
  const { by, body, review, replyTo } = given;
  return { ...newComment(pull.repository, { by, body }), review, replyTo, commit: pull.shown };
}

function newComment({ world }: Repository, { by, body }: { readonly by: string; readonly body: string }): Comment {
  const at = nowOf(world);
  return { id: nextId(world), author: by, body, createdAt: at, updatedAt: at, hidden: null };
}

/** Answers in a thread. GitHub makes a review of its own for every answer, which has no text. */
export function reply(
  pull: Pull,
  { thread, by, body }: { readonly thread: Thread; readonly by: string; readonly body: string },
): ThreadComment {
  if (body.trim() === '') throw sentence("Body can't be blank");
  const review = makeReview(pull, { by, state: 'COMMENTED', body: '' });
  const comment = lineComment(pull, { by, body, review: review.id, replyTo: thread.comments[0]?.id ?? null });
  thread.comments.push(comment);
  return comment;
}

export function say(item: Issue | Pull, { by, body }: { readonly by: string; readonly body: string }): Comment {
  if (body.trim() === '')
    throw new Refusal({
      status: 422,
      message: 'Validation Failed',
      errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message: "Body can't be blank" }],
    });
  if (item.locked && !may(item.repository, by, 'write'))
    throw new Refusal({ status: 403, message: 'Unable to create comment because issue is locked.' });
  const comment = newComment(item.repository, { by, body });
  item.comments.push(comment);
  item.updatedAt = comment.createdAt;
  return comment;
}

export function requestReviews(pull: Pull, { by, from }: { readonly by: string; readonly from: readonly string[] }): void {
  const { repository } = pull;
  if (from.includes(pull.author)) throw new Refusal({ status: 422, message: 'Review cannot be requested from pull request author.' });
  if (from.some((login) => !repository.permissions.has(login.toLowerCase()) && login.toLowerCase() !== repository.owner.toLowerCase()))
    throw new Refusal({
      status: 422,
      message: `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.owner}/${repository.name} repository.`,
    });
  for (const login of from) {
    if (pull.requested.includes(login)) continue;
    pull.requested.push(login);
    note(pull, { event: 'review_requested', actor: by, more: { reviewer: login } });
  }
}

/** Adds labels; those that the repository does not have are made. */
export function addLabels(item: Issue | Pull, { by, names }: { readonly by: string; readonly names: readonly string[] }): void {
  for (const name of names) {
    const known = item.repository.labels.get(name.toLowerCase()) ?? makeLabel(item.repository, { name });
    if (item.labels.includes(known.name)) continue;
    item.labels.push(known.name);
    note(item, { event: 'labeled', actor: by, more: { label: known.name } });
  }
}

export function removeLabels(item: Issue | Pull, { by, names }: { readonly by: string; readonly names: readonly string[] }): void {
  const gone = new Set(names.map((name) => name.toLowerCase()));
  for (const name of item.labels.filter((label) => gone.has(label.toLowerCase()))) {
    item.labels = item.labels.filter((label) => label !== name);
    note(item, { event: 'unlabeled', actor: by, more: { label: name } });
  }
}

export function setLabels(item: Issue | Pull, { by, names }: { readonly by: string; readonly names: readonly string[] }): void {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  removeLabels(item, { by, names: item.labels.filter((name) => !wanted.has(name.toLowerCase())) });
  addLabels(item, { by, names });
}

export function makeLabel(
  repository: Repository,
  { name, color = 'ededed', description = null }: { readonly name: string; readonly color?: string; readonly description?: string | null },
): Label {
  if (repository.labels.has(name.toLowerCase()))
    throw new Refusal({
      status: 422,
      message: 'Validation Failed',
      errors: [{ resource: 'Label', code: 'already_exists', field: 'name' }],
    });
  const label: Label = { id: nextId(repository.world), name, color, description };
  repository.labels.set(name.toLowerCase(), label);
  return label;
}

/** Assigns people; those who cannot be assigned are left out without a word, as GitHub does. */
export function setAssignees(item: Issue | Pull, { by, logins }: { readonly by: string; readonly logins: readonly string[] }): void {
  const able = logins.filter((login) => login === item.author || may(item.repository, login, 'triage'));
  for (const login of item.assignees.filter((other) => !able.includes(other)))
    note(item, { event: 'unassigned', actor: by, more: { assignee: login } });
  for (const login of able.filter((other) => !item.assignees.includes(other)))
    note(item, { event: 'assigned', actor: by, more: { assignee: login } });
  item.assignees = [...new Set(able)];
}

export function setIssueState(
  item: Issue,
  { by, state, reason }: { readonly by: string; readonly state: 'open' | 'closed'; readonly reason: Issue['stateReason'] },
): void {
  if (item.state === state) {
    if (state === 'closed' && reason !== null) item.stateReason = reason;
    return;
  }
  item.state = state;
  item.stateReason = state === 'open' ? 'reopened' : (reason ?? 'completed');
  item.closedAt = state === 'open' ? null : nowOf(item.repository.world);
  item.closedBy = state === 'open' ? null : by;
  note(item, { event: state === 'open' ? 'reopened' : 'closed', actor: by });
}

/** GitHub counts characters, and takes no longer text. */
const longestText = 65_536;

export function checkLength(body: string | null): void {
  if (body !== null && [...body].length > longestText)
    throw new Refusal({
      status: 422,
      message: 'Validation Failed',
      errors: [{ resource: 'Issue', code: 'custom', field: 'body', message: `body is too long (maximum is ${longestText} characters)` }],
    });
}

/** Somebody writes another title or text. With the first edit, the history begins: it has the text as it was opened, too. */
export function editIssueText(
  item: Issue,
  { by, title = item.title, body = item.body }: { readonly by: string; readonly title?: string; readonly body?: string | null },
): void {
  const { world } = item.repository;
  checkLength(body);
  if (title !== item.title) note(item, { event: 'renamed', actor: by, more: { from: item.title, to: title } });
  const version = (editor: string, at: string, text: string | null): Edit => ({
    ...{ id: nextId(world), editor, at, body: text ?? '', deletedBy: null },
  });
  if ((body ?? '') !== (item.body ?? '')) {
    if (item.edits.length === 0) item.edits.push(version(item.author, item.createdAt, item.body));
    item.edits.push(version(by, nowOf(world), body));
  }
  Object.assign(item, { title, body, updatedAt: nowOf(world) });
}

/** The issue stays, closed and locked, and says in its timeline what became of it. */
export function convertToDiscussion(item: Issue, by: string): void {
  setIssueState(item, { by, state: 'closed', reason: null });
  item.locked = true;
  note(item, { event: 'converted_to_discussion', actor: by });
}

/** The thread of a comment about lines, with its pull request; null if there is none. */
export function threadOf(
  repository: Repository,
  comment: number,
): { readonly pull: Pull; readonly thread: Thread; readonly comment: ThreadComment } | null {
  for (const pull of repository.items.values()) {
    if (!isPull(pull)) continue;
    for (const thread of pull.threads) {
      const found = thread.comments.find(({ id }) => id === comment);
      if (found !== undefined) return { pull, thread, comment: found };
    }
  }
  return null;
}
