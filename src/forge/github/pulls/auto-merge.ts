// Lets GitHub merge a pull request by itself once its rules are fulfilled. For a pull request that nothing hinders, GitHub
// refuses that: exactly then it is merged at once.
import type { MergeMethod } from '../../../core/delivery/pull-facts.ts';
import { fields, text } from '../../../lib/fields.ts';
import type { Merge, PullAt } from '../../../ports/forge.ts';
import type { Desk } from '../desk.ts';
import { merge, refusedBy, standing } from './merge.ts';
import { tryMutation } from './mutate.ts';

export type AutoMerge = PullAt & { readonly head: string; readonly method: MergeMethod; readonly on: boolean };

export async function autoMerge(desk: Desk, given: AutoMerge): Promise<Merge | null> {
  const { repository, number, head, method, on } = given;
  const { before, node } = await standing(desk, given);
  if (before !== null) return before;
  if ((fields(node['autoMergeRequest']) !== null) === on) return null;
  const id = { pullRequestId: text(node['id']) };
  const mutated = await tryMutation(desk, {
    name: on ? 'enablePullRequestAutoMerge' : 'disablePullRequestAutoMerge',
    input: on ? { ...id, mergeMethod: method.toUpperCase(), expectedHeadOid: head } : id,
    answer: 'pullRequest { id }',
    at: { repository, number },
    repeats: true,
  });
  if ('done' in mutated) return null;
  const { message } = mutated.refusal;
  return on && /clean status/i.test(message) ? await merge(desk, { repository, number, head, method, title: null }) : refusedBy(message);
}
