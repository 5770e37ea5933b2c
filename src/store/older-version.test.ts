// States that supervisors of older versions left, in which a person could queue or cancel a task whose worker was running.
import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimBy, claimed, closeAs, closing, verdict } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

test.each(['queued', 'cancelled'] as const)('a task that is %s beside its open attempt is let be until that has ended', async (state) => {
  const folder = await mkdtemp(join(tmpdir(), 'yard-older-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'db');
  const store = await openStore({ file });
  const { task, attempt, lease } = await claimed(store, 't1');
  const { key } = task;
  const database = new DatabaseSync(file);
  database.prepare('update tasks set state = ?').run(state);
  database.close();

  expect(await claimBy(store, { taskKey: key })).toMatchObject({ claimed: false });
  expect(await store.hold({ key, holder: 'me', what: 'clearing', at: 1 })).toBe(false);
  expect(await store.act({ key, action: 'retry', at: 20 })).toMatchObject({ acted: 'refused' });
  expect(await store.act({ key, action: 'cancel', at: 20 })).toEqual({ acted: 'stopping', attempt: attempt.id });
  const ended = closing({ verdict: { ...verdict, kind: 'cancelled' } });
  expect(await closeAs(store, { lease, to: 'cancelled', closing: ended })).toBe('ok');
  expect((await store.taskByKey(key))?.state).toBe(state);
  await store.act({ key, action: 'cancel', at: 30 });
  expect((await store.taskByKey(key))?.state).toBe('cancelled');
  await store.end();
});
