// `schedule …`: manages tasks and batches that are started at set times.
import { Fault } from '../../core/fault.ts';
import { ring } from '../../lib/bell.ts';
import { nextRun } from '../../lib/cron.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import type { Schedule, Store } from '../../ports/store.ts';
import { homeOf, openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { takeNamed } from '../find-task.ts';
import { registeredRepo } from '../registered.ts';
import { requireBatch } from './add.ts';

export interface ScheduleFlags {
  json?: boolean;
  repo?: string;
  task?: string;
  batch?: string;
}

export async function add(this: CliContext, flags: ScheduleFlags, cron: string): Promise<void> {
  const store = await openStore(this);
  try {
    const at = systemClock.now();
    const { repo, target } = await targetOf(this, { store, flags });
    const nextAt = firstRun({ cron, at });
    const added = await store.putSchedule({ repo, cron, target, nextAt, at });
    await ring(homeOf(this).bell);
    if (flags.json !== true) this.out.write(`schedule ${added} added\n`);
    await print(this, { store, json: flags.json === true, added });
  } finally {
    await store.end();
  }
}

export async function list(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const store = await openStore(this);
  try {
    await print(this, { store, json: flags.json === true });
  } finally {
    await store.end();
  }
}

export async function remove(this: CliContext, flags: { json?: boolean }, id: number): Promise<void> {
  const store = await openStore(this);
  try {
    if (!(await store.removeSchedule(id)))
      throw new Fault({ code: 'unknown-schedule', message: `there is no schedule ${id}`, hint: '`yardmaster schedule list` shows all' });
    await print(this, { store, json: flags.json === true });
  } finally {
    await store.end();
  }
}

async function targetOf(context: CliContext, given: { store: Store; flags: ScheduleFlags }): Promise<Pick<Schedule, 'repo' | 'target'>> {
  const { store, flags } = given;
  if (flags.task !== undefined && flags.batch === undefined) {
    const task = await takeNamed(context, { store, id: flags.task, repo: flags.repo });
    return { repo: task.repo, target: { kind: 'task', name: task.id } };
  }
  if (flags.batch !== undefined && flags.task === undefined) {
    await requireBatch(store, flags.batch);
    return { repo: await registeredRepo(context, { store, dir: flags.repo }), target: { kind: 'batch', name: flags.batch } };
  }
  throw new Fault({
    code: 'usage',
    message: 'a schedule starts either one task or one batch',
    hint: 'give it with --task ID or with --batch NAME',
  });
}

function firstRun(given: { cron: string; at: number }): number {
  const { cron, at } = given;
  let next: number | null;
  try {
    next = nextRun({ cron, after: at });
  } catch (error) {
    throw new Fault({
      code: 'cron',
      message: `${cron} is not a cron pattern: ${error instanceof Error ? error.message : String(error)}`,
      hint: "write five fields: minute hour day month weekday, such as '0 3 * * *' for every night at three",
      cause: error,
    });
  }
  if (next === null) throw new Fault({ code: 'cron', message: `${cron} never occurs`, hint: 'check its day and month' });
  return next;
}

async function print(context: CliContext, given: { store: Store; json: boolean; added?: number }): Promise<void> {
  const { added } = given;
  const schedules = await given.store.schedules();
  if (given.json) {
    const rows = schedules.map(({ id, repo, cron, target, nextAt, lastAt, missed }) => ({
      id,
      repo,
      cron,
      [target.kind]: target.name,
      nextAt: timeOf(nextAt),
      lastAt: iso(lastAt),
      missed,
      // Other processes may have added schedules in the meantime.
      ...(added === undefined ? {} : { added: id === added }),
    }));
    return printJson(context, rows);
  }
  const head = ['N', 'PATTERN', 'STARTS', 'NEXT', 'MISSED'];
  const rows = schedules.map(({ id, cron, target, nextAt, missed }) => [
    String(id),
    cron,
    `${target.kind} ${target.name}`,
    timeOf(nextAt) ?? 'never',
    String(missed),
  ]);
  context.out.write(schedules.length === 0 ? 'no schedules\n' : table([head, ...rows]));
}

/** Null if the pattern never matches again. */
function timeOf(at: number): string | null {
  return at === Number.MAX_SAFE_INTEGER ? null : iso(at);
}
