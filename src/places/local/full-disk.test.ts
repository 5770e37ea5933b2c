// A worker that ends while the disk with its folder is full: there is no room for its exit status, which only its wrapper
// knows.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fill, mount, noOwnDisk } from '../../../test/support/small-disk.ts';
import type { Launch } from '../../core/task/attempt.ts';
import { localPlace } from './local-place.ts';

const place = localPlace();
const never = new AbortController().signal;

describe.each(['off', 'auto'] as const)('isolation %s', (isolate) => {
  /** Its worker has ended with 3, which could not be recorded. */
  async function endOnFullDisk(skip: (condition: boolean, why: string) => void): Promise<{ launch: Launch; free: () => void }> {
    const root = mkdtempSync(join(tmpdir(), 'yard-full-disk-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const disk = join(root, 'disk');
    skip(!mount(disk, '-t', 'tmpfs', '-o', 'size=256k', 'none'), noOwnDisk);
    const go = join(root, 'go');
    execFileSync('mkfifo', [go]);
    const launch = await place.launch({
      spec: {
        ...{ file: '/bin/sh', args: ['-c', `read -r go <'${go}'; exit 3`], cwd: root, stdin: null, files: [] },
        env: { set: { PATH: '/nowhere' }, unset: [], secret: [] },
      },
      ...{ folder: join(disk, 'worker'), marker: randomUUID(), isolate, protect: [], writable: [] },
      record: async () => {},
    });
    const free = fill(disk);
    writeFileSync(go, 'go\n');
    // An empty file needs no room.
    await expect.poll(() => existsSync(join(disk, 'worker/end/exit'))).toBe(true);
    return { launch, free };
  }

  test('it counts as running, and its status is written as soon as there is room', async ({ skip }) => {
    const { launch, free } = await endOnFullDisk(skip);
    expect(await place.look(launch)).toEqual({ state: 'running' });
    free();
    await place.ended(launch, never);
    expect(await place.look(launch)).toMatchObject({ state: 'ended', exit: { code: 3, signal: null } });
  });

  test('TERM ends it also then', async ({ skip }) => {
    const { launch } = await endOnFullDisk(skip);
    process.kill(place.view(launch).pid ?? 0, 'SIGTERM');
    await place.ended(launch, never);
    expect(await place.look(launch)).toEqual({ state: 'lost' });
  });
});
