// Real processes. Whether a shell can set all names in the environment decides who starts the program; both ways give the
// same result.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processes } from '../../lib/processes.ts';
import { startAtGate } from './starter.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'yard-starter-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gated = (then: string): string => `trap : PIPE; echo "at $$"; read -r go || exit 0; echo off; exec </dev/null >/dev/null; ${then}`;
const start = (then: string, given: { env?: Record<string, string>; cwd?: string; table?: number; args?: readonly string[] } = {}) =>
  startAtGate({
    ...{ file: '/bin/sh', args: ['-c', gated(then), ...(given.args ?? [])], cwd: given.cwd ?? folder },
    ...{ env: given.env ?? {}, table: given.table ?? null },
  });
const said = (): string => readFileSync(join(folder, 'said'), 'utf8');
const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');

const ways = [
  ['by a shell', {}],
  ['by ourselves, for a name that no shell can set', { 'A-B': 'x' }],
] as const;

describe.each(ways)('%s', (_, odd) => {
  test('it waits, and goes on when it may', async () => {
    const gate = await start('echo went >said', { env: odd });
    expect(existsSync(join(folder, 'said'))).toBe(false);
    await gate.open();
    await gate.exited;
    expect(said()).toBe('went\n');
  });

  test('it ends when it may not', async () => {
    const gate = await start('echo went >said', { env: odd });
    await gate.giveUp();
    expect([existsSync(join(folder, 'said')), existsSync(`/proc/${gate.pid}`)]).toEqual([false, false]);
  });

  test('it has its folder, its environment and nothing else, every signal, and a session of its own', async () => {
    const env = { ...odd, PATH: '/usr/bin:/bin', TEXT: `it's "so"\nand $HOME \\ so`, PWD: '/odd' };
    const gate = await start(
      'pwd >said; tr "\\0" "\\n" </proc/self/environ >env; grep SigIgn /proc/self/status >signals; ls -l /proc/$$/fd >files; :',
      {
        env: { ...odd, ...env },
      },
    );
    expect(statOf(gate.pid).slice(2, 4)).toEqual([`${gate.pid}`, `${gate.pid}`]);
    await gate.open();
    await gate.exited;
    expect(said()).toBe(`${folder}\n`);
    const pwd = `PWD=${folder}`;
    const names = readFileSync(join(folder, 'env'), 'utf8').replace('PWD=/odd', pwd);
    const expected = Object.entries({ ...env, PWD: folder }).map(([name, value]) => `${name}=${value}`);
    expect(names.trimEnd().split('\n').toSorted()).toEqual(expected.flatMap((line) => line.split('\n')).toSorted());
    expect(readFileSync(join(folder, 'signals'), 'utf8')).toMatch(/^SigIgn:\s*0+\n$/);
    // The connections to the program and to the shell are sockets.
    expect(readFileSync(join(folder, 'files'), 'utf8')).not.toContain('socket:');
  });

  test('it has the table as its third file', async () => {
    writeFileSync(join(folder, 'table'), 'a table');
    const table = openSync(join(folder, 'table'), 'r');
    const gate = await start('cat <&3 >said', { env: odd, table });
    closeSync(table);
    await gate.open();
    await gate.exited;
    expect(said()).toBe('a table');
  });

  test('in a folder that is missing it cannot be started', async () => {
    await expect(start('', { env: odd, cwd: join(folder, 'none') })).rejects.toThrow(/ENOENT/);
  });

  test('with more words than the system takes it cannot be started', async () => {
    await expect(start('', { env: odd, args: ['x'.repeat(200_000)] })).rejects.toThrow(/E2BIG/);
    const gate = await start('echo went >said', { env: odd });
    await gate.open();
    await gate.exited;
    expect(said()).toBe('went\n');
  });

  test('one that is stopped at its gate ends when it may not go on', async () => {
    const gate = await start('', { env: odd });
    process.kill(gate.pid, 'SIGSTOP');
    await gate.giveUp();
    expect(processes.look(gate.pid)).toBeNull();
  });

  test('one that is killed at its gate is gone, and its word lets no other one through', async () => {
    const gate = await start('', { env: odd });
    process.kill(gate.pid, 'SIGKILL');
    await gate.open();
    await gate.exited;
    const next = await start('echo went >said', { env: odd });
    await next.giveUp();
    expect(existsSync(join(folder, 'said'))).toBe(false);
  });
});

test('what a shell would drop from a word is refused', async () => {
  await expect(start('', { args: ['a\0b'] })).rejects.toThrow(/null bytes/);
});

test('where no file can be opened any more it cannot be started, and that is all', async () => {
  const fixture = fileURLToPath(new URL('no-files.fixture.ts', import.meta.url));
  const child = spawn('/bin/sh', ['-c', `ulimit -n 60; exec "$0" "$1"`, process.execPath, fixture], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(said).toMatch(/^rejected: .*EMFILE\n$/);
});

test('a shell serves one after the other, and one that was ended meanwhile is not used again', async () => {
  const run = async (): Promise<string> => {
    const gate = await start('', {});
    const parent = statOf(gate.pid)[1] ?? '';
    await gate.open();
    await gate.exited;
    return parent;
  };
  const first = await run();
  expect(await run()).toBe(first);
  process.kill(Number(first), 'SIGKILL');
  expect(await run()).not.toBe(first);
});

test('one that may go on does so although the process that started it dies', async () => {
  const fixture = fileURLToPath(new URL('starter.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, folder, 'open'], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  await expect.poll(() => existsSync(join(folder, 'said'))).toBe(true);
});

test('one at its gate, and the shell, end with the process that started them', async () => {
  const fixture = fileURLToPath(new URL('starter.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  // The output ends when every possible writer is gone: the program at its gate, and the shell.
  const pids = text(child.stdout);
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  const [pid = '', shell = ''] = (await pids).trim().split(' ');
  expect(existsSync(join(folder, 'said'))).toBe(false);
  await expect.poll(() => [pid, shell].map((one) => processes.look(Number(one)))).toEqual([null, null]);
});
