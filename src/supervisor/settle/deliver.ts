// Delivers work that is committed in a worktree: runs the user's checks, then pushes. Only work that arrived counts.
import { checkEnvironment } from '../../core/security/delivery-environment.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { StackedOn } from '../../core/delivery/stacked-on.ts';
import { stackedOnAfter } from '../../core/delivery/stack.ts';
import { Fault } from '../../core/fault.ts';
import { faultRule } from '../../core/fault-codes.ts';
import { checkFeedback, submoduleFeedback } from '../../core/task/prompt.ts';
import { inWords, type CommandEnd, type Said } from '../../core/reason/said.ts';
import type { Settings } from '../../core/settings.ts';
import { branchedSite } from '../../core/task/site.ts';
import type { Task } from '../../core/task/task.ts';
import { minute } from '../../core/time.ts';
import { lacksTrust } from '../../core/security/trust.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { PushHook } from '../../ports/repo.ts';
import type { Work } from './collect.ts';
import { closeAttempt, closeDelivered, failed, unworkable, type Ending } from './close.ts';
import { forget } from '../held.ts';
import type { Verdict } from '../../core/task/verdict.ts';
import { heldPlace } from '../watch/places.ts';
import { boundaryOf } from '../prepare/protect.ts';
import { recordUse } from '../dispatch/set-aside.ts';
import { siteOf } from '../prepare/site.ts';
import { planPull } from '../forge/plan.ts';
import { emitStage, type World } from '../world.ts';

export interface Delivering extends Ending {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** The work that was judged. */
  readonly work: Work;
  /**
   * A person asked for another try, and no worker has run since: the address of the remote as it is configured now is the
   * person's.
   */
  readonly accept: boolean;
}

export async function deliver(world: World, given: Delivering): Promise<void> {
  const { task, settings } = given;
  // The repository may have lost its trust since the worker was started, or only the supervisor that started it trusted it.
  const untrusted = lacksTrust({ ...settings, repo: task.repo });
  if (untrusted !== null) {
    const verdict: Verdict = { ...failed('untrusted', { code: 'untrusted', facts: untrusted }), workDone: true };
    return closeAttempt(world, { ...given, verdict });
  }
  const held = world.memory.held.get(given.attempt.id);
  if (held !== undefined) held.delivering = true;
  try {
    const failure = await runChecks(world, given);
    if (failure !== null) return await closeAttempt(world, { ...given, verdict: failure });
    await push(world, given);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // A person wants the attempt to end. The next try delivers the same work, without a worker.
    if (given.signal.aborted) {
      const { code, message } = error;
      const verdict: Verdict = { ...failed('stopped', { code: 'interrupted', facts: { code, message } }), workDone: true };
      return await closeAttempt(world, { ...given, verdict });
    }
    // The repository or the worktree disappeared meanwhile: settling again would meet the same fault.
    if (faultRule(error.code).failure === undefined) throw error;
    await closeAttempt(world, { ...given, verdict: { ...unworkable(error), workDone: true } });
  } finally {
    if (held !== undefined) held.delivering = false;
  }
}

async function runChecks(world: World, given: Delivering): Promise<Verdict | null> {
  const { settings } = given;
  for (const command of settings.delivery.checks) {
    const failure = await runCheck(world, {
      ...given,
      name: `\`${command}\``,
      command,
      env: {},
      said: (end) => ({ code: 'check-failed', facts: { command, end } }),
    });
    if (failure !== null) return failure;
  }
  return null;
}

/**
 * Runs a check in the worker's boundary, and only with the secrets that are configured for checks: it runs code that the
 * worker wrote.
 */
async function runCheck(
  world: World,
  given: Delivering & {
    readonly name: string;
    readonly command: string;
    readonly env: Readonly<Record<string, string>>;
    /** The text of the failure. */
    readonly said: (end: CommandEnd) => Said;
  },
): Promise<Verdict | null> {
  const { task, attempt, settings, name, command } = given;
  if (task.site === null) return null;
  const { checkout } = task.site;
  emitStage(world, { attempt, title: task.title, stage: 'checking', note: name });
  const place = heldPlace(world, attempt);
  const site = await siteOf(world, { task, attempt, checkout });
  const result = await place.shell({
    ...(await boundaryOf(world, { place, task, settings, checkout })),
    command,
    // The attempt's worker and its processes have already been ended, so the marker ends only what the check leaves behind.
    marker: attempt.id,
    cwd: site.checkout,
    env: checkEnvironment({ env: site.env, delivery: settings.delivery, folder: site.taskFolder, own: given.env }),
    timeoutMs: settings.delivery.commandMinutes * minute,
    signal: given.signal,
  });
  if (given.signal.aborted) throw new Fault({ code: 'stopped', message: 'stopped during the delivery checks', hint: 'they run again' });
  if (result.code === 0) return null;
  const end = result.timedOut ? { timeout: settings.delivery.commandMinutes * minute } : { exit: result.code };
  return failed('checks', given.said(end), checkFeedback({ command: name, code: result.code, output: result.output }));
}

async function push(world: World, given: Delivering): Promise<void> {
  const { task, attempt, settings, work } = given;
  const site = branchedSite(task);
  if (site === null) return;
  const { checkout: worktree, branch, base } = site;
  const repo = world.repo.within(given.signal);
  const commit = work.head;
  const lacking = await submodules(world, { ...given, worktree, base });
  if (lacking !== null) return closeAttempt(world, { ...given, verdict: lacking });
  const { remote } = await repo.find(task.repo, settings.delivery);
  const plan = remote === null ? null : await planPull(world, given);
  if (remote === null) {
    if (work.kept !== null) return closeAttempt(world, { ...given, verdict: failed('push-refused', inWords(work.kept)) });
    return closeDelivered(world, {
      ...given,
      commit,
      plan,
      evidence: `branch ${branch} at ${commit.slice(0, 12)} in the repository (it has no remote ${settings.delivery.remote})`,
    });
  }
  for (const hook of await repo.pushHooks({ worktree, remote, commit })) {
    const refused = await runCheck(world, { ...given, ...hookCommand(hook) });
    if (refused !== null) return closeAttempt(world, { ...given, verdict: refused });
  }
  // The checks may have taken long; if the lease was lost, a worker of another supervisor may be at work on the branch by
  // now.
  if ((await world.store.patchAttempt({ lease: given.lease, patch: {} })) === 'lost') return forget(world, attempt.id);
  emitStage(world, { attempt, title: task.title, stage: 'pushing', note: `${remote} ${branch}` });
  const pushed = await repo.push({ worktree, remote, commit, accept: given.accept, sign: settings.delivery.sign });
  const failedAt = world.clock.now();
  if (pushed.pushed) {
    world.passing('pushed');
    await recordUse(world, { repo: task.repo, used: 'pushed' });
    return closeDelivered(world, {
      ...given,
      commit: pushed.commit,
      plan,
      ...(work.merged === undefined ? {} : { base: work.merged, stackedOn: stackedOnNow(task) }),
      evidence: `branch ${branch} at ${pushed.commit.slice(0, 12)}, pushed to ${remote}`,
    });
  }
  if (given.signal.aborted) return interruptedInPush(world, { ...given, branch, remote });
  const kind = pushed.why === 'refused' ? 'push-refused' : 'push-unreachable';
  await closeAttempt(world, { ...given, verdict: failed(kind, inWords(pushed.message)), failedAt });
}

/** The conflict with the base of its pull request is resolved: it builds on that from now on. */
function stackedOnNow({ delivery }: Task): StackedOn | null {
  return stackedOnAfter({ delivery, base: openedPull(delivery)?.seen.base.branch ?? '' });
}

/** Only the remote knows whether the push arrived, and an attempt that is being ended does not wait for its answer. */
async function interruptedInPush(world: World, given: Delivering & { readonly branch: string; readonly remote: string }): Promise<void> {
  const { branch, remote, attempt } = given;
  const stop = (await world.store.attempt(attempt.id))?.stop;
  if (stop?.reason !== 'cancelled')
    throw new Fault({ code: 'stopped', message: `stopped while ${branch} was being pushed to ${remote}`, hint: 'it is pushed again' });
  const said: Said = { code: 'cancelled-in-push', facts: { said: stop.said, branch, remote } };
  await closeAttempt(world, { ...given, verdict: { kind: 'cancelled', said, until: null, feedback: null } });
}

/**
 * Fails if commits of submodules that the work names are missing at their remotes: a clone of the delivered work would
 * fail.
 */
async function submodules(world: World, given: Delivering & { readonly worktree: string; readonly base: string }): Promise<Verdict | null> {
  const { worktree, base, work, signal } = given;
  const found = await world.repo.within(signal).unreachableSubmodules({ worktree, commit: work.head, base });
  const missing = found.filter((one) => one.missing);
  const links = (missing.length > 0 ? missing : found).map(({ path, commit, why }) => ({ path, commit, why }));
  if (missing.length > 0) return failed('submodule', { code: 'submodules-missing', facts: { links } }, submoduleFeedback(missing));
  return links.length > 0 ? failed('push-unreachable', { code: 'submodules-unasked', facts: { links } }) : null;
}

/** Our own push uploads LFS objects, with the person's sign-in, which the hook does not have. */
function hookCommand({ file, args, input }: PushHook): Pick<Parameters<typeof runCheck>[1], 'name' | 'command' | 'env' | 'said'> {
  const command = `printf %s ${shellWord(input)} | ${[file, ...args].map(shellWord).join(' ')}`;
  const said = (end: CommandEnd): Said => ({ code: 'hook-failed', facts: { end } });
  return { name: 'the pre-push hook', command, env: { GIT_LFS_SKIP_PUSH: '1' }, said };
}
