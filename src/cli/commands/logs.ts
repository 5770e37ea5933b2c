// `logs`: shows the transcript of an attempt, for people, as events, or as the agent wrote it. The transcript is passed on
// in pages, no faster than its reader accepts it, and is never in memory as a whole. Following begins near the end.
import type { Attempt } from '../../core/task/attempt.ts';
import { Fault } from '../../core/fault.ts';
import type { Task } from '../../core/task/task.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Store } from '../../ports/store.ts';
import { openPorts, openStore } from '../compose.ts';
import { refuse, type CliContext } from '../context.ts';
import { explainTask, nextStep, type Explained } from '../../api/explain-task.ts';
import { lookUp } from '../find-task.ts';
import { printRaw, type Printing } from '../raw-output.ts';
import { ending, transcriptRow } from '../transcript-row.ts';

export interface LogsFlags {
  json?: boolean;
  follow?: boolean;
  raw?: boolean;
  attempt?: number;
  lines?: number;
  repo?: string;
}

/** Number of events per read. A single event may be megabytes long. */
const pageSize = 200;

/** Number of events with which following begins. */
const tailLines = 200;

const pollMs = 250;

export async function logs(this: CliContext, flags: LogsFlags, id: string): Promise<void> {
  const store = await openStore(this);
  const controller = new AbortController();
  // Without following, Ctrl-C must just end the process, even while a pager does not read on.
  const interrupt = flags.follow === true ? this.onInterrupt(() => controller.abort()) : null;
  try {
    const { task } = await lookUp(this, { store, id, repo: flags.repo });
    const attempt = await attemptOf(this, { store, task, flags, signal: controller.signal });
    if (attempt === null) return;
    const follow = flags.follow === true;
    const last = flags.lines ?? (follow ? tailLines : null);
    const isOver = async (): Promise<boolean> => !follow || controller.signal.aborted || (await isClosed(store, attempt));
    const given = { store, attempt, last, signal: controller.signal, isOver, wait: () => systemClock.sleep(pollMs, controller.signal) };
    if (flags.raw === true) return await printRaw(this, given);
    await printEvents(this, { ...given, json: flags.json === true });
    if (flags.json !== true && !controller.signal.aborted) await conclude(this, { store, task, attempt, follow });
  } finally {
    interrupt?.stop();
    await store.end();
  }
}

/** The requested attempt. Returns null, after printing the reason, if it does not exist. */
async function attemptOf(
  context: CliContext,
  given: { store: Store; task: Task; flags: LogsFlags; signal: AbortSignal },
): Promise<Attempt | null> {
  const { store, task, flags, signal } = given;
  const number = flags.attempt;
  let attempts = await store.attempts(task.key);
  if (attempts.length === 0 && number === undefined) {
    const told = await explainOnce(context, task);
    const why = `${task.id} has no attempt yet: ${told.text}\n  → ${nextStep(told)}`;
    if (flags.follow !== true) {
      refuse(context, why);
      return null;
    }
    context.err.write(`${why}\n`);
    for (; attempts.length === 0 && !signal.aborted; attempts = await store.attempts(task.key)) await systemClock.sleep(pollMs, signal);
  }
  const attempt = number === undefined ? attempts.at(-1) : attempts.find((one) => one.number === number);
  if (attempt === undefined && number !== undefined)
    throw new Fault({ code: 'unknown-attempt', message: `${task.id} has no attempt ${number}`, hint: `it has ${attempts.length}` });
  if (attempt !== undefined && attempts.length > 1 && number === undefined && flags.json !== true)
    context.err.write(`attempt ${attempt.number} of ${attempts.length}, by ${attempt.route.agent}; --attempt N shows another\n`);
  return attempt ?? null;
}

async function printEvents(context: CliContext, given: Printing & { store: Store; json: boolean }): Promise<void> {
  const { store, attempt, last, signal } = given;
  const row = given.json ? null : transcriptRow(context.out, attempt);
  let after = 0;
  for (let first = true; ; first = false) {
    const over = await given.isOver();
    const part = first && last !== null ? { last } : { after, limit: pageSize };
    const page = await store.events({ attempt: attempt.id, ...part });
    const text = page.map((stored) => (row === null ? `${JSON.stringify({ at: iso(stored.at), ...stored.event })}\n` : row(stored)));
    await context.out.send(text.join(''), signal);
    after = page.at(-1)?.seq ?? after;
    if (signal.aborted) return;
    if (page.length >= pageSize) continue;
    if (over) return;
    await given.wait();
  }
}

async function isClosed(store: Store, attempt: Attempt): Promise<boolean> {
  return (await store.attempt(attempt.id))?.state === 'closed';
}

/** Says how the attempt ended, and to a reader who followed it what comes next. */
async function conclude(context: CliContext, given: { store: Store; task: Task; attempt: Attempt; follow: boolean }): Promise<void> {
  const { store, follow } = given;
  const attempt = (await store.attempt(given.attempt.id)) ?? given.attempt;
  if (attempt.verdict === null) return;
  context.out.write(ending(context.out, attempt));
  const task = follow ? await store.taskByKey(attempt.taskKey) : null;
  if (task === null) return;
  const told = await explainOnce(context, task);
  // The reason of a failure is the verdict, which was just printed.
  const why = task.reason.code === 'failure' && told.standing.code === task.state ? '' : `: ${told.text}`;
  const next = task.state === 'done' ? '' : `\n  → ${nextStep(told)}`;
  context.out.write(`${task.id} is ${task.state}${why}${next}\n`);
}

/** Opens everything that an explanation needs; printing a transcript does not need it. */
async function explainOnce(context: CliContext, task: Task): Promise<Explained> {
  const opened = await openPorts(context);
  try {
    return await explainTask(opened.ports, task);
  } finally {
    await opened.end();
  }
}
