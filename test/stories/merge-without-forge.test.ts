// Work that arrived without a forge is merged by `yardmaster merge`: with the real program, real git and a bare remote.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openYard, type Yard, type YardOptions } from '../support/yard.ts';

const todo = (...ids: readonly string[]): string => ids.map((id) => `- [ ] ${id} Write it #auto-dispatch model:opus\n`).join('');
const work = (file: string, content = 'x\n') => [[{ commit: { file, content, message: `write ${file}` } }]];

interface Shown {
  readonly state: string;
  readonly evidence: string;
  readonly delivery: { readonly commit: string; readonly merged: { readonly commit: string } | null };
}

async function delivered(options: YardOptions): Promise<Yard> {
  const yard = await openYard(options);
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  return yard;
}

/** Git in the bare remote. */
function there(yard: Yard, ...args: string[]): string {
  return execFileSync('git', args, { cwd: join(yard.root, 'origin.git'), env: yard.env, encoding: 'utf8' }).trimEnd();
}

const branches = (yard: Yard): readonly string[] => there(yard, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');

test.each([
  ['squash', 'first|t1: Write it', 1],
  ['merge', 'first|write parser.txt|t1: Write it', 2],
  ['rebase', 'first|write parser.txt', 1],
] as const)('by %s, and the branch is deleted', async (method, subjects, parents) => {
  const yard = await delivered({
    todo: todo('t1'),
    actions: { t1: work('parser.txt') },
    config: { delivery: { merge: { method } } },
  });
  const before = yard.git('rev-parse', 'HEAD');
  const head = there(yard, 'rev-parse', 'yard/t1-write-it').slice(0, 12);
  const merged = await yard.run('merge', 't1');
  const commit = there(yard, 'rev-parse', 'main');
  const into = `main at origin as ${commit.slice(0, 12)}`;
  expect([merged.code, merged.stderr, merged.stdout]).toEqual([
    0,
    '',
    `t1  branch yard/t1-write-it at ${head} was merged into ${into}, and the branch is deleted\n`,
  ]);
  expect(there(yard, 'log', '--topo-order', '--reverse', '--format=%s', 'main').split('\n').join('|')).toBe(subjects);
  expect(there(yard, 'show', '--no-patch', '--format=%P', 'main').split(' ')).toHaveLength(parents);
  expect(there(yard, 'show', 'main:parser.txt')).toBe('x');
  expect(branches(yard)).toEqual(['main']);
  // The person's own branch and files are theirs.
  expect([yard.git('rev-parse', 'HEAD'), yard.git('ls-files', 'parser.txt')]).toEqual([before, '']);
  const shown = await yard.json<Shown>('show', 't1');
  expect(shown).toMatchObject({ state: 'done', delivery: { merged: { commit } } });
  expect(`t1  ${shown.evidence}\n`).toBe(merged.stdout);

  const again = await yard.run('merge', 't1');
  expect([again.code, again.stdout, again.stderr]).toEqual([3, '', expect.stringContaining('t1 is merged already')]);
  expect(there(yard, 'rev-parse', 'main')).toBe(commit);
});

test('what does not apply cleanly is refused with its paths; a branch that somebody moved, and open tasks, are refused', async () => {
  const yard = await delivered({
    todo: todo('t1', 't2', 't3'),
    actions: { t1: work('parser.txt', 'one\n'), t2: work('parser.txt', 'other\n'), t3: work('guide.txt') },
    config: { delivery: { merge: { deleteBranch: false } } },
  });
  const both = await yard.run('merge', 't1', 't2');
  expect([both.code, both.stdout, both.stderr]).toEqual([
    3,
    expect.stringContaining('t1  branch yard/t1-write-it at'),
    't2 does not apply cleanly to main, and nothing was merged: conflicts in parser.txt\n  → merge it by hand: git fetch origin && git merge origin/yard/t2-write-it\n',
  ]);
  expect(branches(yard)).toEqual(['main', ...['t1', 't2', 't3'].map((id) => `yard/${id}-write-it`)]);
  expect(there(yard, 'show', 'main:parser.txt')).toBe('one');
  expect(await yard.json<Shown>('show', 't2')).toMatchObject({ state: 'done', delivery: { merged: null } });

  const moved = there(yard, 'rev-parse', 'main');
  there(yard, 'update-ref', 'refs/heads/yard/t3-write-it', moved);
  const foreign = await yard.run('merge', 't3');
  expect([foreign.code, foreign.stderr]).toEqual([3, expect.stringContaining('somebody else moved it')]);
  there(yard, 'update-ref', '-d', 'refs/heads/yard/t3-write-it');
  const gone = await yard.run('merge', 't3');
  expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining('there is no branch yard/t3-write-it at origin any more')]);
  expect(there(yard, 'rev-parse', 'main')).toBe(moved);

  expect((await yard.run('add', 'Write more', '--id', 't9')).code).toBe(0);
  const open = await yard.run('merge', 't9');
  expect([open.code, open.stderr]).toEqual([3, expect.stringContaining('t9 is queued, and only delivered work is merged')]);
});

test('without a remote the base is moved here, unless it is checked out', async () => {
  const yard = await delivered({
    todo: todo('t1'),
    actions: { t1: work('parser.txt') },
    config: { delivery: { base: 'main' } },
    remote: false,
  });
  const refused = await yard.run('merge', 't1');
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(`main is checked out in ${yard.repo}`)]);
  expect(refused.stderr).toContain('merge yard/t1-write-it');
  yard.git('switch', '--quiet', '--create', 'elsewhere');
  const merged = await yard.json<readonly { readonly mergedCommit: string }[]>('merge', 't1');
  const commit = yard.git('rev-parse', 'main');
  expect(merged).toMatchObject([{ task: 't1', number: null, state: 'merged', base: 'main', mergedCommit: commit }]);
  expect(yard.git('show', 'main:parser.txt')).toBe('x');
  expect(yard.git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n')).toEqual(['elsewhere', 'main']);
});
