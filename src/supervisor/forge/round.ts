// One round over the pull requests at a host: opens those that are planned, asks the forge about all that are open in one
// request, stores the answers, and lets each go as many steps as it can. A pull request whose step fails does not keep the
// others from theirs.
import { Fault } from '../../core/fault.ts';
import type { RequestPoints, Spent } from '../../core/delivery/rounds.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import { factsOf, policyOf, pulledOf } from '../../core/delivery/pull-facts-of.ts';
import { observed, unrecordedPush, updatePushed } from '../../core/delivery/pull-changes.ts';
import { nextStep, type PullStep } from '../../core/delivery/pull-request.ts';
import { bottomUp } from '../../core/delivery/stack.ts';
import { itemsAfter } from '../../core/delivery/review-items.ts';
import type { Task } from '../../core/task/task.ts';
import { minute, second, type Duration, type Instant } from '../../core/time.ts';
import type { ForgeAccount, Seen, SignIn } from '../../ports/forge.ts';
import { notifyOnce } from '../account/account.ts';
import { warnAgain, warnOnce } from '../warn-once.ts';
import { describe, type World } from '../world.ts';
import { accountAt, forgeSettings, forgetSignIn, locate, signIn, triedAgainHint } from './accounts.ts';
import { carryOut } from './carry-out.ts';
import { followed } from './followed.ts';
import { openPull } from './open.ts';
import { sayAnswers } from './say-answers.ts';

/** A pull request takes at most this many steps in a round, so that a mistake cannot go on for ever. */
const mostSteps = 6;

/** `looked`: when each task had last changed by the end of its part. `fault`: why the forge could not be asked. */
export interface Round {
  readonly steps: readonly PullStep[];
  readonly points: RequestPoints | null;
  readonly pause: Duration;
  readonly looked: ReadonlyMap<number, Instant>;
  readonly fault: Fault | null;
}

/** `spent`: what is stored about the use of the host's requests. */
export async function round(
  world: World,
  given: { readonly host: string; readonly signal: AbortSignal; readonly spent: readonly Spent[] },
): Promise<Round> {
  const { host, signal, spent } = given;
  const tasks = (await followed(world)).filter(({ delivery }) => delivery?.pull?.repository.host === host);
  const pause = await pauseOf(world, tasks);
  const looked = new Map(tasks.map(({ key, updatedAt }) => [key, updatedAt]));
  const account = await signedIn(world, { tasks, signal });
  if (account === null) return { steps: [], points: null, pause, looked, fault: silence(world, host) };
  account.recall(spent);
  const steps: PullStep[] = [];
  const fault = await unlessAway(world, host, async () => {
    for (const task of bottomUp(tasks)) if (isToBeOpened(task)) await open(world, { account, task, signal, looked });
    await look(world, { host, account, signal, steps, looked });
  });
  tellLacks(world, account);
  return { steps, points: account.points(), pause, looked, fault };
}

/** What could not be opened waits for a person. */
function isToBeOpened({ delivery, reason }: Task): boolean {
  return delivery?.pull?.seen === null && reason.code !== 'not-opened';
}

/** The host did not answer when somebody was to be signed in: it is asked again soon. */
function silence({ memory }: World, host: string): Fault | null {
  const answer = memory.signIns.get(host)?.answer;
  if (answer === undefined || answer.signedIn || answer.why !== 'away') return null;
  return new Fault({ code: 'forge-away', message: answer.message, hint: answer.hint });
}

/** What the forge does not allow is told once; everything else goes on without it. */
function tellLacks(world: World, account: ForgeAccount): void {
  const { host } = account;
  for (const { right, follows, isName = false } of account.lacks())
    warnOnce(world, {
      repo: null,
      code: 'forge-refused',
      message: isName ? `${host} does not accept ${right}; ${follows}` : `the token for ${host} lacks the right ${right}: ${follows}`,
      hint: isName
        ? 'correct the name in delivery.pullRequest, or invite them to the repository'
        : 'give the token that right, or use another one',
    });
}

async function open(
  world: World,
  given: { readonly account: ForgeAccount; readonly task: Task; readonly signal: AbortSignal; readonly looked: Map<number, Instant> },
): Promise<void> {
  const { task, looked } = given;
  await safely(world, task, () => openPull(world, given));
  const after = await world.store.taskByKey(task.key);
  if (after !== null) looked.set(task.key, after.updatedAt);
}

/** A forge that cannot be asked now is told once, and asked again later. A sign-in that it no longer accepts is proved anew. */
async function unlessAway(world: World, host: string, work: () => Promise<void>): Promise<Fault | null> {
  try {
    await work();
    for (const isRefused of [false, true]) warnAgain(world, warningKey({ host, isRefused }));
    return null;
  } catch (error) {
    if (!(error instanceof Fault) || !isOfForge(error)) throw error;
    const { code, message } = error;
    const isRefused = isUnaccepted(error);
    if (isRefused) forgetSignIn(world, host);
    warnOnce(world, {
      ...{ repo: null, code, message, key: warningKey({ host, isRefused }) },
      hint: isRefused ? triedAgainHint(error.hint) : error.hint,
    });
    return error;
  }
}

/** A refused sign-in is told as well if the host did not answer before. */
function warningKey({ host, isRefused }: { readonly host: string; readonly isRefused: boolean }): string {
  return isRefused ? `forge ${host} sign-in` : `forge ${host}`;
}

function isOfForge({ code }: Fault): boolean {
  return code === 'forge-limited' || code === 'forge-away' || code === 'forge-refused' || code === 'forge-gone';
}

function isUnaccepted({ code, data }: Fault): boolean {
  return code === 'forge-refused' && data['status'] === 401;
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
    if (!answer.signedIn) await tellRefusal(world, { task, answer, host: at.repository.host });
  }
  return null;
}

async function tellRefusal(
  world: World,
  given: { readonly task: Task; readonly host: string; readonly answer: Extract<SignIn, { signedIn: false }> },
): Promise<void> {
  const { task, host, answer } = given;
  const { why, message } = answer;
  const isRefused = why !== 'away';
  const hint = isRefused ? triedAgainHint(answer.hint) : answer.hint;
  const code = isRefused ? 'forge-refused' : 'forge-away';
  warnOnce(world, { task, repo: task.repo, code, message, hint, key: warningKey({ host, isRefused }) });
  // A forge that does not answer needs nobody.
  if (!isRefused) return;
  const notice = { key: `forge ${host} ${message}`, kind: 'alarm', task: task.id, repo: task.repo } as const;
  await notifyOnce(world, { ...notice, message: `${message} (${hint})`, command: 'yardmaster doctor' });
}

async function look(
  world: World,
  given: {
    readonly host: string;
    readonly account: ForgeAccount;
    readonly signal: AbortSignal;
    readonly steps: PullStep[];
    readonly looked: Map<number, Instant>;
  },
): Promise<void> {
  const { account, signal, steps, looked } = given;
  const mine = async (): Promise<readonly Task[]> =>
    (await followed(world)).filter((task) => openedPull(task.delivery)?.repository.host === given.host);
  const tasks = await mine();
  const seen = await account.observe(tasks.flatMap((task) => pullAt(task) ?? []));
  const seenOf = (task: Task): Seen | null => seen.find(({ pull }) => pull.id === openedPull(task.delivery)?.seen.id) ?? null;
  // Each asks for its own checks; the forge's side limits how many requests are under way.
  await together(
    tasks.map(async (task) => {
      const one = seenOf(task);
      if (one !== null) await safely(world, task, () => store(world, { account, task, seen: one }));
    }),
  );
  const last = new Map<number, PullStep>();
  const walked = async (key: number): Promise<void> => {
    const task = await world.store.taskByKey(key);
    if (task === null || task.state === 'running') return;
    await safely(world, task, async () => {
      const step = await walk(world, { account, task, seen: seenOf(task), all: mine, signal });
      if (step !== null) last.set(key, step);
    });
    const after = await world.store.taskByKey(key);
    if (after !== null) looked.set(key, after.updatedAt);
  };
  for (const { key } of bottomUp(tasks)) await walked(key);
  // What is merged waits for those above, which may have got their new base in the meantime.
  for (const [key, step] of [...last]) if (step.do === 'wait' && step.why.code === 'merged') await walked(key);
  steps.push(...last.values());
}

/** Waits for all of them, also if one fails: nothing goes on unnoticed. */
async function together(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
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
      const record = observed(now, { pull, ...said, ejectedAt, checks, at });
      const own = unrecordedPush(record);
      return own === null ? { pull: record } : { pull: updatePushed(record, { ...own, at }), ...own };
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
    const tasks = await below(world, task);
    step = nextStep(factsOf({ pulled: { task, record }, all, tasks, policy: policyOf(settings), baseCommit }));
    if (!(await carryOut(world, { ...rounding, record, step, seen: given.seen, baseCommit }))) return step;
  }
  return step;
}

/** The task on which it builds, which may be done by now. */
async function below(world: World, { repo, delivery }: Task): Promise<ReadonlyMap<string, Task>> {
  const id = delivery?.stackedOn?.task ?? null;
  const task = id === null ? null : await world.store.task({ repo, id });
  return new Map(task === null ? [] : [[task.id, task]]);
}

/** What one pull request meets is told, and does not end the round, unless the forge itself cannot be asked now. */
async function safely(world: World, task: Task, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Fault && endsRound(error)) throw error;
    warnOnce(world, { task, repo: task.repo, ...describe(error, `pull request of ${task.id}`) });
  }
}

function endsRound(error: Fault): boolean {
  const { code } = error;
  return code === 'stopped' || code === 'forge-limited' || code === 'forge-away' || isUnaccepted(error);
}
