// Nine workers of the scripted agent that end in nine ways, whose children are in sessions of their own. What has neither our marker
// nor our group any longer (`cleared`) is ended by the PID namespace alone, so it is started only where there is one.
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Action, ForkKind } from '../agent/script.ts';
import { atWork, becomes, draining, eventsOf } from './events-of.ts';
import { attemptOf, counted, each, killed, namespaces, person, secondsOf } from './processes-left-behind.ts';
import { agentOf, sleeping } from './sleepers.ts';
import { ended, openYard, strays, type Told } from './yard.ts';

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };
export const marked = ['nohup', 'setsid', 'double-fork'] as const;
const withCleared = namespaces ? ([...marked, 'cleared'] as const) : marked;

export function forks(seconds: number | undefined, kinds: readonly ForkKind[]): Action[] {
  return kinds.map((kind) => ({ fork: { kind, seconds: seconds ?? 0 } }));
}

/** Nothing is left of any of them, and somebody else's process with the same name is. */
export async function nothingSurvives(pidNamespace: 'auto' | 'off'): Promise<void> {
  const kinds = pidNamespace === 'auto' ? withCleared : marked;
  // Two agents take turns, because they answer TERM differently.
  const ids = ['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9'];
  const seconds = secondsOf([...ids, 'person']);
  const begin = (id: string): Action[] => [...forks(seconds.get(id), kinds), { say: 'at work' }];
  const deaf: Action = { ignoreTerm: true };
  const yard = await openYard({
    todo: ids.map((id, i) => `- [ ] ${id} End well #auto-dispatch ${i % 2 === 0 ? 'agent:claude model:opus' : ''}\n`).join(''),
    config: { worker: { pidNamespace, graceSeconds: 0.5 } },
    actions: {
      t1: [[commit, ...begin('t1')]],
      t2: [[deaf, ...begin('t2'), { hang: true }]],
      t3: [[...begin('t3'), { hang: true }], [commit]],
      t4: [[deaf, ...begin('t4'), { hang: true }], [commit]],
      t5: [[deaf, ...begin('t5'), { hang: true }], [commit]],
      t6: [[commit, ...begin('t6'), { waitFor: { file: 'go' } }]],
      t7: [[deaf, ...begin('t7'), { hang: true }]],
      t8: [[...begin('t8'), { hang: true }], [commit]],
      t9: [[deaf, ...begin('t9'), { hang: true }]],
      t99: [[...forks(seconds.get('person'), ['setsid']), { hang: true }]],
    },
  });
  const theirs = person(yard, { name: 'claude', args: ['-p'], prompt: 'Do task t99.' });
  const first = yard.start('run', '--json', '--concurrency', '9');
  const event = eventsOf(first);
  await Promise.all(ids.map((id) => event(atWork(id))));
  const attempts = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await attemptOf(event, id)])));
  const agent = (id: string): number => agentOf({ attempt: attempts[id] ?? '', program: process.execPath });

  // Under the supervisor that started them.
  await event(becomes('t1', 'done'));
  expect(counted(seconds, ['t1'])).toEqual({ t1: 0 });
  process.kill(agent('t3'), 'SIGTERM');
  process.kill(agent('t4'), 'SIGKILL');
  const { attempts: shown } = await yard.json<{ attempts: { pid: number }[] }>('show', 't5');
  process.kill(shown[0]?.pid ?? 0, 'SIGKILL');
  await yard.run('cancel', 't2');
  await Promise.all(['t3', 't4', 't5'].map((id) => event(becomes(id, 'done'))));
  expect(counted(seconds, ['t2', 't3', 't4', 't5'])).toEqual(each(['t2', 't3', 't4', 't5'], 0));

  // Under the next one, after the first was killed.
  await killed(first);
  expect(counted(seconds, ['t6', 't7', 't8', 't9'])).toEqual(each(['t6', 't7', 't8', 't9'], kinds.length));
  process.kill(agent('t8'), 'SIGKILL');
  yard.write(join(yard.root, 'agents', 'go'), '');
  const second = yard.start('run', '--json', '--concurrency', '9');
  const next = eventsOf(second);
  const all = ended(second);
  await Promise.all(['t6', 't8'].map((id) => next(becomes(id, 'done'))));
  await yard.run('cancel', 't7');
  expect(counted(seconds, ['t6', 't7', 't8', 't9'])).toEqual({ t6: 0, t7: 0, t8: 0, t9: kinds.length });
  second.kill('SIGINT');
  await next(draining);
  second.kill('SIGINT');
  expect((await all).code).toBe(130);

  expect(strays(yard.home)).toEqual([]);
  expect(counted(seconds, ids)).toEqual(each(ids, 0));
  const told = await yard.json<Told[]>('ls');
  expect(Object.fromEntries(told.map((task) => [task.id, `${task.state}, ${task.attempts}`]))).toEqual({
    ...Object.fromEntries(['t1', 't6'].map((id) => [id, 'done, 1'])),
    ...Object.fromEntries(['t3', 't4', 't5', 't8'].map((id) => [id, 'done, 2'])),
    ...Object.fromEntries(['t2', 't7'].map((id) => [id, 'cancelled, 1'])),
    t9: 'queued, 1',
  });
  expect([theirs.exitCode, theirs.signalCode, sleeping(seconds.get('person') ?? 0).length]).toEqual([null, null, 1]);
}
