// Only real processes can show this about workers: how they are started, what they get, and that they continue without
// their supervisor.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Place } from '../../ports/place.ts';
import { carriers } from './carriers.samples.ts';
import { reachedRef } from './reference.ts';
import { describeRealProcesses, long, never } from './real-place.samples.ts';

describeRealProcesses((stage) => {
  const { isolate, env, spec, script, launch, output, said, finished, run, exists, pipe, elsewhere, stored } = stage;
  let root: string;
  let tag: string;
  let place: Place;
  beforeEach(() => void ({ root, tag, place } = stage.now()));

  describe('a worker', () => {
    it('ends with 127 when the command is missing and 126 when it is not executable', async () => {
      await writeFile(join(root, 'plain'), 'no program');
      await chmod(join(root, 'plain'), 0o644);
      expect(await finished(await launch(spec({ file: join(root, 'missing') })))).toMatchObject({ exit: { code: 127 } });
      const folder = join(root, 'second');
      expect(await finished(await launch(spec({ file: join(root, 'plain') }), { folder }))).toMatchObject({ exit: { code: 126 } });
    });

    it('leaves its status also where PATH leads nowhere', async () => {
      const bare = { set: { PATH: '/nowhere', YARD_TEST: tag }, unset: [], secret: [] };
      expect(await finished(await launch(script('exit 4', { env: bare })))).toMatchObject({ exit: { code: 4 } });
    });

    it('gets every byte of a large prompt with odd characters, and its arguments untouched', async () => {
      const prompt = `\0\u0001\r\n"'$(x)\`é漢😀`.repeat(260_000);
      const args = ['-c', 'wc -c; printf "[%s]" "$@"', 'sh', '', 'two words', '$HOME', '-n', '"\'\\', 'a\nb'];
      const one = await run(spec({ args, stdin: prompt }));
      expect(Buffer.byteLength(prompt)).toBeGreaterThan(5_000_000);
      expect((await output(one)).trim()).toBe(`${Buffer.byteLength(prompt)}\n[][two words][$HOME][-n]["'\\][a\nb]`);
      const echoed = await launch(script('cat', { stdin: prompt }), { folder: join(root, 'second') });
      await place.ended(echoed, never);
      expect((await output(echoed)) === prompt).toBe(true);
    });

    it('has exactly the environment that was constructed, and the marker', async () => {
      process.env['YARD_LEAKED'] = 'leaked';
      const set = { ...env(), EMPTY: '', LINES: 'a\nb', ANTHROPIC_API_KEY: 'secret' };
      const one = await run(spec({ file: '/usr/bin/env', args: ['-0'], env: { set, unset: [], secret: [] } }));
      delete process.env['YARD_LEAKED'];
      const pairs = (await output(one)).split('\0').filter((line) => line !== '');
      // The shell in between may add these variables.
      const seen = Object.fromEntries(
        pairs
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
          .filter(([key]) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(key ?? '')),
      );
      expect(seen).toEqual({ ...set, YARDMASTER_ATTEMPT: one.marker });
    });

    it('runs where it was told to', async () => {
      const cwd = join(root, 'a folder');
      await mkdir(cwd);
      expect(await output(await run(script('pwd -P', { cwd })))).toBe(`${execFileSync('pwd', ['-P'], { cwd, encoding: 'utf8' })}`);
    });

    it('finds its files laid, private, and never through a link', async () => {
      await writeFile(join(root, 'source'), JSON.stringify({ ours: { key: 'credential' }, theirs: { key: 'another' } }));
      await writeFile(join(root, 'victim'), 'untouched');
      await symlink(join(root, 'victim'), join(root, 'link'));
      const files = [
        { path: join(root, 'home/deep/config.json'), content: '{}' },
        { path: join(root, 'home/auth.json'), content: { copyOf: join(root, 'source'), entry: 'ours' } },
        { path: join(root, 'link'), content: 'laid' },
      ];
      const one = await run(script('cat home/deep/config.json home/auth.json link', { files }));
      expect(await output(one)).toBe('{}{"ours":{"key":"credential"}}laid');
      expect(await readFile(join(root, 'victim'), 'utf8')).toBe('untouched');
      const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
      for (const file of files) expect(await mode(file.path)).toBe(0o600);
      const { folder: own } = reachedRef(one);
      expect(place.view(one).output).toBe(join(own, 'stdout'));
      for (const folder of [own, join(own, 'end'), join(root, 'home'), join(root, 'home/deep')]) expect(await mode(folder)).toBe(0o700);
      for (const file of ['stdin', 'stdout', 'stderr']) expect(await mode(join(own, file))).toBe(0o600);
      expect((await readdir(own)).sort()).toEqual(['end', 'stderr', 'stdin', 'stdout']);
    });

    it('of a file that holds several entries finds the one that is its own, or none', async () => {
      let count = 0;
      const theirs = JSON.stringify({ theirs: 'x' });
      const laid = async (content: string): Promise<string> => {
        await writeFile(join(root, 'entries'), content);
        const files = [{ path: join(root, 'home/entry.json'), content: { copyOf: join(root, 'entries'), entry: 'ours' } }];
        const one = await launch(script('cat home/entry.json', { files }), { folder: join(root, `w${(count += 1)}`) });
        await place.ended(one, never);
        return output(one);
      };
      expect(await laid('{"theirs":"x","ours":{"a":[1]}}')).toBe('{"ours":{"a":[1]}}');
      for (const content of [theirs, '[]', 'null', '7']) expect(await laid(content)).toBe('{}');
    });

    it('is not started with a file of entries that is broken, and nothing of it is told', async () => {
      await writeFile(join(root, 'broken'), '{"ours": the-secret');
      const files = [{ path: join(root, 'home/entry.json'), content: { copyOf: join(root, 'broken'), entry: 'ours' } }];
      const fault: unknown = await launch(spec({ files })).catch((error: unknown) => error);
      expect(fault).toMatchObject({ name: 'Fault', code: 'launch-failed' });
      expect(inspect(fault, { depth: 9 })).not.toContain('the-secret');
    });

    it('is a fault when it cannot be started at all', async () => {
      await expect(launch(spec({ cwd: join(root, 'missing') }))).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
      const files = [{ path: join(root, 'x'), content: { copyOf: join(root, 'missing'), entry: 'ours' } }];
      await expect(launch(spec({ files }))).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
    });

    it('fifty are launched at once', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, i) => launch(script(`echo ${i}; exit ${i}`), { folder: join(root, `w${i}`) })),
      );
      await Promise.all(all.map((one) => place.ended(one, never)));
      const states = await Promise.all(all.map((one) => place.look(one)));
      expect(states.map((one) => one.state === 'ended' && one.exit.code)).toEqual(all.map((_, i) => i));
      expect(await Promise.all(all.map((one) => output(one)))).toEqual(all.map((_, i) => `${i}\n`));
      expect(new Set(all.map((one) => reachedRef(one).group)).size).toBe(50);
    });
  });

  describe('a protected folder', () => {
    const wish = () => ({ isolate, protect: [join(root, 'theirs'), join(root, 'missing')], writable: [] });
    const write = 'echo mine >own; echo mine >theirs/file; cat theirs/file; exit 3';

    it('is read-only for a worker, exactly where the place says so; its own folder is not', async () => {
      await writeFile(join(root, 'theirs/file'), 'theirs\n');
      const expected = (await place.protects(wish())) ? 'theirs\n' : 'mine\n';
      const one = await launch(script(write), wish());
      await place.ended(one, never);
      expect(await output(one)).toBe(expected);
      expect(await place.look(one)).toMatchObject({ state: 'ended', exit: { code: 3, signal: null } });
      expect(await readFile(join(root, 'theirs/file'), 'utf8')).toBe(expected);
      expect(await readFile(join(root, 'own'), 'utf8')).toBe('mine\n');
    });

    it('is read-only for a command', async () => {
      await writeFile(join(root, 'theirs/file'), 'theirs\n');
      const expected = (await place.protects(wish())) ? 'theirs\n' : 'mine\n';
      const given = { command: write, marker: randomUUID(), cwd: root, env: env(), timeoutMs: long, signal: never };
      expect(await place.shell({ ...given, ...wish() })).toMatchObject({ code: 3, output: expect.stringContaining(expected) });
      expect(await readFile(join(root, 'theirs/file'), 'utf8')).toBe(expected);
    });
  });

  describe('the gate', () => {
    it('stays shut when the supervisor is killed before it has stored the reference', async () => {
      const code = `await launch(async (early) => { write('launch.json', early); process.kill(process.pid, 'SIGKILL'); });`;
      expect(await elsewhere({ code, spec: script('touch ran') })).toMatchObject({ signal: 'SIGKILL' });
      const one = await stored();
      await place.ended(one, never);
      expect(await place.look(one)).toEqual({ state: 'lost' });
      await expect.poll(() => carriers(`YARD_TEST=${tag}`)).toEqual([]);
      expect(await exists('ran')).toBe(false);
    });
  });

  describe('a worker whose supervisor is gone', () => {
    it('works on, is looked at, read, waited for, and leaves its status', async () => {
      const gate = pipe('gate');
      const made = await elsewhere({
        code: `await launch(async (one) => write('launch.json', one));`,
        spec: script(`echo one; cat ${gate}; echo three; exit 7`),
      });
      expect(made).toEqual({ code: 0, signal: null, stderr: '' });
      const one = await stored();
      await said(one, 'one');
      expect(await place.look(one)).toEqual({ state: 'running' });
      const end = place.ended(one, never);
      await writeFile(gate, 'two\n');
      await end;
      expect(await place.look(one)).toMatchObject({ state: 'ended', exit: { code: 7, signal: null } });
      expect(await output(one)).toBe('one\ntwo\nthree\n');
      expect((await place.read({ launch: one, stream: 'stdout', offset: 4, limit: 5 })).toString()).toBe('two\nt');
    });
  });

  describe('waiting for the end', () => {
    it('ends with the signal and leaves nothing behind that would keep a process alive', async () => {
      const one = await launch(script('echo up; exec sleep 1000'));
      const code = `const stop = new AbortController();
        const waits = [place.ended(given.launch, stop.signal), place.ended(given.launch, AbortSignal.abort())];
        stop.abort();
        await Promise.all(waits);
        write('done.json', await place.look(given.launch));`;
      expect(await elsewhere({ code, launch: one })).toEqual({ code: 0, signal: null, stderr: '' });
      expect(JSON.parse(await readFile(join(root, 'done.json'), 'utf8'))).toEqual({ state: 'running' });
      const own = new AbortController();
      const wait = place.ended(one, own.signal);
      own.abort();
      await wait;
      await place.stop(one, { graceMs: long });
    });
  });
});
