// Tasks that build on each other before anything is merged: with the real program, real git and a forge on loopback, and
// without a forge.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForgeYard, repository } from '../support/forge-yard.ts';
import { openYard } from '../support/yard.ts';

const todo = [
  '- [ ] t1 Write the parser #auto-dispatch model:opus',
  '- [ ] t2 Extend the parser #auto-dispatch model:opus blocked-by:t1',
  '- [ ] t3 Finish the parser #auto-dispatch model:opus blocked-by:t2',
  '',
].join('\n');

/** Each task changes the same lines of one file, so whatever brings in the lower one's commits twice conflicts. */
const parser = (id: string, ...lines: string[]) => [
  { commit: { file: 'parser.txt', content: lines.map((line) => `${line}\n`).join(''), message: `${id}: write the parser` } },
];

interface Pull {
  readonly task: string;
  readonly number: number;
  readonly state: string;
  readonly standing: string;
  readonly base: string;
  readonly branch: string;
  readonly text: string;
  readonly stackedOn: string | null;
}

test('a stack of three: upper ones follow a review of the lowest, and all are merged from the bottom up by squashes', async () => {
  const { yard, forge, writes } = await openForgeYard({
    todo,
    actions: {
      t1: [parser('t1', 'one'), [{ commit: { file: 'tabs.txt', content: 'tabs\n', message: 't1: say more about tabs' } }]],
      t2: [parser('t2', 'one and two')],
      t3: [parser('t3', 'one, two and three')],
    },
    config: { delivery: { merge: { when: 'green' } } },
  });
  forge.protect(repository, 'main', { checks: ['test'] });
  const bare = (...args: string[]): string => forge.repository(repository).bare.git(args);
  let holds = true;
  forge.onPush(({ branch, sha }) => {
    if (branch !== 'main' && !holds) forge.check({ repository, sha, name: 'test', conclusion: 'success' });
  });
  const pulls = async (): Promise<readonly Pull[]> => (await yard.json<Pull[]>('pr')).toSorted((a, b) => (a.task < b.task ? -1 : 1));

  expect((await yard.run('run', '--until', 'idle')).code).toBe(0);
  const [first, second, third] = (await pulls()) as [Pull, Pull, Pull];
  expect([first.number, first.base, first.stackedOn]).toEqual([1, 'main', null]);
  expect([second.base, third.base]).toEqual([first.branch, second.branch]);
  expect([second.stackedOn, third.stackedOn]).toEqual(['t1', 't2']);
  expect(second.text).toBe('#2 builds on the branch of t1, which is merged first');
  expect(forge.pull(repository, 3).body).toContain('This builds on #2 (task t2), which is merged first.');
  expect(bare('log', '--format=%s', `main..${third.branch}`).split('\n')).toEqual(
    ['t3', 't2', 't1'].map((id) => `${id}: write the parser`),
  );
  expect(yard.attempts().find(({ task }) => task === 't2')?.prompt).toContain(`It starts from the branch ${first.branch}`);

  const ada = forge.as('ada');
  const reviewed = { repository, number: first.number };
  ada.requestChanges(reviewed, 'Please say more about tabs.');
  expect((await yard.run('run', '--until', 'idle')).code).toBe(0);
  for (const { branch } of [first, second, third]) expect(bare('show', `${branch}:tabs.txt`)).toBe('tabs');
  expect(bare('show', `${third.branch}:parser.txt`)).toBe('one, two and three');
  expect(bare('rev-list', '--count', `main..${third.branch}`)).toBe('4');

  ada.approve(reviewed);
  holds = false;
  for (const { branch } of [first, second, third]) forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  const ran = await yard.run('run', '--until', 'done');
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  expect((await pulls()).map(({ state, base, standing }) => [state, base, standing])).toEqual(
    [1, 2, 3].map(() => ['merged', 'main', 'merged']),
  );
  // Each squash has only what its own task changed.
  expect(
    bare('log', '--reverse', '--format=%s', '--name-only', 'main')
      .split('\n')
      .filter((line) => line !== '')
      .slice(-7),
  ).toEqual([
    expect.stringMatching(/^t1: /),
    'parser.txt',
    'tabs.txt',
    expect.stringMatching(/^t2: /),
    'parser.txt',
    expect.stringMatching(/^t3: /),
    'parser.txt',
  ]);
  expect(bare('show', 'main:parser.txt')).toBe('one, two and three');
  expect(bare('for-each-ref', '--format=%(refname:short)', 'refs/heads')).toBe('main');
  expect(writes().filter((one) => one === `POST /repos/${repository}/pulls`)).toHaveLength(3);
  expect(yard.attempts()).toHaveLength(4);
  for (const id of ['t1', 't2', 't3']) expect(yard.todo()).toMatch(new RegExp(`- \\[x\\] ${id} `));
});

test('without a forge, a task starts from the branch of the one that is done, and is merged after it', async () => {
  const yard = await openYard({
    todo: todo.split('\n').slice(0, 2).join('\n'),
    actions: { t1: [parser('t1', 'one')], t2: [parser('t2', 'one and two')] },
  });
  const there = (...args: string[]): string =>
    execFileSync('git', args, { cwd: join(yard.root, 'origin.git'), env: yard.env, encoding: 'utf8' }).trimEnd();
  expect((await yard.run('run')).code).toBe(0);
  const shown = await yard.json<{ readonly branch: string; readonly delivery: object }>('show', 't2');
  const lower = 'yard/t1-write-the-parser';
  expect(shown.delivery).toMatchObject({ stackedOn: { task: 't1', branch: lower } });
  expect(there('log', '--format=%s', `main..${shown.branch}`).split('\n')).toEqual(['t2: write the parser', 't1: write the parser']);

  const early = await yard.run('merge', 't2');
  expect([early.code, early.stderr]).toEqual([3, expect.stringContaining(`t2 builds on ${lower}, which is merged first`)]);
  expect((await yard.run('merge', 't1')).code).toBe(0);
  expect(await yard.run('merge', 't2')).toMatchObject({ code: 0, stderr: '' });
  expect(there('show', 'main:parser.txt')).toBe('one and two');
  expect(there('log', '--format=%s', 'main').split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^t2: /),
    expect.stringMatching(/^t1: /),
  ]);
});
