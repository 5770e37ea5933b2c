import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { needsLinux } from '../../../test/support/skip-without.ts';
import { until } from '../../../test/support/wait-until.ts';
import { gateFile, shellProgram } from '../../../test/support/worker-shell.ts';
import type { WorkerStep } from '../../../test/support/worker-script.ts';
import type { Launch } from '../../core/task/attempt.ts';
import type { PlaceStage } from '../../ports/place.samples.ts';
import { placeContract } from '../../ports/place.testsuite.ts';
import { carriers, killed } from './carriers.samples.ts';
import { isolationFor } from './isolation.ts';
import { localHost } from './local-host.ts';
import { localPlace } from './local-place.ts';
import { machineName } from './machine.ts';
import { readTable } from '../../lib/processes-mac.ts';
import { processes } from '../../lib/processes.ts';
import { reachedRef, type LocalRef } from './reference.ts';

/** Real processes that follow the steps of the contract; `protect`: names of folders. */
async function open(protect: readonly string[]): Promise<PlaceStage> {
  const root = await mkdtemp(join(tmpdir(), 'yard-place-'));
  const folders = protect.map((name) => join(root, name));
  for (const folder of folders) await mkdir(folder);
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  const command = (steps: readonly WorkerStep[]): string => shellProgram({ steps, folder: root });
  const seen = new Set<string>();
  const of = (marker: string): number[] => (seen.add(marker), carriers(`YARDMASTER_ATTEMPT=${marker}`));
  return {
    make: localPlace,
    spec: (steps, stdin) => ({
      ...{ file: '/bin/sh', args: ['-c', command(steps)], env: { set: env, unset: [], secret: [] } },
      ...{ stdin: stdin ?? null, cwd: root, files: [] },
    }),
    command,
    env,
    cwd: root,
    program: { path: 'sh', env },
    protect: folders,
    folder: (name) => join(root, name),
    allow: (name) => writeFile(gateFile({ folder: root, name }), 'go\n'),
    alive: (marker) => of(marker).length,
    vanish({ marker, ...launch }) {
      // The process that would write the status comes first.
      killed(localPlace().view({ marker, ...launch }).pid ?? Number.NaN);
      of(marker).forEach(killed);
    },
    cutOff: null,
    async dispose() {
      for (const marker of seen) of(marker).forEach(killed);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The first process of a private PID namespace. */
function isFirst(pid: number): boolean {
  return /^NSpid:(?:\t\d+)+\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

describe('on Linux', () => {
  needsLinux('processes are looked for in /proc');
  for (const isolate of ['off', 'auto'] as const) placeContract('local', { isolate, open: () => open([]) });
  placeContract('local, a folder protected', { isolate: 'auto', open: () => open(['theirs']) });

  describe('a process that is not ours', () => {
    let folder: string;
    let innocent: ChildProcess;
    let launch: Launch;
    let ref: LocalRef;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
      innocent = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
      await once(innocent, 'spawn');
      const seen = processes.look(innocent.pid!)!;
      ref = { pid: seen.pid, startTime: seen.startTime, bootId: processes.bootId(), group: seen.group, isolated: false, folder };
      launch = { place: 'local', host: machineName(), at: 1, marker: randomUUID(), ref };
    });
    afterEach(async () => {
      if (innocent.exitCode === null && innocent.signalCode === null) {
        innocent.kill('SIGKILL');
        await once(innocent, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    });

    it.each([
      ['has the same pid and another start time', (one: LocalRef) => ({ ...one, startTime: `${Number(one.startTime) - 1}` })],
      ['is of another start of the machine', (one: LocalRef) => ({ ...one, bootId: randomUUID() })],
    ])('is lost and never touched: it %s', async (_, change) => {
      const place = localPlace();
      const wrong = { ...launch, ref: change(ref) };
      await place.ended(wrong, new AbortController().signal);
      expect(await place.look(wrong)).toEqual({ state: 'lost' });
      expect(await place.stop(wrong, { graceMs: 0 })).toEqual({ left: [] });
      expect(processes.look(ref.pid)).toEqual({ pid: ref.pid, startTime: ref.startTime, group: ref.group });
    });

    it('has taken over the group of a worker that is gone, while something of the worker runs elsewhere', async () => {
      const place = localPlace();
      const late = spawn('sleep', ['1000'], {
        detached: true,
        stdio: 'ignore',
        env: { ...process.env, YARDMASTER_ATTEMPT: launch.marker },
      });
      await once(late, 'spawn');
      await expect.poll(() => carriers(`YARDMASTER_ATTEMPT=${launch.marker}`)).toEqual([late.pid]);
      const ended = once(late, 'exit');
      expect(await place.stop({ ...launch, ref: { ...ref, startTime: '1' } }, { graceMs: 10_000 })).toEqual({ left: [] });
      expect(await ended).toEqual([null, 'SIGTERM']);
      expect(processes.look(ref.pid)?.startTime).toBe(ref.startTime);
    });

    it('would have been found, had the reference been right', async () => {
      const place = localPlace();
      expect(await place.look(launch)).toEqual({ state: 'running' });
      expect(await place.stop(launch, { graceMs: 10_000 })).toEqual({ left: [] });
      expect(processes.look(ref.pid)).toBeNull();
    });

    it('is found by a launch that was stored before hosts were', async () => {
      const before = { ...launch, host: null };
      expect(localPlace().view(before)).toEqual({ pid: ref.pid, output: join(folder, 'stdout') });
      expect(await localPlace().look(before)).toEqual({ state: 'running' });
    });

    it('is not believed to have ended by half an exit status', async () => {
      const place = localPlace();
      await mkdir(join(folder, 'end'));
      for (const text of ['', '14', 'x\n']) {
        await writeFile(join(folder, 'end/exit'), text);
        expect(await place.look(launch)).toEqual({ state: 'running' });
      }
      await writeFile(join(folder, 'end/exit'), '143\n');
      expect(await place.look(launch)).toMatchObject({ state: 'ended', exit: { code: 143, signal: 'SIGTERM' } });
    });
  });

  it('reads the start time behind a name with spaces and parentheses', async () => {
    const odd = spawn('/bin/sh', ['-c', 'printf "%s" "a) Z 1 (b" > /proc/$$/comm; echo up; read line'], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(odd.stdout, 'data');
    const line = readFileSync(`/proc/${odd.pid}/stat`, 'utf8');
    expect(line).toContain('(a) Z 1 (b)');
    expect(processes.look(odd.pid!)).toEqual({ pid: odd.pid, group: odd.pid, startTime: line.split(') ').at(-1)!.split(' ')[19] });
    odd.stdin.end();
    await once(odd, 'exit');
    expect(processes.look(odd.pid!)).toBeNull();
  });

  it('counts a zombie as gone', async () => {
    // The shell forks a child and becomes a program that does not know about it; only then may the child end.
    const parent = spawn('/bin/sh', ['-c', 'cat <&3 & echo $!; exec sleep 1000 3<&-'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [text] = (await once(parent.stdio[1] as Readable, 'data')) as [Buffer];
    const pid = Number(text.toString());
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    (parent.stdio[3] as Writable).end();
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    expect(processes.look(pid)).toBeNull();
    expect(processes.members(parent.pid!).map((one) => one.pid)).toEqual([parent.pid]);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('ends a chain in which each forks the next into a session of its own and goes, where there are PID namespaces', async (context) => {
    context.skip(!(await isolationFor({ pids: 'auto', protect: [], writable: [] })).pids, 'this user can have no PID namespace here');
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'chain'), '#!/bin/sh\ntrap "" TERM\nsetsid "$0" &\necho link\nsleep 0.02\n', { mode: 0o700 });
    const place = localPlace();
    const env = { set: { PATH: '/usr/bin:/bin' }, unset: [], secret: [] };
    const one = await place.launch({
      spec: { file: '/bin/sh', args: ['-c', './chain; exec sleep 1000'], env, stdin: null, cwd: folder, files: [] },
      folder: join(folder, 'worker'),
      marker: randomUUID(),
      isolate: 'auto',
      protect: [],
      writable: [],
      record: async () => {},
    });
    await expect.poll(() => readFileSync(join(reachedRef(one).folder, 'stdout'), 'utf8')).toContain('link\nlink\nlink\n');
    expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
    expect(carriers(`YARDMASTER_ATTEMPT=${one.marker}`)).toEqual([]);
  });

  it('a worker that calls us from a PID namespace of its own takes nobody for dead whom it cannot see', async (context) => {
    const [file, ...isolation] = (await isolationFor({ pids: 'auto', protect: [], writable: [] })).prefix;
    if (file === undefined) return context.skip('this user can have no PID namespace here');
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const place = localPlace();
    const env = { set: { PATH: '/usr/bin:/bin' }, unset: [], secret: [] };
    const spec = { file: '/bin/sh', args: ['-c', 'exec sleep 1000'], env, stdin: null, cwd: folder, files: [] };
    const record = async (): Promise<void> => {};
    const one = await place.launch({
      spec,
      folder: join(folder, 'worker'),
      marker: randomUUID(),
      isolate: 'off',
      protect: [],
      writable: [],
      record,
    });
    const at = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const program = `const { localPlace } = await import(${at('./local-place.ts')});
      const { localHost } = await import(${at('./local-host.ts')});
      const [place, one] = [localPlace(), ${JSON.stringify(one)}];
      const stopped = await place.stop(one, { graceMs: 0 }).catch(({ code }) => code);
      const gone = ${JSON.stringify([localHost().identity(), [machineName(), 'another boot', 1, '1'].join('|')])}.map(localHost().isGone);
      console.log(JSON.stringify([(await place.look(one)).state, stopped, gone, localHost().isGone(localHost().identity())]));`;
    const inside = spawn(file, [...isolation, process.execPath, '--input-type=module', '-e', program], {
      env: { ...process.env, YARDMASTER_ATTEMPT: randomUUID() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [told] = (await once(inside.stdout, 'data')) as [Buffer];
    expect(JSON.parse(told.toString())).toEqual(['unreachable', 'place-unreachable', [false, true], false]);
    expect(await place.look(one)).toEqual({ state: 'running' });
    expect(await place.stop(one, { graceMs: 10_000 })).toEqual({ left: [] });
  });

  it('a worker and its supervisor in a PID namespace below ours are seen from here, and it can be ended', async (context) => {
    const [file, ...isolation] = (await isolationFor({ pids: 'auto', protect: [], writable: [] })).prefix;
    if (file === undefined) return context.skip('this user can have no PID namespace here');
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const at = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const given = JSON.stringify({
      spec: {
        file: '/bin/sh',
        args: ['-c', 'echo begun; exec sleep 1000'],
        env: { set: { PATH: '/usr/bin:/bin' } },
        stdin: null,
        cwd: folder,
        files: [],
      },
      ...{ folder: join(folder, 'worker'), marker: randomUUID(), isolate: 'off', protect: [], writable: [] },
    });
    const program = `const { localPlace } = await import(${at('./local-place.ts')});
      const { localHost } = await import(${at('./local-host.ts')});
      const one = await localPlace().launch({ ...${given}, record: async () => {} });
      console.log(JSON.stringify([one, localHost().identity()]));
      process.stdin.resume();`;
    const inside = spawn(file, [...isolation, process.execPath, '--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const over = once(inside, 'exit');
    const [told] = (await once(inside.stdout, 'data')) as [Buffer];
    const [one, supervisor] = JSON.parse(told.toString()) as [Launch, string];
    const place = localPlace();
    // A process that is ended before it begins does not report how it ended.
    await until(() => readFileSync(join(folder, 'worker/stdout'), 'utf8') === 'begun\n');
    expect([await place.look(one), localHost().isGone(supervisor)]).toEqual([{ state: 'running' }, false]);
    expect(await place.stop(one, { graceMs: 10_000 })).toEqual({ left: [] });
    expect(carriers(`YARDMASTER_ATTEMPT=${one.marker}`)).toEqual([]);
    inside.stdin.end();
    await over;
    expect([(await place.look(one)).state, localHost().isGone(supervisor)]).toEqual(['ended', true]);
  });

  it('a namespace whose first process is killed is told as killed, and nothing of it is left', async (context) => {
    context.skip(!(await isolationFor({ pids: 'auto', protect: [], writable: [] })).pids, 'this user can have no PID namespace here');
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const place = localPlace();
    const env = { set: { PATH: '/usr/bin:/bin' }, unset: [], secret: [] };
    const one = await place.launch({
      spec: {
        file: '/bin/sh',
        args: ['-c', 'echo mine >&2; setsid sleep 1000 & exec sleep 1000'],
        env,
        stdin: null,
        cwd: folder,
        files: [],
      },
      folder: join(folder, 'worker'),
      marker: randomUUID(),
      isolate: 'auto',
      protect: [],
      writable: [],
      record: async () => {},
    });
    await expect.poll(() => readFileSync(join(reachedRef(one).folder, 'stderr'), 'utf8')).toBe('mine\n');
    const all = carriers(`YARDMASTER_ATTEMPT=${one.marker}`);
    const first = all.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes('yard-first') && isFirst(pid));
    process.kill(first ?? Number.NaN, 'SIGKILL');
    await place.ended(one, new AbortController().signal);
    expect(await place.look(one)).toMatchObject({ state: 'ended', exit: { code: 137, signal: 'SIGKILL' } });
    await expect.poll(() => carriers(`YARDMASTER_ATTEMPT=${one.marker}`)).toEqual([]);
  });

  it('tells what it could not end, because it is another user’s in the worker’s group', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can start a process of another user');
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const marker = randomUUID();
    const nobody = '/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups';
    const group = spawn('/bin/sh', ['-c', `YARDMASTER_ATTEMPT=${marker} ${nobody} sh -c 'echo up; exec sleep 1000' & exec sleep 1000`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void process.kill(-group.pid!, 'SIGKILL'));
    await once(group.stdout, 'data');
    const ref = { pid: group.pid, startTime: '1', bootId: processes.bootId(), group: group.pid, folder };
    const one: Launch = { place: 'local', host: machineName(), at: 1, marker, ref };
    const module = new URL('./local-place.ts', import.meta.url).href;
    const program = `const { localPlace } = await import(${JSON.stringify(module)});
      const place = localPlace();
      const one = ${JSON.stringify(one)};
      console.log(JSON.stringify(await place.stop(one, { graceMs: 0 })));`;
    const stopper = spawn('/usr/bin/setpriv', [...nobody.split(' ').slice(1), process.execPath, '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [told] = (await once(stopper.stdout, 'data')) as [Buffer];
    expect(JSON.parse(told.toString())).toEqual({ left: [group.pid] });
    expect(carriers(`YARDMASTER_ATTEMPT=${marker}`)).toEqual([]);
  });

  it('a worker inherits no ignored signal, also from a supervisor that ignores some', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yard-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const module = new URL('./local-place.ts', import.meta.url).href;
    const program = `const { localPlace } = await import(${JSON.stringify(module)});
      const place = localPlace();
      const spec = { file: 'cat', args: ['/proc/self/status'], env: { set: { PATH: '/usr/bin:/bin' }, unset: [], secret: [] }, stdin: null, cwd: '/', files: [] };
      const one = await place.launch({ spec, folder: ${JSON.stringify(join(folder, 'worker'))}, marker: 'signals', isolate: 'auto', protect: [], writable: [], record: async () => {} });
      await place.ended(one, new AbortController().signal);
      process.stdout.write(await place.read({ launch: one, stream: 'stdout', offset: 0, limit: 100000 }));`;
    const child = spawn(
      '/bin/sh',
      ['-c', 'trap "" HUP INT QUIT TERM; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(text)?.[1]}`);
    const blocked = BigInt(`0x${/^SigBlk:\s*(\w+)$/m.exec(text)?.[1]}`);
    for (const signal of [1n, 2n, 3n, 15n]) expect((ignored | blocked) & (1n << (signal - 1n))).toBe(0n);
  });
});

describe('the table of macOS’s ps', () => {
  it('gives pid, group, memory, start time and the marker that stands behind the arguments', () => {
    const table = [
      '    1     1   9216 Ss   Mon Nov  3 09:12:01 2025     /sbin/launchd',
      '  812   790  48120 S+   Sat Nov 22 18:02:45 2025     node server.js YARDMASTER_ATTEMPT=argument HOME=/Users/a b YARDMASTER_ATTEMPT=a-1 PATH=/bin',
      '  813   790      0 Z    Sat Nov 22 18:02:46 2025     (node)',
      '  901   901   1024 Ss   Sat Nov 22 18:03:00 2025     YARDMASTER_ATTEMPTS=9 sleep',
      'rubbish',
      '',
    ].join('\n');
    expect(readTable({ table, marker: 'YARDMASTER_ATTEMPT' })).toEqual([
      { process: { pid: 1, group: 1, startTime: 'Mon Nov 3 09:12:01 2025' }, memory: 9216 * 1024, marker: null },
      { process: { pid: 812, group: 790, startTime: 'Sat Nov 22 18:02:45 2025' }, memory: 48120 * 1024, marker: 'a-1' },
      { process: { pid: 901, group: 901, startTime: 'Sat Nov 22 18:03:00 2025' }, memory: 1024 * 1024, marker: null },
    ]);
    expect(readTable({ table: '  812   790  48120 S+   Sat Nov 22 18:02:45 2025\n', marker: null })[0]?.process.pid).toBe(812);
  });
});
