// Tells where a pull request stands: as an event whenever that changes, and to a person, once, where only a person can move it.
import { pullStandingWords } from '../../core/delivery/pull-standing-words.ts';
import type { PullStanding } from '../../core/delivery/pull-standing.ts';
import { notifyOnce } from '../account/account.ts';
import type { World } from '../world.ts';
import type { Step } from './carry-out.ts';

/** The forge tells reviewers by itself that they are waited for. */
const needsPerson: ReadonlySet<PullStanding['code']> = new Set([
  'ready-to-merge',
  'checks-failed',
  'checks-unknown',
  'changes-requested',
  'conflict',
  'merge-refused',
  'ejected',
]);

export async function tellStanding(world: World, { task, record, step }: Step): Promise<void> {
  const { number, url, head } = record.seen;
  const { code } = step.why;
  const words = pullStandingWords(step.why, { task: task.id });
  const told = `${code} ${head.commit}`;
  if (world.memory.pullStandings.get(task.key) !== told) {
    world.memory.pullStandings.set(task.key, told);
    world.emit({ type: 'pull-request', task: task.id, repo: task.repo, number, url, standing: code });
  }
  if (step.do !== 'wait' || step.for !== 'people' || !needsPerson.has(code)) return;
  await notifyOnce(world, {
    key: `pull ${task.key} ${number} ${told}`,
    kind: 'blocked',
    task: task.id,
    repo: task.repo,
    message: `${task.id}, pull request #${number}: ${words.text}`,
    command: words.command ?? `yardmaster pr ${task.id}`,
  });
}
