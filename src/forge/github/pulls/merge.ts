// Merges exactly one head. The pull request is looked at first, and again when an answer was lost: a merge that has happened
// is never asked for twice. Where the host merges in the background, that way is used; where the base has a merge queue, the
// pull request is put into it.
import type { MergeMethod } from '../../../core/delivery/pull-facts.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import type { Merge, PullAt } from '../../../ports/forge.ts';
import { slug, type Desk } from '../desk.ts';
import { isUnclear } from '../request/client.ts';
import { messageOf, type Answer } from '../request/faults.ts';
import { tryMutation } from './mutate.ts';
import { look } from './observe.ts';
import { pullOf } from './pull.ts';
import { pullGone } from './pull-gone.ts';

export type Merging = PullAt & { readonly head: string; readonly method: MergeMethod; readonly title: string | null };

export async function merge(desk: Desk, merging: Merging): Promise<Merge> {
  const { before, node } = await standing(desk, merging);
  if (before !== null) return before;
  try {
    return await (node['isMergeQueueEnabled'] === true ? enqueue(desk, { merging, node }) : mergeNow(desk, { merging, node }));
  } catch (error) {
    const after = isUnclear(error) ? (await standing(desk, merging)).before : null;
    if (after === null || after.merge === 'refused') throw error;
    return after;
  }
}

/** The result that is there already; null if the merge may be asked for. */
async function standing(
  desk: Desk,
  merging: PullAt & { readonly head: string },
): Promise<{ readonly before: Merge | null; readonly node: Fields }> {
  const node = await look(desk, merging);
  const pull = node === null ? null : pullOf(node);
  if (node === null || pull === null) throw pullGone(merging);
  const { state, mergedCommit, head, inQueue } = pull;
  // The commit of a merge is shown a moment later sometimes; the head is what was merged in any case.
  if (state === 'merged') return { before: { merge: 'merged', commit: mergedCommit ?? head.commit }, node };
  if (state === 'closed') return { before: { merge: 'refused', message: 'the pull request is closed' }, node };
  if (head.commit !== merging.head) return { before: { merge: 'moved', message: `the head is ${head.commit}` }, node };
  return { before: inQueue ? { merge: 'queued' } : null, node };
}

interface At {
  readonly merging: Merging;
  readonly node: Fields;
}

async function enqueue(desk: Desk, { merging, node }: At): Promise<Merge> {
  const input = { pullRequestId: text(node['id']), expectedHeadOid: merging.head };
  const mutated = await tryMutation(desk, { name: 'enqueuePullRequest', input, answer: 'mergeQueueEntry { id }', at: merging });
  return 'done' in mutated ? { merge: 'queued' } : refusedBy(mutated.refusal.message);
}

async function mergeNow(desk: Desk, at: At): Promise<Merge> {
  const { merging } = at;
  if (desk.merging.asynchronous !== false) {
    const answer = await put(desk, { merging, route: 'merge-async', answers: [400, 404, 405, 409, 422] });
    // The pull request is there, so a host that does not find this address does not merge in the background.
    desk.merging.asynchronous = answer.status !== 404;
    if (desk.merging.asynchronous) return resultFor(merging.head, answer);
  }
  const answer = await put(desk, { merging, route: 'merge', answers: [405, 409, 422] });
  const message = messageOf(answer.data);
  if (answer.status === 409) return { merge: 'moved', message };
  if (answer.status >= 400) return /merge queue/i.test(message) ? await enqueue(desk, at) : refusedBy(message);
  const commit = text(fields(answer.data)?.['sha']);
  return commit === null ? refusedBy(message) : { merge: 'merged', commit };
}

function put(
  desk: Desk,
  given: { readonly merging: Merging; readonly route: string; readonly answers: readonly number[] },
): Promise<Answer> {
  const { merging, route, answers } = given;
  const { repository, number, head, method, title } = merging;
  return desk.client.ask({
    route: `PUT /repos/{owner}/{repo}/pulls/{number}/${route}`,
    with: {
      ...{ owner: repository.owner, repo: repository.name, number, sha: head, merge_method: method },
      ...(title === null ? {} : { commit_title: title }),
    },
    of: slug(repository),
    right: 'contents: write',
    answers,
  });
}

export async function mergeStatus(desk: Desk, { repository, number, id }: PullAt & { readonly id: string }): Promise<Merge> {
  const answer = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/pulls/{number}/merge-async/{id}',
    with: { owner: repository.owner, repo: repository.name, number, id },
    of: slug(repository),
    answers: [404],
  });
  if (answer.status !== 404) return resultOf(answer);
  // GitHub forgets a result after a day: the pull request itself says how it ended.
  const node = await look(desk, { repository, number });
  const pull = node === null ? null : pullOf(node);
  if (pull === null) throw pullGone({ repository, number });
  if (pull.state === 'merged') return { merge: 'merged', commit: pull.mergedCommit ?? pull.head.commit };
  return pull.inQueue ? { merge: 'queued' } : refusedBy('the forge no longer knows this merge');
}

/** Where an earlier request is still carried out, GitHub answers with that one, which may be for another head. */
function resultFor(head: string, answer: Answer): Merge {
  const expected = text(fields(fields(answer.data)?.['details'])?.['expected_head_sha']);
  if (expected !== null && expected !== head) return { merge: 'moved', message: `the forge is still merging ${expected}` };
  return resultOf(answer);
}

/** An answer of `merge-async`, whatever its status. */
function resultOf({ data, status }: Answer): Merge {
  const body = fields(data);
  const details = fields(body?.['details']);
  const [message, id, commit] = [text(details?.['message']) ?? messageOf(data), text(details?.['uuid']), text(details?.['sha'])];
  if (body?.['status'] === 'merged' && commit !== null) return { merge: 'merged', commit };
  if (body?.['status'] === 'enqueued') return { merge: 'queued' };
  if (body?.['status'] === 'pending' && id !== null) return { merge: 'pending', id };
  return status === 409 && id === null ? { merge: 'moved', message } : refusedBy(message);
}

/** GitHub tells a moved head by its words only, where it merges later. */
function refusedBy(message: string): Merge {
  const hasMoved = /head (?:sha|branch|oid|commit)[^.]*(?:modified|changed|match)|expected head/i.test(message);
  return { merge: hasMoved ? 'moved' : 'refused', message: message === '' ? 'the forge gives no reason' : message };
}
