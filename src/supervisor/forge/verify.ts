// Checks what was merged: runs `delivery.verify` on the merged base, in a checkout of its own, as a worker's checks are run.
import { checkEnvironment } from '../../core/security/delivery-environment.ts';
import { minute } from '../../core/time.ts';
import type { Verification } from '../../core/delivery/pull-record.ts';
import { placeOf } from '../watch/places.ts';
import { boundaryOf } from '../prepare/protect.ts';
import { siteOf } from '../prepare/site.ts';
import type { World } from '../world.ts';
import { record, type Step } from './carry-out.ts';

/** So much of a failed command's output is stored. */
const outputKept = 4000;

export async function verifyMerged(world: World, given: Step & { readonly commit: string }): Promise<boolean> {
  const { task, settings, commit, signal } = given;
  const { remote } = settings.delivery;
  const repo = world.repo.within(signal);
  const { branch } = given.record.seen.base;
  const path = await repo.verifyCheckout({
    root: task.repo,
    remote,
    branch,
    commit,
    folder: world.folders.worktrees,
    name: `verify-${task.key}`,
  });
  try {
    const failed = await runAll(world, { ...given, path });
    world.passing('verified');
    return await record(world, given, { did: 'verified', commit, failed });
  } finally {
    await repo.removeVerifyCheckout({ root: task.repo, path });
  }
}

async function runAll(world: World, given: Step & { readonly path: string }): Promise<Verification['failed']> {
  const { task, settings, path, signal } = given;
  const attempt = (await world.store.attempts(task.key)).at(-1);
  const place = attempt === undefined ? undefined : placeOf(world, attempt);
  if (attempt === undefined || place == null) return { command: settings.delivery.verify[0] ?? '', output: 'its place is not known here' };
  const site = await siteOf(world, { task, attempt, checkout: path });
  for (const command of settings.delivery.verify) {
    const result = await place.shell({
      ...(await boundaryOf(world, { place, task, settings, checkout: path })),
      command,
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
