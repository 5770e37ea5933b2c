// The contract of every host, with real processes. Each test has a tag of its own in the environment of everything that it
// starts. After each test no process may carry it, which is checked without the host's own means.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { longEnough } from '../../test/support/long-enough.ts';
import type { CommandSpec } from './command-spec.ts';
import type { Host } from './host.ts';

export interface HostHarness {
  make(): Host;
  /** URL of a module and its export by which another process makes the same host. */
  readonly module: string;
  readonly maker: string;
  /** The running processes whose environment contains this `NAME=value`. */
  carriers(entry: string): readonly number[];
}

const never = new AbortController().signal;
const long = 300_000;

export function hostContract(name: string, harness: HostHarness): void {
  describe(`${name}: a host`, () => {
    let root: string;
    let tag: string;
    let host: Host;
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'yard-host-'));
      tag = randomUUID();
      host = harness.make();
    });
    afterEach(async () => {
      const strays = (): readonly number[] => harness.carriers(`YARD_TEST=${tag}`);
      try {
        await expect.poll(strays, { interval: 20, message: 'processes left by the test' }).toEqual([]);
      } finally {
        for (const pid of strays()) process.kill(pid, 'SIGKILL');
        await rm(root, { recursive: true, force: true });
      }
    });

    const env = (): Record<string, string> => ({ PATH: '/usr/local/bin:/usr/bin:/bin', YARD_TEST: tag });
    const spec = (over: Partial<CommandSpec> = {}): CommandSpec => ({
      ...{ file: '/bin/sh', args: [], env: { set: env(), unset: [], secret: [] }, stdin: null, cwd: root, files: [] },
      ...over,
    });
    const script = (text: string, over: Partial<CommandSpec> = {}): CommandSpec => spec({ args: ['-c', text], ...over });
    /** Starts another process on this machine, which reports its identity and runs until its input ends. */
    const other = async (): Promise<{ told: { name: string; identity: string }; leave: () => Promise<unknown> }> => {
      const program = `const { ${harness.maker}: make } = await import(${JSON.stringify(harness.module)});
        console.log(JSON.stringify({ name: make().name, identity: make().identity() })); process.stdin.resume();`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
      const told = JSON.parse(String((await once(child.stdout, 'data'))[0])) as { name: string; identity: string };
      const exit = once(child, 'exit');
      return { told, leave: () => (child.stdin.end(), exit) };
    };

    it('is called the same by each of its processes, and bears something', async () => {
      const { told, leave } = await other();
      await leave();
      expect(told.name).toBe(host.name);
      const { cores, total, free } = host.room();
      expect([cores > 0, free > 0, total >= free]).toEqual([true, true, true]);
    });

    it('knows of a process whether it is gone, on proof only', async () => {
      expect(host.isGone(host.identity())).toBe(false);
      expect(host.isGone('rubbish')).toBe(false);
      const { told, leave } = await other();
      expect(host.isGone(told.identity)).toBe(false);
      await leave();
      expect(host.isGone(told.identity)).toBe(true);
    });

    it('is a site as it is, for commands that belong to no task', async () => {
      const file = join(root, 'a file');
      await writeFile(file, 'é');
      const site = await host.site({ checkout: root, taskFolder: join(root, 'task'), privateFolder: join(root, 'private'), env: env() });
      expect(site).toMatchObject({ checkout: root, taskFolder: join(root, 'task'), privateFolder: join(root, 'private'), env: env() });
      expect([await site.text(file), await site.open(file, (here) => here), await site.text(root)]).toEqual(['é', file, null]);
      expect(await site.find({ path: 'sh', env: {} })).toMatch(/^\/.*\/sh$/);
    });

    it('ends what a process that was killed ran for itself, and nothing of one that lives', async () => {
      const command = 'setsid sleep 1000 & exec sleep 1000';
      const given = JSON.stringify({ command, cwd: root, env: env(), timeoutMs: long });
      const program = `const { ${harness.maker}: make } = await import(${JSON.stringify(harness.module)});
        await make().shell({ ...${given}, signal: new AbortController().signal });`;
      const killed = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'inherit'] });
      const carried = (): number => harness.carriers(`YARD_TEST=${tag}`).length;
      await expect.poll(carried).toBe(2);
      const ended = once(killed, 'exit');
      killed.kill('SIGKILL');
      await ended;
      const abort = new AbortController();
      const living = host.shell({ command: 'exec sleep 1000', cwd: root, env: env(), timeoutMs: long, signal: abort.signal });
      await expect.poll(carried).toBe(3);
      expect(await host.endCallsOfTheGone()).toEqual([]);
      expect(carried()).toBe(1);
      abort.abort();
      await living;
    });

    describe('shell', () => {
      const shell = (command: string, over: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
        host.shell({ command, cwd: root, env: env(), timeoutMs: long, signal: never, ...over });

      it('answers output and exit code, and takes along what was left in the background', async () => {
        const command = 'echo out; echo err >&2; setsid sleep 1000 & pwd -P; exit 6';
        expect(await shell(command)).toEqual({ code: 6, timedOut: false, output: `out\nerr\n${root}\n` });
        expect(harness.carriers(`YARD_TEST=${tag}`)).toEqual([]);
      });

      it('ends with all that it started at the time limit and on abort', async () => {
        expect(await shell('setsid sleep 1000 & exec sleep 1000', { timeoutMs: 300 })).toEqual({ code: null, timedOut: true, output: '' });
        expect(harness.carriers(`YARD_TEST=${tag}`)).toEqual([]);
        expect(await shell('touch ran', { signal: AbortSignal.abort() })).toEqual({ code: null, timedOut: false, output: '' });
        expect(existsSync(join(root, 'ran'))).toBe(false);
      });
    });

    describe('ask', () => {
      const ask = (what: CommandSpec, over: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
        host.ask(what, { timeoutMs: long, signal: never, ...over });

      it('gives input and files, answers both outputs apart and the exit', async () => {
        const files = [{ path: join(root, 'home/config'), content: 'config' }];
        expect(await ask(script('cat home/config -; echo problem >&2; exit 3', { stdin: '\nquestion', files }))).toEqual({
          exit: { code: 3, signal: null },
          stdout: 'config\nquestion',
          stderr: 'problem\n',
          timedOut: false,
        });
      });

      it('answers like a worker for a missing command and a signal', async () => {
        expect(await ask(spec({ file: 'no-such-command', stdin: 'x'.repeat(1_000_000) }))).toMatchObject({
          exit: { code: 127, signal: null },
        });
        expect(await ask(script('kill -KILL $$'))).toMatchObject({ exit: { code: 137, signal: 'SIGKILL' }, timedOut: false });
      });

      it('keeps a bounded end of the output and lets the command finish', async () => {
        const { exit, stdout } = await ask(script('head -c 6000000 /dev/zero | tr "\\0" x; echo end'));
        expect(exit.code).toBe(0);
        expect(stdout.length).toBeLessThanOrEqual(4 * 1024 * 1024);
        expect(stdout.endsWith('xend\n')).toBe(true);
      });

      it('ends with its whole tree at the time limit and on abort', async () => {
        const asked = await longEnough({
          run: (timeoutMs) => ask(script('setsid sleep 1000 & echo up; exec sleep 1000'), { timeoutMs }),
          begun: ({ stdout }) => stdout !== '',
        });
        expect(asked).toMatchObject({ stdout: 'up\n', timedOut: true });
        expect(harness.carriers(`YARD_TEST=${tag}`)).toEqual([]);
        expect(await ask(script('touch ran'), { signal: AbortSignal.abort() })).toMatchObject({
          exit: { code: null, signal: null },
          timedOut: false,
        });
        expect(existsSync(join(root, 'ran'))).toBe(false);
      });

      it('is a fault where a file cannot be laid', async () => {
        const files = [{ path: join(root, 'x'), content: { copyOf: join(root, 'missing'), entry: 'ours' } }];
        await expect(ask(spec({ files }))).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
      });
    });
  });
}
