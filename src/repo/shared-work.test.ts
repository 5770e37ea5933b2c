// A shared question ends when the last of its callers is stopped, and not when one of them is.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from '../ports/repo.ts';
import { createGit, usualLimits } from './git.ts';
import { gitRepo } from './git-repo.ts';
import { createRemember } from './remember.ts';
import type { Within } from './shared-work.ts';
import { createTurns } from './turns.ts';

const git = createGit(usualLimits);
const stopped = expect.objectContaining({ code: 'stopped' });

type Ask = (signal: AbortSignal | null, work: (at: Within) => Promise<string>) => Promise<string>;

const ways: Readonly<Record<string, () => Ask>> = {
  turns: () => {
    const turns = createTurns({ git, freshMs: 60_000 });
    return (signal, work) => turns.shared({ name: 'n', signal }, work);
  },
  'what is remembered': () => {
    const remember = createRemember({ git, longestMs: 60_000 });
    return (signal, work) => remember({ key: 'k', files: () => [], signal }, work);
  },
};

describe.each(Object.keys(ways))('%s', (way) => {
  let ask: Ask;
  let begun: { readonly at: Within; readonly done: (answer: string) => void }[];
  const work = (at: Within): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    begun.push({ at, done: resolve });
    return promise;
  };
  beforeEach(() => {
    [ask, begun] = [ways[way]!(), []];
  });

  test('one of two is stopped: the other one has the answer', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const answers = Promise.allSettled([ask(one.signal, work), ask(other.signal, work)]);
    one.abort();
    await Promise.resolve();
    expect(begun.map(({ at }) => at.signal.aborted)).toEqual([false]);
    begun[0]!.done('answer');
    expect(await answers).toEqual([
      { status: 'rejected', reason: stopped },
      { status: 'fulfilled', value: 'answer' },
    ]);
    expect(await ask(AbortSignal.abort(), work).catch((error: unknown) => error)).toEqual(stopped);
    expect(await ask(null, work)).toBe('answer');
    expect(begun).toHaveLength(1);
  });

  test('all are stopped: it ends, and who comes then begins anew', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const answers = Promise.allSettled([ask(one.signal, work), ask(other.signal, work)]);
    for (const controller of [one, other]) controller.abort();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(begun[0]!.at.signal.aborted).toBe(true);
    expect(await begun[0]!.at.git.run({ cwd: '/', args: ['version'] })).toMatchObject({ aborted: true });
    const later = ask(null, work);
    expect(begun).toHaveLength(2);
    begun[1]!.done('anew');
    expect(await later).toBe('anew');
  });

  test('one who is never stopped keeps it', async () => {
    const one = new AbortController();
    const answers = Promise.allSettled([ask(null, work), ask(one.signal, work)]);
    one.abort();
    await Promise.resolve();
    expect(begun[0]!.at.signal.aborted).toBe(false);
    begun[0]!.done('answer');
    expect((await answers)[0]).toEqual({ status: 'fulfilled', value: 'answer' });
  });
});

describe('a remote that hangs', () => {
  let fx: GitFixture;
  let repo: Repo;
  const came = (): readonly number[] =>
    existsSync(join(fx.folder, 'came')) ? readFileSync(join(fx.folder, 'came'), 'utf8').trim().split('\n').map(Number) : [];
  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  beforeEach(() => {
    fx = createGitFixture();
    repo = gitRepo();
    const script = `echo $$ >> '${fx.folder}/came'; while [ ! -e '${fx.folder}/go' ]; do sleep 0.05; done; for last; do :; done; eval "exec $last"`;
    writeFileSync(join(fx.folder, 'ssh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    fx.git(fx.root, 'config', 'core.sshCommand', join(fx.folder, 'ssh'));
    fx.git(fx.root, 'config', 'ssh.variant', 'simple');
    fx.git(fx.root, 'remote', 'set-url', 'origin', `ssh://host.invalid${fx.remote}`);
  });
  afterEach(() => fx.dispose());

  const describeIt = (signal: AbortSignal) => repo.within(signal).describe(fx.root, { remote: 'origin' });
  const make = (name: string, signal: AbortSignal) =>
    repo.within(signal).makeSite({
      ...{ root: fx.root, path: join(fx.worktrees, name), branch: () => `yard/${name}`, remote: 'origin', defaultBranch: 'main' },
    });

  test.each(['describe', 'makeSite'])('%s: nothing of it goes on when all who asked are stopped', async (what) => {
    const [one, other] = [new AbortController(), new AbortController()];
    const ask = (name: string, { signal }: AbortController): Promise<unknown> =>
      what === 'describe' ? describeIt(signal) : make(name, signal);
    const answers = Promise.allSettled([ask('t1', one), ask('t2', other)]);
    await expect.poll(() => came().length).toBeGreaterThan(0);
    for (const controller of [one, other]) controller.abort();
    expect(await answers).toEqual([one, other].map(() => ({ status: 'rejected', reason: stopped })));
    await expect.poll(() => came().filter(isRunning)).toEqual([]);
  });

  test.each(['describe', 'makeSite'])('%s: the other one has its answer when one is stopped', async (what) => {
    const [one, other] = [new AbortController(), new AbortController()];
    const ask = (name: string, { signal }: AbortController): Promise<unknown> =>
      what === 'describe' ? describeIt(signal) : make(name, signal);
    const answers = Promise.allSettled([ask('t1', one), ask('t2', other)]);
    await expect.poll(() => came().length).toBeGreaterThan(0);
    one.abort();
    writeFileSync(join(fx.folder, 'go'), '');
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
