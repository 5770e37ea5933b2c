import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../figure.ts';
import { addFinished } from '../finished-tasks.ts';
import { cpuOf, now } from '../samples.ts';
import { agents, keepUp, openStage } from '../stage.ts';
import { startProgram, leaveProgram } from '../supervised.ts';

const seconds = 30;
const many = 300;

export const idle: Figure = {
  name: 'idle',
  says:
    `the installed program, over ${seconds} s with nothing to do, from 15 s after its start on: 100 finished tasks, and one that waits until tomorrow; beside it, the same with ${many} repositories, each with a list and a waiting task. The limit: a Node ` +
    'whose timer reads the state of one file every second, in the same time. Tokens: those of all attempts that it made.',
  async take(ground) {
    const stage = openStage(ground, { name: 'idle', agent: agents.noChange });
    const store = await stage.store();
    await addFinished(store, { stage, count: 100 });
    await keepUp(store, stage.repo);
    const ours = startProgram(ground, { stage, name: 'idle', args: ['run', '--all'] });
    const more = openStage(ground, { name: 'idle-many', agent: agents.noChange });
    const lists = await more.store();
    for (let at = 0; at < many; at += 1) {
      const repo = join(more.folder, `repo-${at}`);
      mkdirSync(repo);
      writeFileSync(join(repo, 'TODO.md'), '- [ ] t1 A task without #auto-dispatch\n');
      await keepUp(lists, repo);
    }
    const ofMany = startProgram(ground, { stage: more, name: 'idle-many', args: ['run', '--all'] });
    const looks = `setInterval(() => fs.statSync(${JSON.stringify(stage.repo)}), 1000)`;
    const theirs = ground.own(spawn(process.execPath, ['-e', looks], { stdio: 'ignore' }));
    if (theirs.pid === undefined) throw new Error('Node could not be started');
    // Both are past their start by then: V8 collects the garbage of the start in two full collections, about nine seconds
    // after it.
    await sleep(15_000);
    const pids = [ours.pid, theirs.pid, ofMany.pid];
    const before = pids.map((pid) => cpuOf(pid).own);
    const from = now();
    await sleep(seconds * 1000);
    const [value = Number.NaN, limit = Number.NaN, crowd = Number.NaN] = pids.map(
      (pid, at) => ((cpuOf(pid).own - (before[at] ?? 0)) / (now() - from)) * 100,
    );
    const attempts = await store.openAttempts();
    await leaveProgram(ours);
    await leaveProgram(ofMany);
    await lists.end();
    theirs.kill('SIGKILL');
    await store.end();
    const tokens = attempts.reduce((total, { tokens: { input, output } }) => total + input + output, 0);
    return [
      {
        what: 'CPU',
        value,
        unit: '% of a core',
        limit: { what: 'Node with a timer', value: limit },
        bar: { of: 'value', most: 0.3 },
        note: 'counted in steps of 10 ms',
      },
      { what: `CPU, ${many} repositories`, value: crowd, unit: '% of a core', limit: null, bar: { of: 'value', most: 0.5 } },
      {
        what: 'tokens',
        value: tokens,
        unit: 'tokens',
        limit: null,
        bar: { of: 'value', most: 0 },
        note: `${attempts.length} workers started`,
      },
    ];
  },
};
