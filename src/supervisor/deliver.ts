// Delivery of work that stands committed in a worktree: the user's checks, then the push. Only what arrived counts.
import { baseEnvironment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { checkFeedback } from '../core/prompt.ts';
import type { Settings } from '../core/settings.ts';
import { minute } from '../core/time.ts';
import { closeAttempt, closeDelivered, failed, forget, unworkable, type Ending } from './close.ts';
import type { Verdict } from '../core/verdict.ts';
import { boundaryOf } from './protect.ts';
import { tellStage, type World } from './world.ts';

export interface Delivering extends Ending {
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** What `Repo` says of a repository or worktree that cannot be worked with any more. */
const unworkableCodes = new Set(['disk-full', 'not-a-repository', 'empty-repository', 'detached-head', 'worktree-failed']);

export async function deliver(world: World, given: Delivering): Promise<void> {
  const failure = await runChecks(world, given);
  if (failure !== null) return closeAttempt(world, { ...given, verdict: failure });
  try {
    await push(world, given);
  } catch (error) {
    // The repository or the worktree went meanwhile: settling again would find the same.
    if (!(error instanceof Fault) || !unworkableCodes.has(error.code)) throw error;
    await closeAttempt(world, { ...given, verdict: unworkable(error) });
  }
}

async function runChecks(world: World, given: Delivering): Promise<Verdict | null> {
  const { task, attempt, settings } = given;
  if (task.worktree === null) return null;
  if (settings.delivery.checks.length === 0) return null;
  const boundary = await boundaryOf(world, { task, settings, checkout: task.worktree });
  for (const command of settings.delivery.checks) {
    tellStage(world, { attempt, title: task.title, stage: 'checking', note: command });
    const result = await world.place.shell({
      ...boundary,
      command,
      // The attempt's worker has been ended with all that it left. Checks run what it wrote, as it could run it itself.
      marker: attempt.id,
      cwd: task.worktree,
      env: baseEnvironment(world.env),
      timeoutMs: settings.delivery.commandMinutes * minute,
      signal: given.signal,
    });
    if (given.signal.aborted) return failed('stopped', 'stopped during the delivery checks');
    if (result.code !== 0) {
      const how = result.timedOut ? `did not end within ${settings.delivery.commandMinutes} min` : `exited with ${result.code}`;
      return failed('checks', `\`${command}\` ${how}`, checkFeedback({ command, code: result.code, output: result.output }));
    }
  }
  return null;
}

async function push(world: World, given: Delivering): Promise<void> {
  const { task, attempt, settings } = given;
  const { worktree, branch, base } = task;
  if (worktree === null || branch === null || base === null) return;
  const { remote } = await world.repo.describe(task.repo, { remote: settings.delivery.remote });
  if (remote === null) {
    const { head } = await world.repo.facts({ worktree, base });
    return closeDelivered(world, {
      ...given,
      commit: head,
      evidence: `branch ${branch} at ${head.slice(0, 12)} in the repository (it has no remote ${settings.delivery.remote})`,
    });
  }
  // The checks may have taken long, and another supervisor's worker may be at work on the branch by now.
  if ((await world.store.patchAttempt({ lease: given.lease, patch: {} })) === 'lost') return forget(world, attempt.id);
  tellStage(world, { attempt, title: task.title, stage: 'pushing', note: `${remote} ${branch}` });
  const pushed = await world.repo.push({ worktree, branch, remote });
  if (pushed.pushed) {
    world.passing('pushed');
    return closeDelivered(world, {
      ...given,
      commit: pushed.commit,
      evidence: `branch ${branch} at ${pushed.commit.slice(0, 12)}, pushed to ${remote}`,
    });
  }
  await closeAttempt(world, { ...given, verdict: failed(pushed.why === 'refused' ? 'push-refused' : 'push-unreachable', pushed.message) });
}
