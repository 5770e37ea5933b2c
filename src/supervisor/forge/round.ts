// One round over the pull requests at a host: opens those that are planned, asks the forge about all that are open in one
// request, stores the answers, and lets each go as many steps as it can. A pull request whose step fails does not keep the
// others from theirs.
import { Fault } from '../../core/fault.ts';
import type { RequestPoints } from '../../core/delivery/rounds.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import { factsOf, policyOf, pulledOf } from '../../core/delivery/pull-facts-of.ts';
import { observed } from '../../core/delivery/pull-changes.ts';
import { nextStep, type PullStep } from '../../core/delivery/pull-request.ts';
import { itemsAfter } from '../../core/delivery/review-items.ts';
import type { Task } from '../../core/task/task.ts';
import { minute, second, type Duration } from '../../core/time.ts';
import type { ForgeAccount, Seen } from '../../ports/forge.ts';
import { warnOnce } from '../warn-once.ts';
import { describe, type World } from '../world.ts';
import { accountAt, forgeSettings, locate, signIn } from './accounts.ts';
import { carryOut } from './carry-out.ts';
import { followed } from './followed.ts';
import { openPull } from './open.ts';
import { sayAnswers } from './say-answers.ts';

/** A pull request takes at most this many steps in a round, so that a mistake cannot go on for ever. */
const mostSteps = 6;

export async function round(
  world: World,
  given: { readonly host: string; readonly signal: AbortSignal },
): Promise<{ readonly steps: readonly PullStep[]; readonly points: RequestPoints | null; readonly pause: Duration }> {
  const { host, signal } = given;
  const tasks = (await followed(world)).filter(({ delivery }) => delivery?.pull?.repository.host === host);
  const account = await signedIn(world, { tasks, signal });
  const pause = await pauseOf(world, tasks);
  if (account === null) return { steps: [], points: null, pause };
  for (const task of tasks)
    if (task.delivery?.pull?.seen === null) await safely(world, task, () => openPull(world, { account, task, signal }));
  const steps = await look(world, { host, account, signal });
  return { steps, points: account.points(), pause };
}

/** The shortest that the settings of the tasks' repositories ask for. */
async function pauseOf(world: World, tasks: readonly Task[]): Promise<Duration> {
  const all = tasks.map(async ({ repo, delivery }) => {
    const settings = await world.settings(repo);
    return forgeSettings({ forge: { name: delivery?.pull?.forge ?? '' }, settings }).roundSeconds * second;
  });
  return Math.min(minute, ...(await Promise.all(all)));
}

/** The account of the first task whose settings give one; whoever is not signed in is told once. */
async function signedIn(
  world: World,
  given: { readonly tasks: readonly Task[]; readonly signal: AbortSignal },
): Promise<ForgeAccount | null> {
  for (const task of given.tasks) {
    const settings = await world.settings(task.repo);
    const at = await locate(world, { repo: task.repo, settings });
    if (at === null) continue;
    const account = await accountAt(world, { ...at, settings, signal: given.signal });
    if (account !== null) return account;
    const answer = await signIn(world, { ...at, settings, signal: given.signal });
    if (!answer.signedIn) warnOnce(world, { task, repo: task.repo, code: 'forge-refused', message: answer.message, hint: answer.hint });
  }
  return null;
}

async function look(
  world: World,
  given: { readonly host: string; readonly account: ForgeAccount; readonly signal: AbortSignal },
): Promise<readonly PullStep[]> {
  const { account, signal } = given;
  const mine = async (): Promise<readonly Task[]> =>
    (await followed(world)).filter((task) => openedPull(task.delivery)?.repository.host === given.host);
  const tasks = await mine();
  const seen = await account.observe(tasks.flatMap((task) => pullAt(task) ?? []));
  for (const task of tasks) {
    const one = seen.find(({ pull }) => pull.id === openedPull(task.delivery)?.seen.id);
    if (one !== undefined) await safely(world, task, () => store(world, { account, task, seen: one }));
  }
  const steps: PullStep[] = [];
  for (const { key } of tasks) {
    const task = await world.store.taskByKey(key);
    if (task === null || task.state === 'running') continue;
    const one = seen.find(({ pull }) => pull.id === openedPull(task.delivery)?.seen.id) ?? null;
    await safely(world, task, async () => {
      const step = await walk(world, { account, task, seen: one, all: mine, signal });
      if (step !== null) steps.push(step);
    });
  }
  return steps;
}

function pullAt(
  task: Task,
): { readonly repository: NonNullable<ReturnType<typeof openedPull>>['repository']; readonly number: number } | null {
  const record = openedPull(task.delivery);
  return record === null ? null : { repository: record.repository, number: record.seen.number };
}

async function store(world: World, given: { readonly account: ForgeAccount; readonly task: Task; readonly seen: Seen }): Promise<void> {
  const { account, task, seen } = given;
  const settings = await world.settings(task.repo);
  const { pull, ejectedAt } = seen;
  const record = openedPull(task.delivery);
  if (record === null) return;
  const { trust, bots } = forgeSettings({ forge: { name: record.forge }, settings });
  const { repository } = record;
  const checks =
    pull.state === 'open'
      ? { of: pull.head.commit, are: await account.checks({ repository, commit: pull.head.commit, base: pull.base.branch }) }
      : null;
  const at = world.clock.now();
  await world.store.changePull({
    key: task.key,
    at,
    change: ({ delivery }) => {
      const now = openedPull(delivery);
      if (now === null) return null;
      const said = itemsAfter({ stored: now.items, items: seen.items, trust: { login: account.login, associations: trust, bots } });
      return { pull: observed(now, { pull, ...said, ejectedAt, checks, at }) };
    },
  });
}

/** Steps until something has to be waited for; returns the last step. */
async function walk(
  world: World,
  given: {
    readonly account: ForgeAccount;
    readonly task: Task;
    readonly seen: Seen | null;
    readonly all: () => Promise<readonly Task[]>;
    readonly signal: AbortSignal;
  },
): Promise<PullStep | null> {
  const { account, signal } = given;
  let task: Task | null = given.task;
  let step: PullStep | null = null;
  for (let taken = 0; taken < mostSteps && !signal.aborted; taken += 1) {
    const all = pulledOf(await given.all());
    task = await world.store.taskByKey(given.task.key);
    const record = openedPull(task?.delivery ?? null);
    if (task === null || record === null || record.finished || record.answer !== null || task.state === 'running') return step;
    const settings = await world.settings(task.repo);
    const rounding = { account, task, settings, signal };
    await sayAnswers(world, { ...rounding, record });
    const { branch: base } = record.seen.base;
    const { remote } = settings.delivery;
    const baseCommit =
      record.seen.state === 'open' ? await world.repo.within(signal).branchAt({ root: task.repo, remote, branch: base }) : null;
    step = nextStep(factsOf({ pulled: { task, record }, all, policy: policyOf(settings), baseCommit }));
    if (!(await carryOut(world, { ...rounding, record, step, seen: given.seen, baseCommit }))) return step;
  }
  return step;
}

/** What one pull request meets is told, and does not end the round, unless the forge itself cannot be asked now. */
async function safely(world: World, task: Task, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Fault && (error.code === 'stopped' || error.code === 'forge-limited' || error.code === 'forge-away')) throw error;
    warnOnce(world, { task, repo: task.repo, ...describe(error, `pull request of ${task.id}`) });
  }
}
