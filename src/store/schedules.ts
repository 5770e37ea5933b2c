// Schedules: what is to run at which times, and who runs it.
import type { Schedule, Store } from '../ports/store.ts';
import type { Engine, Reader } from './engine.ts';
import { toSchedule } from './rows.ts';
import type { ScheduleRow } from './schema.ts';
import { record, sql } from './sql.ts';

export function putSchedule(engine: Engine, given: Parameters<Store['putSchedule']>[0]): Promise<number> {
  const { repo, cron, target, nextAt, at } = given;
  const row = {
    repo,
    cron,
    target_kind: target.kind,
    target_name: target.name,
    next_at: nextAt,
    last_at: null,
    missed: 0,
    created_at: at,
  } satisfies Omit<ScheduleRow, 'id'>;
  return engine.write(async (tx) => {
    const put = await tx.one<Pick<ScheduleRow, 'id'>>(sql`insert into schedules ${record(row)} returning id`);
    if (put === undefined) throw new Error('a schedule was not stored');
    return put.id;
  });
}

export async function listSchedules(read: Reader): Promise<readonly Schedule[]> {
  return (await read.all<ScheduleRow>(sql`select * from schedules order by id`)).map(toSchedule);
}

export function removeSchedule(engine: Engine, id: number): Promise<boolean> {
  return engine.write(async (tx) => (await tx.run(sql`delete from schedules where id = ${id}`)) === 1);
}

export function fireSchedule(engine: Engine, given: Parameters<Store['fireSchedule']>[0]): Promise<boolean> {
  const { id, from, nextAt, at, missed } = given;
  return engine.write(
    async (tx) =>
      (await tx.run(sql`
        update schedules set next_at = ${nextAt}, last_at = ${at}, missed = missed + ${missed}
        where id = ${id} and next_at = ${from}`)) === 1,
  );
}
