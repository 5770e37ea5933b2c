// Tells where a pull request stands: as an event whenever that changes, and to a person, once, where only a person can move it.
import { needsPerson } from '../../core/delivery/pull-request.ts';
import { pullStandingWords } from '../../core/delivery/pull-standing-words.ts';
import { notifyOnce } from '../account/account.ts';
import type { World } from '../world.ts';
import type { Step } from './step.ts';

export async function tellStanding(world: World, { task, record, step }: Step): Promise<void> {
  const { number, url, head } = record.seen;
  const { code } = step.why;
  const told = `${code} ${head.commit}`;
  if (world.memory.pullStandings.get(task.key) !== told) {
    world.memory.pullStandings.set(task.key, told);
    world.emit({ type: 'pull-request', task: task.id, repo: task.repo, number, url, standing: code });
  }
  // The forge tells reviewers by itself that they are waited for, and a task that is blocked has a notice of its own.
  if (!needsPerson(step) || step.do !== 'wait' || code === 'waiting-for-people') return;
  const words = pullStandingWords(step.why, { task: task.id, number, needsPerson: true, wish: null });
  await notifyOnce(world, {
    key: `pull ${task.key} ${number} ${told}`,
    kind: 'blocked',
    task: task.id,
    repo: task.repo,
    message: `${task.id}: ${words.text}`,
    command: words.command ?? `yardmaster pr ${task.id}`,
  });
}
