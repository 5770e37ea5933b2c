import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from '../../src/lib/processes.ts';
import type { Figure } from '../figure.ts';
import { profiled } from '../profile.ts';
import { inTurns, median } from '../samples.ts';

const [count, rounds] = [1000, 30];

export const scan: Figure = {
  name: 'scan',
  says:
    `one scan for processes that carry a marker, with ${count} more processes on the machine. The limit: a bare loop that opens, reads and closes ` +
    'every /proc/PID/environ.',
  async take(ground) {
    const many = `i=0; while [ $i -lt ${count} ]; do sleep 100000 & i=$((i+1)); done; wait`;
    const child = ground.own(spawn('/bin/sh', ['-c', many], { detached: true, stdio: 'ignore' }));
    if (child.pid === undefined) throw new Error('the processes could not be started');
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    while (readFileSync(children, 'latin1').trim().split(' ').length < count) await sleep(50);
    const marker = randomUUID();
    const turns = { scan: () => void processes.carriers({ name: 'YARDMASTER_ATTEMPT', value: marker }), least: readAll };
    await inTurns(3, turns);
    const spent = await profiled(ground, { name: 'scan', run: () => inTurns(rounds, turns) });
    process.kill(-child.pid, 'SIGKILL');
    const row = { unit: 'ms', bar: { of: 'value', most: 20 } } as const;
    return [
      { ...row, what: 'wall, median', value: median(spent.scan.wall), limit: { what: 'bare reads', value: median(spent.least.wall) } },
      { ...row, what: 'CPU, mean', value: spent.scan.cpu / rounds, limit: { what: 'bare reads', value: spent.least.cpu / rounds } },
    ];
  },
};

const bytes = Buffer.alloc(1 << 16);

function readAll(): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const file = openSync(`/proc/${pid}/environ`, 'r');
      try {
        readSync(file, bytes);
      } finally {
        closeSync(file);
      }
    } catch {
      // The process is gone, or belongs to somebody else.
    }
  }
}
