import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import { localHost } from './local-host.ts';

const shell = (script: string): CommandSpec => ({
  file: '/bin/sh',
  args: ['-c', script],
  env: { set: { PATH: '/usr/bin:/bin' }, unset: [], secret: [] },
  stdin: null,
  cwd: '/',
  files: [],
});
const host = localHost();
const nothing = async (): Promise<void> => {};

test.each([
  ['of itself', 'exit 3', { code: 3, signal: null }],
  ['by a signal', 'kill -TERM $$', { code: 143, signal: 'SIGTERM' }],
])('how it ended is answered: %s', async (_, script, exit) => {
  expect(await host.seat(shell(script), nothing)).toEqual(exit);
});

test('its identity is told while it runs, and it is gone when it has ended', async () => {
  const identities: string[] = [];
  await host.seat(shell('exit 0'), async (identity) => void identities.push(identity));
  expect(identities).toHaveLength(1);
  expect(host.isGone(identities[0] ?? '')).toBe(true);
  expect(host.isGone(host.identity())).toBe(false);
});

test('nobody may hear of it: then it is ended', async () => {
  const deaf = host.seat(shell('exec sleep 1000'), () => Promise.reject(new Error('the database is gone')));
  await expect(deaf).rejects.toThrow('the database is gone');
});

test('a command that is not there is a fault', async () => {
  const missing = host.seat({ ...shell(''), file: '/nowhere/agent' }, nothing);
  await expect(missing).rejects.toThrow(Fault);
  await expect(missing).rejects.toMatchObject({ code: 'launch-failed' });
});
