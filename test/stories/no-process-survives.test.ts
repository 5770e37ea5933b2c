// However a worker ends, nothing that it started is left, and nobody else's process is touched. Seen twice: by the
// marker, and by the odd times for which the processes sleep. What has neither our marker nor our group any longer
// (`cleared`) is ended by the PID namespace alone, so it is started only where there is one.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Action, ForkKind } from '../agent/script.ts';
import { atWork, becomes, draining, eventsOf, judged, stopping } from '../support/events-of.ts';
import { attemptOf, counted, each, endedFromOutside, killed, namespaces, person, secondsOf } from '../support/processes-left-behind.ts';
import { needsAgents, needsLinux } from '../support/skip-without.ts';
import { agentOf, kill, oddSeconds, sleeping, startTimeOf } from '../support/sleepers.ts';
import { ended, openYard, strays, type Told } from '../support/yard.ts';

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };
const marked = ['nohup', 'setsid', 'double-fork'] as const;
const withCleared = namespaces ? ([...marked, 'cleared'] as const) : marked;

function forks(seconds: number | undefined, kinds: readonly ForkKind[]): Action[] {
  return kinds.map((kind) => ({ fork: { kind, seconds: seconds ?? 0 } }));
}

needsLinux('sleepers are looked for in /proc');

describe('the scripted agent, whose children are in sessions of their own', () => {
  test.for([
    ['auto', withCleared],
    ['off', marked],
  ] as const)('nothing survives any kind of end with worker.pidNamespace: %s', async ([pidNamespace, kinds]) => {
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
  });

  test('a supervisor that is being stopped also ends the workers of another one that dies meanwhile', async () => {
    const seconds = secondsOf(['t1', 't2']);
    const yard = await openYard({
      todo: '- [ ] t1 Wait #auto-dispatch\n- [ ] t2 Heed nothing #auto-dispatch\n',
      config: { worker: { graceSeconds: 300 } },
      actions: {
        t1: [[...forks(seconds.get('t1'), marked), { say: 'at work' }, { hang: true }]],
        t2: [[{ ignoreTerm: true }, ...forks(seconds.get('t2'), marked), { say: 'at work' }, { hang: true }]],
      },
    });
    const dying = yard.start('run', '--json', '--task', 't1');
    await eventsOf(dying)(atWork('t1'));
    const stopped = yard.start('run', '--json', '--task', 't2');
    const event = eventsOf(stopped);
    const all = ended(stopped);
    await event(atWork('t2'));
    stopped.kill('SIGINT');
    await event(draining);
    stopped.kill('SIGINT');
    await event(stopping('t2'));
    await killed(dying);
    await event(judged('t1'));
    // It would have been given the whole time of grace.
    kill(agentOf({ attempt: await attemptOf(event, 't2'), program: process.execPath }));
    expect((await all).code).toBe(130);
    expect((await yard.json<Told[]>('ls')).map((task) => [task.state, task.verdict])).toEqual([
      ['queued', 'stopped'],
      ['queued', 'stopped'],
    ]);
    expect([strays(yard.home), counted(seconds, ['t1', 't2'])]).toEqual([[], { t1: 0, t2: 0 }]);
  });

  test('the push of a supervisor that was killed ends when its task is taken over, and the work arrives', async () => {
    const seconds = oddSeconds();
    const yard = await openYard({ todo: '- [ ] t1 Push it #auto-dispatch\n', actions: { t1: [[commit]] } });
    // Only the first push comes to hang there, in a session of its own.
    const hook = `#!/bin/sh\nmkdir '${yard.root}/first' 2>/dev/null && exec setsid --wait sleep ${seconds}\nexit 0\n`;
    yard.write(join(yard.root, 'origin.git/hooks/pre-receive'), hook, 0o755);
    const first = yard.start('run', '--json');
    await expect.poll(() => sleeping(seconds).length).toBe(1);
    await killed(first);
    expect(sleeping(seconds)).toHaveLength(1);
    const { code, stderr } = await yard.run('run');
    expect(code, stderr).toBe(0);
    expect([sleeping(seconds), strays(yard.home)]).toEqual([[], []]);
    const { branch, state } = await yard.json<Told>('show', 't1');
    expect(state).toBe('done');
    expect(yard.git('ls-remote', '--heads', 'origin', branch ?? '')).toContain(branch);
  });

  test('after a reboot the workers are gone, and processes that have their pids now are left alone', async () => {
    const seconds = secondsOf(['t1', 'person']);
    const yard = await openYard({
      todo: '- [ ] t1 Go on #auto-dispatch\n',
      actions: {
        t1: [[...forks(seconds.get('t1'), marked), { say: 'at work' }, { hang: true }], [commit]],
        t99: [[...forks(seconds.get('person'), ['setsid']), { hang: true }]],
      },
    });
    yard.write(join(yard.home, 'attempts', 'notes', 'mine.txt'), 'of somebody else');
    const theirs = person(yard, { name: 'opencode', args: ['run'], prompt: 'Do task t99.' });
    const first = yard.start('run', '--json');
    await eventsOf(first)(atWork('t1'));
    await killed(first);
    const database = new DatabaseSync(join(yard.home, 'yardmaster.db'));
    const row = database.prepare('select launch, holder from attempts').get() as { launch: string; holder: string };
    const launch = JSON.parse(row.launch) as { ref: { pid: number; group: number } };
    // The whole group at once: its leader must not come to write how the agent ended.
    kill(-launch.ref.group);
    sleeping(seconds.get('t1') ?? 0).forEach(kill);
    const [pid, startTime, bootId] = [theirs.pid ?? 0, startTimeOf(theirs.pid ?? 0), '00000000-0000-4000-8000-000000000000'];
    database
      .prepare('update attempts set launch = ?, holder = ?')
      .run(
        JSON.stringify({ ...launch, ref: { ...launch.ref, pid, startTime, group: pid, bootId } }),
        [row.holder.split('|')[0], bootId, pid, startTime].join('|'),
      );
    database.close();

    const { code, stderr } = await yard.run('run');
    expect(code, stderr).toBe(0);
    expect(await yard.json('show', 't1')).toMatchObject({
      state: 'done',
      retries: 0,
      attempts: [{ verdict: 'killed', pid }, { verdict: 'work' }],
    });
    expect(startTimeOf(pid)).toBe(startTime);
    expect(sleeping(seconds.get('person') ?? 0)).toHaveLength(1);
    expect([strays(yard.home), counted(seconds, ['t1'])]).toEqual([[], { t1: 0 }]);
    expect(readdirSync(join(yard.home, 'attempts'))).toContain('notes');
  });
});

describe('the real agents, whose shell tool left servers behind', () => {
  // One end of each; every end of both agents, also under a supervisor that took them over, is in no-process-survives.full.test.ts.
  needsAgents('claude', 'opencode');

  test('after TERM or KILL of the agent, what its shell tool left is found by the marker and ended, and a person’s session goes on', async ({
    signal,
  }) => {
    await endedFromOutside({
      workers: [
        ['claude', 'SIGTERM'],
        ['opencode', 'SIGKILL'],
      ],
      persons: ['claude'],
      signal,
    });
  });
});
