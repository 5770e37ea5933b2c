// What GitHub merges later by itself: auto-merge once the rules are fulfilled, the merge queue, and `merge-async`.
import { randomUUID } from 'node:crypto';
import { observe } from './branches.ts';
import { mergeState, missing } from './merge-rules.ts';
import { tryMerge } from './merging.ts';
import { unprocessable } from './pull-acts.ts';
import { leaveQueue } from './pull-ends.ts';
import { Refusal } from './refusal.ts';
import type { AsyncMerge, MergeMethod, Pull, QueueEntry, Repository, World } from './state.ts';
import { nextId, note, nowOf, openPulls } from './state.ts';

const queueBot = 'github-merge-queue[bot]';

/** Carries out everything that can happen by itself now. */
export function settle(world: World): void {
  let before: number;
  do {
    observe(world);
    before = world.nextId;
    for (const repository of world.repositories.values()) {
      for (const pull of openPulls(repository)) autoMerge(pull);
      for (const queue of repository.queues.values()) if (queue.automatic) runQueue(repository, queue.branch);
    }
    // Every event takes a number: where none was taken, nothing happened.
  } while (world.nextId !== before);
}

function autoMerge(pull: Pull): void {
  if (pull.autoMerge === null || pull.queued !== null) return;
  const { by, method, title } = pull.autoMerge;
  const state = mergeState(pull);
  if (state !== 'CLEAN' && state !== 'UNSTABLE') return;
  if (pull.repository.queues.has(pull.base)) {
    pull.autoMerge = null;
    enqueue(pull, { by, head: null });
  } else tryMerge(pull, { by, method, title, message: null, head: null });
}

export function enqueue(pull: Pull, { by, head }: { readonly by: string; readonly head: string | null }): QueueEntry {
  const { repository } = pull;
  if (!repository.queues.has(pull.base)) throw unprocessable('Merge queue is not enabled for this branch');
  if (pull.state === 'closed') throw unprocessable('Pull request is closed');
  if (pull.queued !== null) throw unprocessable('Pull request is already in the merge queue');
  if (head !== null && head !== pull.shown) throw unprocessable(`Head sha didn't match. Current head sha is: ${pull.shown}`);
  const lacking = missing(pull);
  if (pull.draft || lacking !== null || mergeState(pull) === 'DIRTY') throw unprocessable(lacking ?? 'Pull request is not mergeable');
  pull.queued = { id: nextId(repository.world), by, at: nowOf(repository.world), head: pull.shown };
  note(pull, { event: 'added_to_merge_queue', actor: by });
  return pull.queued;
}

/** Those in the queue of a branch, the next first. */
function queued(repository: Repository, branch: string): readonly Pull[] {
  const waiting = openPulls(repository).filter((pull) => pull.base === branch && pull.queued !== null);
  return waiting.toSorted((one, other) => (one.queued?.id ?? 0) - (other.queued?.id ?? 0));
}

/** Merges what is in the queue, in its order; what cannot be merged is thrown out. */
export function runQueue(repository: Repository, branch: string): void {
  const method = repository.queues.get(branch)?.method ?? 'merge';
  for (const pull of queued(repository, branch)) {
    const outcome = tryMerge(pull, { by: queueBot, method, title: null, message: null, head: null, queue: true });
    if (!('sha' in outcome)) leaveQueue(pull, { by: queueBot, reason: mergeState(pull) === 'DIRTY' ? 'merge_conflict' : 'failed_checks' });
  }
}

export interface AsyncAsk {
  readonly by: string;
  readonly head: string | null;
  readonly method: MergeMethod;
  readonly action: AsyncMerge['action'];
  readonly title: string | null;
}

/** Answers a request of `merge-async`, with the status of the answer. */
export function askMerge(pull: Pull, ask: AsyncAsk): { readonly status: number; readonly body: object } {
  if (pull.merged !== null)
    return { status: 200, body: { status: 'merged', details: { message: 'Pull request was already merged', sha: pull.merged.commit } } };
  if (pull.state === 'closed') return failed('Pull request is closed');
  if (pull.draft) return failed('Pull request is still a draft');
  const open = [...pull.asked.values()].find((asked) => asked.status === 'pending');
  if (open !== undefined) return { status: 409, body: asBody(open) };
  if (ask.head !== null && ask.head !== pull.shown)
    throw new Refusal({ status: 422, message: 'Head branch was modified. Review and try the merge again.' });
  const asked: AsyncMerge = {
    ...{ uuid: randomUUID(), head: ask.head ?? pull.shown, method: ask.method, action: ask.action, by: ask.by, title: ask.title },
    ...{ status: 'pending', message: 'Merge request was created', sha: null, left: pull.repository.world.mergeAsyncReads },
  };
  pull.asked.set(asked.uuid, asked);
  return { status: 202, body: asBody(asked) };
}

const failed = (message: string) => ({ status: 400, body: { status: 'failed', details: { message } } });

/** What became of it. It is carried out once it was answered with `pending` often enough. */
export function askedMerge(pull: Pull, asked: AsyncMerge): object {
  if (asked.status === 'pending' && asked.left > 0) asked.left -= 1;
  else if (asked.status === 'pending') carryOut(pull, asked);
  else if (asked.status === 'enqueued' && pull.merged !== null) Object.assign(asked, { status: 'merged', sha: pull.merged.commit });
  return asBody(asked);
}

function carryOut(pull: Pull, asked: AsyncMerge): void {
  const { by, method, title, head } = asked;
  if (pull.repository.queues.has(pull.base) && asked.action !== 'direct_merge') {
    try {
      enqueue(pull, { by, head });
      Object.assign(asked, { status: 'enqueued', message: 'Pull request was added to the merge queue' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      Object.assign(asked, { status: 'failed', message: error.message });
    }
    return;
  }
  const outcome = tryMerge(pull, { by, method, title, message: null, head });
  if ('sha' in outcome) Object.assign(asked, { status: 'merged', message: 'Pull request was merged', sha: outcome.sha });
  else Object.assign(asked, { status: 'failed', message: 'moved' in outcome ? outcome.moved : outcome.refused });
}

function asBody(asked: AsyncMerge): object {
  const { status, message, uuid, sha } = asked;
  if (status === 'failed') return { status, details: { message } };
  if (status === 'merged') return { status, details: { message, sha } };
  return { status, details: { message, uuid, merge_method: asked.method, merge_action: asked.action, expected_head_sha: asked.head } };
}
