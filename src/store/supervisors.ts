// Who supervises this home, and which notices a person has had already.
import type { Store, Supervisor } from '../ports/store.ts';
import type { Engine, Reader } from './engine.ts';
import { refuseNewer } from './migrate.ts';
import { toSupervisor } from './rows.ts';
import type { SupervisorRow } from './schema.ts';
import { record, sql } from './sql.ts';

export async function enlist(engine: Engine, given: Parameters<Store['enlist']>[0]): Promise<void> {
  const { holder, kind, pid, at } = given;
  const row = { holder, kind, pid, started_at: at, wish: null } satisfies SupervisorRow;
  await engine.write(async (tx) => {
    // An update waits for every listed supervisor, so this one may be added only to a database that is not too new for it.
    await refuseNewer(tx);
    await tx.run(sql`
      insert into supervisors ${record(row)}
      on conflict (holder) do update set kind = excluded.kind, pid = excluded.pid, started_at = excluded.started_at`);
  });
}

export async function dismiss(engine: Engine, given: Parameters<Store['dismiss']>[0]): Promise<void> {
  await engine.write((tx) => tx.run(sql`delete from supervisors where holder = ${given.holder}`));
}

export async function askSupervisor(engine: Engine, given: Parameters<Store['askSupervisor']>[0]): Promise<void> {
  await engine.write((tx) => tx.run(sql`update supervisors set wish = ${given.wish} where holder = ${given.holder}`));
}

export async function listSupervisors(read: Reader): Promise<readonly Supervisor[]> {
  return (await read.all<SupervisorRow>(sql`select * from supervisors order by started_at, holder`)).map(toSupervisor);
}

export function notices(read: Reader, given: Parameters<Store['notices']>[0]): ReturnType<Store['notices']> {
  const { prefix, limit } = given;
  // A range up to the next string without this prefix, for which the key's index can be used.
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  return read.all(sql`select key, at from notices where key >= ${prefix} and key < ${end} order by at desc, key limit ${limit}`);
}

export async function notice(engine: Engine, given: Parameters<Store['notice']>[0]): Promise<boolean> {
  const { key, at } = given;
  // A condition lasts for many pulses; a notice that was given before must not take the write lock again.
  if ((await engine.read.one(sql`select at from notices where key = ${key}`)) !== undefined) return false;
  return engine.write(async (tx) => (await tx.run(sql`insert into notices ${record({ key, at })} on conflict (key) do nothing`)) === 1);
}
