// However a worker ends, nothing that it started is left, and nobody else's process is touched. Seen twice: by the
// marker, and by the odd times for which the processes sleep.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { forks, marked, nothingSurvives } from '../support/ends-of-workers.ts';
import { atWork, draining, eventsOf, judged, stopping } from '../support/events-of.ts';
import { attemptOf, counted, endedFromOutside, killed, person, secondsOf } from '../support/processes-left-behind.ts';
import { needsAgents, needsLinux } from '../support/skip-without.ts';
import { agentOf, kill, oddSeconds, sleeping, startTimeOf } from '../support/sleepers.ts';
import { ended, openYard, strays, type Told } from '../support/yard.ts';

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };

needsLinux('sleepers are looked for in /proc');

describe('the scripted agent, whose children are in sessions of their own', () => {
  // Without PID namespaces: no-process-survives.full.test.ts. Who looks for what, with and without them, is in src/places/local.
  test('nothing survives any kind of end', () => nothingSurvives('auto'));

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
