import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { needsLinux } from '../../../test/support/skip-without.ts';
import { hostContract } from '../../ports/host.testsuite.ts';
import { carriers } from './carriers.samples.ts';
import { localHost } from './local-host.ts';
import { nameOf } from './machine.ts';
import { localSite } from './site.ts';

describe('on Linux', () => {
  needsLinux('processes are looked for in /proc');
  hostContract('local', { make: localHost, module: new URL('./local-host.ts', import.meta.url).href, maker: 'localHost', carriers });
});

test('an identity is gone on proof only: another boot, or a pid that is somebody else’s; never another machine’s', () => {
  const host = localHost();
  const [machine, boot, pid, startTime] = host.identity().split('|');
  const [hostname] = host.name.split('#');
  expect(machine).toBe(host.name);
  expect(host.isGone([machine, 'another boot', pid, startTime].join('|'))).toBe(true);
  expect(host.isGone([machine, boot, pid, '1'].join('|'))).toBe(true);
  expect(host.isGone([`${hostname}#000000000000`, 'another boot', pid, '1'].join('|'))).toBe(false);
  // The form that was stored when machines were distinguished only by their hostname.
  expect(host.isGone([hostname, 'another boot', pid, startTime].join('|'))).toBe(true);
});

test('what is no file is not read: a pipe that a worker left would be waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-site-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, 'opencode.json');
  execFileSync('mkfifo', [pipe]);
  const site = localSite({ checkout: folder, taskFolder: folder, privateFolder: folder, env: {} });
  const opened = await site.open(pipe, () => 'opened');
  expect([await site.text(pipe), opened]).toEqual([null, null]);
});

describe('the name of a machine', () => {
  const one = { platform: 'linux', hostname: 'box', machineId: '3d1219c7c4c5404aaa1f6d2a48adfda4' };
  it('tells machines apart by their id and by their hostname, and does not tell the id', () => {
    expect(nameOf(one)).toMatch(/^box#[\da-f]{12}$/);
    expect(nameOf({ ...one, machineId: 'another' })).not.toBe(nameOf(one));
    expect(nameOf({ ...one, hostname: 'other' })).not.toBe(nameOf(one));
    expect(nameOf(one)).not.toContain(one.machineId.slice(0, 6));
  });

  it('is the hostname alone where there is no id, and not changed by it where the network gives hostnames', () => {
    expect(nameOf({ ...one, machineId: null })).toBe('box');
    expect(nameOf({ ...one, platform: 'darwin' })).toBe(nameOf({ ...one, platform: 'darwin', hostname: 'other' }));
  });
});
