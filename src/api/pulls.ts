// The pull requests of tasks: what is known of them from the last round, and how they are closed.
import { openedPull } from '../core/delivery/delivery.ts';
import { closingText } from '../core/delivery/pull-texts.ts';
import { opened } from '../core/delivery/pull-changes.ts';
import type { Check, ForgeRepository, PullRequest } from '../core/delivery/pull-facts.ts';
import type { PullRecord } from '../core/delivery/pull-record.ts';
import { mergeWish } from '../core/delivery/pull-request.ts';
import { pullStandingWords, type PullStandingWords } from '../core/delivery/pull-standing-words.ts';
import { Fault } from '../core/fault.ts';
import { textOf } from '../core/reason/words.ts';
import type { Task } from '../core/task/task.ts';
import { iso } from '../lib/iso.ts';
import type { ForgeAccount, SignIn } from '../ports/forge.ts';
import type { TaskFilter } from '../ports/store.ts';
import { locate, signIn } from '../supervisor/forge/accounts.ts';
import type { Ports, World } from '../supervisor/world.ts';
import { cancelTasks, type Acting, type Outcome } from './act.ts';

export interface PulledTask {
  readonly task: Task;
  readonly record: PullRecord;
  readonly words: PullStandingWords;
}

/** Tasks whose pull request was opened, in the order in which they were added. */
export async function listPulls(ports: Pick<Ports, 'store'>, filter: TaskFilter): Promise<readonly PulledTask[]> {
  const tasks = await ports.store.tasks(filter);
  return tasks.flatMap((task) => {
    const record = openedPull(task.delivery);
    return record === null ? [] : [{ task, record, words: wordsOf(task, record) }];
  });
}

export function wordsOf(task: Task, record: PullRecord): PullStandingWords {
  const { seen, stands, answer } = record;
  if (answer !== null) {
    const command = `yardmaster explain ${task.id}`;
    return { text: `a worker answers for it: ${answer.kind}`, advice: 'it goes on once that worker has ended', command };
  }
  // Nobody looks at the pull request of a task that was given up.
  if (task.state === 'cancelled') return ofCancelled(task, seen);
  if (stands === null) return { text: 'it was just opened', advice: 'it is looked at in the next round', command: null };
  const { why, needsPerson } = stands;
  const words = pullStandingWords(why, { task: task.id, number: seen.number, needsPerson, wish: mergeWish(record) });
  return task.state === 'done' ? { ...words, advice: 'nothing to do: its task is done' } : words;
}

function ofCancelled({ id }: Task, { number, state }: PullRecord['seen']): PullStandingWords {
  const text = `${id} is cancelled; #${number} is ${state === 'open' ? 'still open, and nobody follows it' : state}`;
  const again = { text, advice: 'if the work is needed after all, try it again', command: `yardmaster retry ${id}` };
  return state === 'open'
    ? { text, advice: `to try the work again, run yardmaster retry ${id}; to close it`, command: `yardmaster cancel ${id} --close` }
    : again;
}

/** The shape that scripts rely on (`pr --json`). Keys may be added but never changed. */
export function pullView({ task, record, words }: PulledTask): Record<string, unknown> {
  const { seen, checks, verified, stands, answer, mergeAsked } = record;
  return {
    task: task.id,
    number: seen.number,
    url: seen.url,
    state: seen.state === 'open' && seen.draft ? 'draft' : seen.state,
    head: seen.head.commit,
    base: seen.base.branch,
    checks: checks !== null && checks.are.known ? stateOf(checks.are.checks) : 'none',
    review: seen.review,
    mergeable: seen.mergeable,
    standing: answer === null ? (stands?.why.code ?? 'forge-computes') : `answering-${answer.kind}`,
    mergedCommit: seen.mergedCommit,
    verifiedAt: verified === null || verified.failed !== null ? null : iso(verified.at),
    text: words.text,
    advice: words.advice,
    command: words.command,
    title: task.title,
    repo: task.repo,
    branch: seen.head.branch,
    stackedOn: task.delivery?.stackedOn?.task ?? null,
    rounds: record.rounds,
    observedAt: iso(record.observedAt),
    mergeAskedAt: seen.state === 'open' ? iso(mergeAsked?.at ?? null) : null,
    others: (record.others ?? []).map(({ at, ...one }) => ({ ...one, at: iso(at) })),
  };
}

function stateOf(checks: readonly Check[]): 'none' | 'pending' | 'green' | 'red' {
  if (checks.some(({ state }) => state === 'red')) return 'red';
  if (checks.some(({ state }) => state === 'pending')) return 'pending';
  return checks.length === 0 ? 'none' : 'green';
}

/** Cancels tasks, and closes the pull requests of those that are cancelled now, or were before. */
export async function cancelAndClose(acting: Acting, tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const outcome of await cancelTasks(acting, tasks)) {
    const task = (await acting.ports.store.taskByKey(outcome.task.key)) ?? outcome.task;
    outcomes.push(task.state === 'cancelled' ? await closed(acting, { task, outcome }) : outcome);
  }
  return outcomes;
}

async function closed(acting: Acting, { task, outcome }: { readonly task: Task; readonly outcome: Outcome }): Promise<Outcome> {
  const pull = task.delivery?.pull ?? null;
  if (pull === null || (pull.seen !== null && pull.seen.state !== 'open')) return outcome;
  const made = await acting.worldFor(task);
  try {
    return await closePull(made.world, { task, why: textOf(task.reason), signal: new AbortController().signal });
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { code, data } = fault;
    const hint = closedLater(task, code === 'forge-away' ? null : fault.hint);
    return {
      outcome: 'failed',
      task,
      fault: new Fault({ code, message: `${leftOpen(task)}: ${fault.message}`, hint, data, cause: fault }),
    };
  } finally {
    made.end();
  }
}

/**
 * Closes the pull request at the forge, with a comment that says why. One that is still to be opened may be there already, if
 * the answer to its opening was lost.
 */
async function closePull(
  world: Pick<World, 'store' | 'repo' | 'forges' | 'memory' | 'clock' | 'settings'>,
  given: { readonly task: Task; readonly why: string; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { task, why, signal } = given;
  const pull = task.delivery?.pull ?? null;
  if (pull === null) return { outcome: 'done', task, note: null };
  const settings = await world.settings(task.repo);
  const place = await locate(world, { repo: task.repo, settings });
  const answer = place === null ? null : await signIn(world, { ...place, settings, signal });
  const { repository } = pull;
  if (answer?.signedIn !== true) return notSignedIn(task, answer);
  const account = answer.account.within(signal);
  const found = pull.seen ?? (await openOf(account, { repository, branch: task.delivery?.branch ?? null }));
  if (found === null) return { outcome: 'done', task, note: null };
  const { number } = found;
  await account.say({ repository, number, thread: null, text: closingText({ task: task.id, why }) });
  await account.edit({ repository, number, state: 'closed' });
  const at = world.clock.now();
  const seen = { ...found, state: 'closed', endedBy: account.login, updatedAt: at } as const;
  await world.store.changePull({
    key: task.key,
    at,
    change: ({ delivery }) => {
      const now = delivery?.pull ?? null;
      if (now === null) return null;
      return { pull: now.seen === null ? opened({ plan: now, pull: seen, head: seen.head.commit, at }) : { ...now, seen } };
    },
  });
  return { outcome: 'done', task, note: `pull request #${number} is closed` };
}

function notSignedIn(task: Task, answer: Exclude<SignIn, { signedIn: true }> | null): Outcome {
  const { why, message, hint } = answer ?? {
    why: 'none',
    message: 'the remote of its repository does not lead to its forge',
    hint: 'yardmaster doctor says where the remote leads',
  };
  return { outcome: 'refused', task, why: `${leftOpen(task)}: ${message}`, instead: closedLater(task, why === 'away' ? null : hint) };
}

function leftOpen({ id, delivery }: Task): string {
  const number = openedPull(delivery)?.seen.number ?? null;
  return `${id} is cancelled, but ${number === null ? 'its pull request may be open' : `pull request #${number} is still open`}`;
}

/** `hint`: what is to be done before; null: the forge does not answer, and nothing but time helps. */
function closedLater({ id }: Task, hint: string | null): string {
  const again = `yardmaster cancel ${id} --close`;
  return hint === null ? `once it answers, run ${again} again` : `${hint}; then run ${again} again`;
}

async function openOf(
  account: ForgeAccount,
  given: { readonly repository: ForgeRepository; readonly branch: string | null },
): Promise<PullRequest | null> {
  const { repository, branch } = given;
  if (branch === null) return null;
  const all = await account.ofBranch({ repository, head: { owner: repository.owner, branch } });
  return all.find(({ state }) => state === 'open') ?? null;
}
