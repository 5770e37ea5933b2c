// Checks what was merged: runs `delivery.verify` on the merged base, in a checkout of its own, as a worker's checks are run.
import { checkEnvironment } from '../../core/security/delivery-environment.ts';
import type { Verification } from '../../core/delivery/pull-record.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import { minute } from '../../core/time.ts';
import { placeOf } from '../watch/places.ts';
import { boundaryOf } from '../prepare/protect.ts';
import { siteOf } from '../prepare/site.ts';
import { whileHeld } from '../reap/holds.ts';
import type { World } from '../world.ts';
import { record, type Step } from './step.ts';
import { passing } from './update.ts';

/** So much of a failed command's output is stored. */
const outputKept = 4000;

export async function verifyMerged(world: World, given: Step & { readonly commit: string }): Promise<boolean> {
  const { task, settings, commit, signal } = given;
  const { remote } = settings.delivery;
  const repo = world.repo.within(signal);
  const { branch } = given.record.seen.base;
  const name = worktreeName({ task, attempt: passing });
  let goesOn = false;
  await whileHeld(world, { task, holder: world.holder, what: 'following' }, async () => {
    const path = await repo.verifyCheckout({ root: task.repo, remote, branch, commit, folder: world.folders.worktrees, name });
    try {
      const failed = await runAll(world, { ...given, path });
      world.passing('verified');
      goesOn = await record(world, given, { did: 'verified', commit, failed });
    } finally {
      await world.repo.removeVerifyCheckout({ root: task.repo, path });
    }
  });
  return goesOn;
}

async function runAll(world: World, given: Step & { readonly path: string }): Promise<Verification['failed']> {
  const { task, settings, path, signal } = given;
  const attempt = (await world.store.attempts(task.key)).at(-1);
  const place = attempt === undefined ? null : placeOf(world, attempt);
  if (attempt === undefined || place === null) return { command: settings.delivery.verify[0] ?? '', output: 'its place is not known here' };
  const site = await siteOf(world, { task, attempt, checkout: path });
  for (const command of settings.delivery.verify) {
    const result = await place.shell({
      ...(await boundaryOf(world, { place, task, settings, checkout: path })),
      command,
      // The attempt's own worker has ended long ago, so the marker ends only what the command leaves behind.
      marker: attempt.id,
      cwd: site.checkout,
      env: checkEnvironment({ env: site.env, delivery: settings.delivery, folder: site.taskFolder, own: {} }),
      timeoutMs: settings.delivery.commandMinutes * minute,
      signal,
    });
    signal.throwIfAborted();
    if (result.code !== 0) return { command, output: result.output.slice(-outputKept) };
  }
  return null;
}
