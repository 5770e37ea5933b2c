// The routes about pull requests, their reviews and the comments on their lines.
import { created, neededText, numberParam, ok, textField, texts } from './api-call.ts';
import type { Answer, Call, Route } from './api-call.ts';
import { addReview, reply, requestReviews, threadOf } from './conversation.ts';
import type { LineRemark } from './conversation.ts';
import { askedWhetherMergeable } from './merge-rules.ts';
import { askedMerge, askMerge } from './merge-queue.ts';
import { tryMerge } from './merging.ts';
import { editPull, openPull, pullOf, updateBranch } from './pull-acts.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { commitShape } from './rest-commits.ts';
import { person } from './rest-people-and-repositories.ts';
import { briefPull, lineComment, reviewShape, wholePull } from './rest-pulls-shapes.ts';
import type { AsyncMerge, MergeMethod, Pull, Review } from './state.ts';
import { isPull, may, note, nowOf, pullsOf } from './state.ts';

const reads = { rights: ['pull_requests:read'], least: null } as const;
const writes = { rights: ['pull_requests:write'], least: null } as const;
const base = '/repos/{owner}/{repo}/pulls';
const one = `${base}/{pull_number}`;

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: base, ...reads, handle: list },
  { method: 'POST', path: base, ...writes, content: true, handle: open },
  { method: 'GET', path: `${base}/comments/{comment_id}`, ...reads, handle: readLineComment },
  { method: 'PATCH', path: `${base}/comments/{comment_id}`, ...writes, handle: editLineComment },
  { method: 'GET', path: one, ...reads, handle: read },
  { method: 'PATCH', path: one, ...writes, handle: edit },
  { method: 'GET', path: `${one}/commits`, ...reads, handle: commits },
  { method: 'GET', path: `${one}/files`, ...reads, handle: files },
  { method: 'GET', path: `${one}/merge`, ...reads, handle: isMerged },
  { method: 'PUT', path: `${one}/merge`, rights: ['contents:write'], least: 'write', content: true, handle: merge },
  { method: 'PUT', path: `${one}/merge-async`, rights: ['contents:write'], least: 'write', content: true, handle: mergeLater },
  { method: 'GET', path: `${one}/merge-async/{uuid}`, rights: ['contents:read'], least: null, handle: mergeResult },
  { method: 'PUT', path: `${one}/update-branch`, rights: ['contents:write'], least: 'write', handle: update },
  { method: 'GET', path: `${one}/requested_reviewers`, ...reads, handle: requested },
  { method: 'POST', path: `${one}/requested_reviewers`, ...writes, least: 'triage', content: true, handle: request },
  { method: 'DELETE', path: `${one}/requested_reviewers`, ...writes, least: 'triage', handle: withdraw },
  { method: 'GET', path: `${one}/reviews`, ...reads, handle: reviews },
  { method: 'POST', path: `${one}/reviews`, ...writes, content: true, handle: review },
  { method: 'GET', path: `${one}/reviews/{review_id}`, ...reads, handle: (call) => ok(reviewShape(pull(call), reviewOf(call))) },
  { method: 'GET', path: `${one}/reviews/{review_id}/comments`, ...reads, handle: commentsOfReview },
  { method: 'PUT', path: `${one}/reviews/{review_id}/dismissals`, ...writes, least: 'write', handle: dismiss },
  { method: 'GET', path: `${one}/comments`, ...reads, handle: lineComments },
  { method: 'POST', path: `${one}/comments`, ...writes, content: true, handle: remark },
  { method: 'POST', path: `${one}/comments/{comment_id}/replies`, ...writes, content: true, handle: answer },
];

const pull = (call: Call): Pull => pullOf(call.repository, numberParam(call, 'pull_number'));

function list(call: Call): Answer {
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head');
  const into = call.query.get('base');
  const found = pullsOf(call.repository)
    .filter((one) => one.gone === null && (state === 'all' || one.state === state))
    .filter((one) => into === null || one.base === into)
    // GitHub ignores a head without an owner.
    .filter((one) => head === null || !head.includes(':') || `${one.head.owner}:${one.head.branch}`.toLowerCase() === head.toLowerCase());
  const key = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const up = (call.query.get('direction') ?? (call.query.get('sort') === null || key === 'createdAt' ? 'desc' : 'asc')) === 'asc' ? 1 : -1;
  const sorted = found.toSorted((a, b) => up * (a[key].localeCompare(b[key]) || a.number - b.number));
  return ok(call.page(sorted).map(briefPull));
}

function open(call: Call): Answer {
  const opened = openPull(call.repository, {
    ...{ by: call.viewer, head: neededText(call, 'head'), base: neededText(call, 'base'), title: neededText(call, 'title') },
    ...{ body: textField(call, 'body') ?? null, draft: call.body['draft'] === true },
  });
  return created(wholePull(opened));
}

function read(call: Call): Answer {
  const found = pull(call);
  const answer = ok(wholePull(found));
  askedWhetherMergeable(found);
  return answer;
}

function edit(call: Call): Answer {
  const found = pull(call);
  if (found.author !== call.viewer && !may(call.repository, call.viewer, 'triage'))
    throw new Refusal({ status: 403, message: 'Must have write access to repository.' });
  const { title, body, state, base: into } = call.body;
  if (state !== undefined && state !== 'open' && state !== 'closed')
    throw invalid({ resource: 'PullRequest', field: 'state', code: 'invalid' });
  editPull(found, {
    by: call.viewer,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof body === 'string' || body === null ? { body } : {}),
    ...(state === undefined ? {} : { state }),
    ...(typeof into === 'string' ? { base: into } : {}),
  });
  return ok(wholePull(found));
}

function commits(call: Call): Answer {
  const { repository, shown, merged, base: into } = pull(call);
  const from = merged?.base ?? repository.seen.get(into) ?? shown;
  return ok(call.page(repository.bare.between(from, shown)).map(({ sha }) => commitShape(repository, sha)));
}

function files(call: Call): Answer {
  const found = pull(call);
  const { repository, shown } = found;
  const from = found.merged?.base ?? repository.seen.get(found.base) ?? shown;
  const url = `${repository.world.url}/${repository.owner}/${repository.name}`;
  return ok(
    call.page(repository.bare.changes(from, shown)).map(({ path, added, deleted }) => ({
      sha: repository.bare.file(shown, path) === null ? null : repository.bare.git(['rev-parse', `${shown}:${path}`]),
      filename: path,
      ...{ status: 'modified', additions: added, deletions: deleted, changes: added + deleted, blob_url: `${url}/blob/${shown}/${path}` },
      ...{ raw_url: `${url}/raw/${shown}/${path}`, contents_url: `${url}/contents/${path}?ref=${shown}` },
    })),
  );
}

function isMerged(call: Call): Answer {
  if (pull(call).merged === null) throw notFound();
  return { status: 204 };
}

const methods: readonly string[] = ['merge', 'squash', 'rebase'];

function methodOf(call: Call): MergeMethod {
  const method = textField(call, 'merge_method') ?? 'merge';
  if (!methods.includes(method)) throw invalid({ resource: 'PullRequest', field: 'merge_method', code: 'invalid' });
  return method as MergeMethod;
}

function merge(call: Call): Answer {
  const outcome = tryMerge(pull(call), {
    ...{ by: call.viewer, method: methodOf(call), head: textField(call, 'sha') ?? null },
    ...{ title: textField(call, 'commit_title') ?? null, message: textField(call, 'commit_message') ?? null },
  });
  if ('moved' in outcome) throw new Refusal({ status: 409, message: outcome.moved });
  if ('refused' in outcome) throw new Refusal({ status: 405, message: outcome.refused });
  return ok({ sha: outcome.sha, merged: true, message: 'Pull Request successfully merged' });
}

function mergeLater(call: Call): Answer {
  if (!call.repository.mergeAsync) throw notFound();
  const action = (textField(call, 'merge_action') ?? 'default') as AsyncMerge['action'];
  const [only = 'merge'] = call.repository.methods;
  const method = call.body['merge_method'] === undefined ? only : methodOf(call);
  return askMerge(pull(call), {
    by: call.viewer,
    head: textField(call, 'sha') ?? null,
    method,
    action,
    title: textField(call, 'commit_title') ?? null,
  });
}

function mergeResult(call: Call): Answer {
  const found = pull(call);
  const asked = found.asked.get(call.params['uuid'] ?? '');
  if (asked === undefined) throw notFound();
  return ok(askedMerge(found, asked));
}

function update(call: Call): Answer {
  const found = pull(call);
  updateBranch(found, { by: call.viewer, head: textField(call, 'expected_head_sha') ?? null, how: 'MERGE' });
  return {
    status: 202,
    body: {
      message: 'Updating pull request branch.',
      url: `${call.world.url}/${call.repository.owner}/${call.repository.name}/pull/${found.number}`,
    },
  };
}

function requested(call: Call): Answer {
  return ok({ users: pull(call).requested.map((login) => person(call.world, login)), teams: [] });
}

function request(call: Call): Answer {
  requestReviews(pull(call), { by: call.viewer, from: texts(call, 'reviewers') ?? [] });
  return created(briefPull(pull(call)));
}

function withdraw(call: Call): Answer {
  const found = pull(call);
  const gone = new Set(texts(call, 'reviewers') ?? []);
  for (const login of found.requested.filter((one) => gone.has(one)))
    note(found, { event: 'review_request_removed', actor: call.viewer, more: { reviewer: login } });
  found.requested = found.requested.filter((login) => !gone.has(login));
  return ok(briefPull(found));
}

function reviews(call: Call): Answer {
  return ok(call.page(pull(call).reviews).map((one) => reviewShape(pull(call), one)));
}

function reviewOf(call: Call): Review {
  const found = pull(call).reviews.find(({ id }) => id === numberParam(call, 'review_id'));
  if (found === undefined) throw notFound();
  return found;
}

const states: Readonly<Record<string, Review['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

function review(call: Call): Answer {
  const found = pull(call);
  const state = states[textField(call, 'event') ?? ''] ?? 'PENDING';
  const remarks = Array.isArray(call.body['comments']) ? call.body['comments'].map(remarkOf) : [];
  return ok(reviewShape(found, addReview(found, { by: call.viewer, state, body: textField(call, 'body') ?? '', remarks })));
}

function remarkOf(given: {
  readonly path?: unknown;
  readonly line?: unknown;
  readonly position?: unknown;
  readonly body?: unknown;
}): LineRemark {
  return { path: String(given.path), line: Number(given.line ?? given.position ?? 1), body: String(given.body) };
}

function commentsOfReview(call: Call): Answer {
  const found = pull(call);
  const { id } = reviewOf(call);
  const all = found.threads.flatMap((thread) =>
    thread.comments.filter((one) => one.review === id).map((comment) => lineComment(found, thread, comment)),
  );
  return ok(call.page(all));
}

function dismiss(call: Call): Answer {
  const found = pull(call);
  const dismissed = reviewOf(call);
  dismissed.state = 'DISMISSED';
  dismissed.updatedAt = nowOf(call.world);
  note(found, { event: 'review_dismissed', actor: call.viewer, more: { review: String(dismissed.id) } });
  return ok(reviewShape(found, dismissed));
}

function lineComments(call: Call): Answer {
  const found = pull(call);
  const all = found.threads
    .flatMap((thread) => thread.comments.map((comment) => ({ thread, comment })))
    .toSorted((a, b) => a.comment.id - b.comment.id);
  return ok(call.page(all).map(({ thread, comment }) => lineComment(found, thread, comment)));
}

function remark(call: Call): Answer {
  const found = pull(call);
  const to = call.body['in_reply_to'];
  if (typeof to === 'number') return answerTo(call, to);
  addReview(found, { by: call.viewer, state: 'COMMENTED', body: '', remarks: [remarkOf(call.body)] });
  const thread = found.threads.at(-1);
  const comment = thread?.comments[0];
  if (thread === undefined || comment === undefined) throw notFound();
  return created(lineComment(found, thread, comment));
}

function answer(call: Call): Answer {
  return answerTo(call, numberParam(call, 'comment_id'));
}

function answerTo(call: Call, comment: number): Answer {
  const at = threadOf(call.repository, comment);
  if (at === null || at.pull !== pull(call)) throw notFound();
  return created(lineComment(at.pull, at.thread, reply(at.pull, { thread: at.thread, by: call.viewer, body: neededText(call, 'body') })));
}

function knownLineComment(call: Call) {
  const at = threadOf(call.repository, numberParam(call, 'comment_id'));
  if (at === null || !isPull(at.pull)) throw notFound();
  return at;
}

function readLineComment(call: Call): Answer {
  const at = knownLineComment(call);
  return ok(lineComment(at.pull, at.thread, at.comment));
}

function editLineComment(call: Call): Answer {
  const at = knownLineComment(call);
  at.comment.body = neededText(call, 'body');
  at.comment.updatedAt = nowOf(call.world);
  return ok(lineComment(at.pull, at.thread, at.comment));
}
