// What only real processes can show of the place on this machine. Each test has a tag of its own in the environment of all that it
// starts; after each test nobody may carry it, which is looked up without the place's own means.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needsLinux } from '../../../test/support/needs.ts';
import type { Launch } from '../../core/task/attempt.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import type { Isolate, Place, Stream } from '../../ports/place.ts';
import { carriers, killed } from './carriers.fixture.ts';
import { isolationFor } from './isolation.ts';
import { localPlace } from './local-place.ts';
import { reachedRef } from './reference.ts';

const module = new URL('./local-place.ts', import.meta.url).href;

const never = new AbortController().signal;
const long = 60_000;

describe('on Linux', () => {
  needsLinux('processes are looked for in /proc');
  describe.each<[Isolate, string]>([
    ['off', 'nothing'],
    ['auto', 'nothing'],
    ['auto', 'a folder'],
  ])('real processes, isolation %s, %s protected', (isolate, kept) => {
    let root: string;
    let protect: readonly string[];
    let tag: string;
    let place: Place;
    let isolated: boolean;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'yard-place-'));
      await mkdir(join(root, 'theirs'));
      protect = kept === 'nothing' ? [] : [join(root, 'theirs')];
      isolated = (await isolationFor({ pids: isolate, protect, writable: [] })).pids;
      tag = randomUUID();
      place = localPlace();
    });

    afterEach(async (context) => {
      const strays = (): readonly number[] => carriers(`YARD_TEST=${tag}`);
      try {
        // A wrapper may take a moment to end after its status is there.
        await expect.poll(strays, { timeout: 3000, interval: 20, message: 'processes left by the test' }).toEqual([]);
      } finally {
        // Again and again, because some tests fork; bounded, because nothing may hang here.
        for (let round = 0, left = strays(); left.length > 0 && round < 100; round += 1, left = strays()) left.forEach(killed);
        if (context.task.result?.state === 'fail') console.error(`kept: ${root}`);
        else await rm(root, { recursive: true, force: true });
      }
    });

    const env = (): Record<string, string> => ({ PATH: '/usr/local/bin:/usr/bin:/bin', YARD_TEST: tag });
    const spec = (over: Partial<CommandSpec> = {}): CommandSpec => ({
      file: '/bin/sh',
      args: [],
      env: { set: env(), unset: [], secret: [] },
      stdin: null,
      cwd: root,
      files: [],
      ...over,
    });
    const script = (text: string, over: Partial<CommandSpec> = {}): CommandSpec => spec({ args: ['-c', text], ...over });
    const launch = (
      what: CommandSpec,
      over: { folder?: string; protect?: readonly string[]; record?: (launch: Launch) => Promise<void> } = {},
    ): Promise<Launch> =>
      place.launch({
        spec: what,
        folder: join(root, 'worker'),
        marker: randomUUID(),
        isolate,
        protect,
        writable: [],
        record: async () => {},
        ...over,
      });
    const output = async (one: Launch, stream: Stream = 'stdout'): Promise<string> =>
      (await place.read({ launch: one, stream, offset: 0, limit: 64 * 1024 * 1024 })).toString();
    const said = async (one: Launch, text: string): Promise<void> => {
      await expect.poll(() => output(one), { timeout: 10_000, interval: 10 }).toContain(text);
    };
    const finished = async (one: Launch): Promise<unknown> => {
      await place.ended(one, never);
      return place.look(one);
    };
    const run = async (what: CommandSpec): Promise<Launch> => {
      const one = await launch(what);
      await place.ended(one, never);
      return one;
    };
    const exists = (file: string): Promise<boolean> =>
      stat(join(root, file)).then(
        () => true,
        () => false,
      );
    const pipe = (file: string): string => {
      execFileSync('mkfifo', [join(root, file)]);
      return join(root, file);
    };

    /** Another process that has `place`, `write(file, value)` and `launch(spec, record)`; leaves when its code has run, if it can. */
    const elsewhere = (given: { code: string; spec?: CommandSpec; launch?: Launch }) => {
      const program = `
        import { writeFileSync } from 'node:fs';
        const { localPlace } = await import(${JSON.stringify(module)});
        const place = localPlace();
        const given = ${JSON.stringify({ spec: given.spec ?? null, launch: given.launch ?? null })};
        const write = (file, value) => writeFileSync(${JSON.stringify(root)} + '/' + file, JSON.stringify(value));
        const launch = (record) => place.launch({ spec: given.spec, folder: ${JSON.stringify(join(root, 'worker'))}, marker: ${JSON.stringify(randomUUID())}, isolate: '${isolate}', protect: ${JSON.stringify(protect)}, writable: [], record });
        ${given.code}`;
      // As started by nohup or in the background of a script: the worker must not inherit what is ignored here.
      const child = spawn(
        '/bin/sh',
        ['-c', 'trap "" HUP INT QUIT; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program],
        {
          env: { ...process.env, YARD_TEST: tag },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      return once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
    };
    const stored = async (): Promise<Launch> => JSON.parse(await readFile(join(root, 'launch.json'), 'utf8')) as Launch;

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
        // The shell in between may add these.
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
        await expect.poll(() => carriers(`YARD_TEST=${tag}`), { timeout: 3000 }).toEqual([]);
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

    describe('stopping', () => {
      const brood = `(trap "" TERM; setsid sh -c 'echo a; exec sleep 1000' &)
        setsid sh -c 'echo b; exec sleep 1000' &
        nohup sh -c 'echo c; exec sleep 1000' &
        ( ( setsid sh -c 'echo d; exec sleep 1000' & ) & )`;

      it.each(['exec sleep 1000', 'exit 0'])('ends children that left the group, before and after the worker (%s)', async (end) => {
        const gate = pipe('gate');
        const one = await launch(script(`${brood}\nread go <${gate}\n${end}`));
        for (const letter of ['a', 'b', 'c', 'd']) await said(one, `${letter}\n`);
        await writeFile(gate, 'go\n');
        if (end === 'exit 0') await place.ended(one, never);
        if (end === 'exit 0' && isolated) expect(carriers(`YARD_TEST=${tag}`).length).toBeLessThanOrEqual(1);
        else expect(carriers(`YARD_TEST=${tag}`).length).toBeGreaterThan(3);
        expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
        // What wrote down the exit status may not have ended itself yet.
        await expect.poll(() => carriers(`YARD_TEST=${tag}`), { timeout: 3000 }).toEqual([]);
      });

      it('ends children in the group that lost their environment, also when they ignore TERM', async () => {
        const one = await launch(script(`(trap "" TERM; exec env -i YARD_TEST=${tag} sh -c 'echo up; exec sleep 1000') & wait`));
        await said(one, 'up');
        expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
        expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
      });

      it('ends those without an environment also when the worker has ended, as long as one in the group has it', async () => {
        const one = await launch(script(`env -i YARD_TEST=${tag} sleep 1000 & sleep 1000 & exit 0`));
        await place.ended(one, never);
        await expect.poll(() => carriers(`YARD_TEST=${tag}`).length, { timeout: 3000 }).toBe(isolated ? 0 : 2);
        expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
        expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
      });

      it('ends what forks faster than it is looked at', async () => {
        const one = await launch(script('trap "" TERM; echo up; while :; do setsid sleep 1000 & sleep 0.01; done'));
        await said(one, 'up');
        expect(await place.stop(one, { graceMs: 100 })).toEqual({ left: [] });
        expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
      });

      it.each(['exec sleep 1000', 'exit 0'])('ends what shed its environment and its group, if it is isolated (%s)', async (end) => {
        const gate = pipe('gate');
        const one = await launch(
          script(`env -i YARD_TEST=${tag} setsid sh -c 'trap "" TERM; echo up; exec sleep 1000' & read up <${gate}; ${end}`),
        );
        await said(one, 'up');
        await writeFile(gate, 'go\n');
        if (end === 'exit 0') await place.ended(one, never);
        expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
        const beyondReach = (): readonly number[] => carriers(`YARD_TEST=${tag}`);
        // What wrote down the exit status may not have ended itself yet.
        await expect.poll(() => beyondReach().length, { timeout: 3000 }).toBe(isolated ? 0 : 1);
        beyondReach().forEach(killed);
      });

      it('leaves a person’s own process alone, which carries no marker', async () => {
        const own = spawn('sleep', ['1000'], { env: env(), stdio: 'ignore' });
        const one = await launch(script('echo up; exec sleep 1000'));
        await said(one, 'up');
        expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
        expect(carriers(`YARD_TEST=${tag}`)).toEqual([own.pid]);
        own.kill('SIGKILL');
        expect(await once(own, 'exit')).toEqual([null, 'SIGKILL']);
      });
    });

    describe('markers', () => {
      const markers = [`${randomUUID()}-1`, `${randomUUID()}-2`] as const;
      const two = (): Promise<Launch[]> =>
        Promise.all(
          markers.map((marker) =>
            place.launch({
              spec: script('sleep 1000 & setsid sh -c "echo up; exec sleep 1000"'),
              folder: join(root, marker),
              marker,
              isolate,
              protect,
              writable: [],
              record: async () => {},
            }),
          ),
        );

      it('are listed with all that carry them and the memory of these', async () => {
        for (const one of await two()) await said(one, 'up');
        const marked = await place.marked();
        for (const marker of markers) {
          const found = marked.find((one) => one.marker === marker);
          expect(new Set(found?.pids)).toEqual(new Set(carriers(`YARDMASTER_ATTEMPT=${marker}`)));
          // A few small programs: no unit is mistaken for another.
          expect(found?.memory).toBeGreaterThan(500_000);
          expect(found?.memory).toBeLessThan(200_000_000);
          expect(await place.end({ marker, graceMs: long })).toEqual({ left: [] });
        }
        expect((await place.marked()).filter((one) => one.marker.startsWith(markers[0]) || one.marker.startsWith(markers[1]))).toEqual([]);
      });

      it('find what a supervisor left of a command when it was killed', async () => {
        const marker = randomUUID();
        const up = pipe('up');
        const given = {
          command: `setsid sh -c 'trap "" TERM; echo up >${up}; exec sleep 1000' & exec sleep 1000`,
          marker,
          isolate,
          protect,
          writable: [],
          cwd: root,
        };
        const code = `place.shell({ ...${JSON.stringify({ ...given, env: env(), timeoutMs: long })}, signal: new AbortController().signal });
          await (await import('node:fs/promises')).readFile(${JSON.stringify(up)});
          process.kill(process.pid, 'SIGKILL');`;
        expect(await elsewhere({ code })).toMatchObject({ signal: 'SIGKILL' });
        expect((await place.marked()).map((one) => one.marker)).toContain(marker);
        expect(await place.end({ marker, graceMs: 50 })).toEqual({ left: [] });
        expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
      });
    });

    describe('shell', () => {
      const shell = (command: string, over: { timeoutMs?: number; signal?: AbortSignal; cwd?: string } = {}) =>
        place.shell({
          command,
          marker: randomUUID(),
          isolate,
          protect,
          writable: [],
          cwd: root,
          env: env(),
          timeoutMs: long,
          signal: never,
          ...over,
        });

      it('has no environment but the given one, and its folder', async () => {
        process.env['YARD_LEAKED'] = 'leaked';
        const { output: text } = await shell('echo "$YARD_LEAKED:$YARD_TEST"; pwd -P');
        delete process.env['YARD_LEAKED'];
        expect(text).toBe(`:${tag}\n${execFileSync('pwd', ['-P'], { cwd: root, encoding: 'utf8' })}`);
      });

      it('keeps the last 64 KiB, in whole characters', async () => {
        const { output: text, code } = await shell(
          'i=0; while [ $i -lt 3000 ]; do echo "$i éééééééééééééééééééé"; i=$((i+1)); done; printf x',
        );
        expect(code).toBe(0);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
        expect(Buffer.byteLength(text)).toBeGreaterThan(64 * 1024 - 4);
        expect(text).not.toContain('\ufffd');
        expect(text.endsWith('\n2999 éééééééééééééééééééé\nx')).toBe(true);
      });

      it('does not wait for somebody out of its reach who holds the pipe open', async () => {
        const up = pipe('up');
        const { code, output: text } = await shell(
          `env -i YARD_TEST=${tag} setsid sh -c 'echo $$ > ${up}; exec sleep 1000' & read pid < ${up}; echo $pid`,
        );
        expect(code).toBe(0);
        expect(text).toMatch(/^\d+\n$/);
        const out = carriers(`YARD_TEST=${tag}`);
        if (isolated) return expect(out).toEqual([]);
        expect(out).toEqual([Number(text)]);
        process.kill(Number(text), 'SIGKILL');
      });

      it('is a fault where there is no such folder', async () => {
        await expect(shell('true', { cwd: join(root, 'missing') })).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
      });
    });
  });
});
