import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { hour } from '../time.ts';
import { branchName, isBranchName, perhapsPushed } from './branch.ts';
import { inWords } from '../reason/said.ts';

/** Any UTF-16 at all, lone surrogates included. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 100 }).map((units) => String.fromCharCode(...units));

const name = (title: string, taken: string[] = [], prefix = 'yard/'): string => branchName({ prefix, id: 't12', title, taken });

describe('branchName', () => {
  const cases: readonly [title: string, branch: string][] = [
    ['Fix the parser', 'yard/t12-fix-the-parser'],
    ['  "Fix": the/parser!?  ', 'yard/t12-fix-the-parser'],
    ['', 'yard/t12'],
    ['日本語 — …', 'yard/t12'],
    ['Über-Größe: naïve café’s Øl, İstanbul', 'yard/t12-uber-grosse-naive-cafes-ol-istanbul'],
    ['ﬁx ① Łódź — don’t', 'yard/t12-fix-1-lodz-dont'],
    ['Make the very long title of this task somewhat shorter', 'yard/t12-make-the-very-long-title-of-this-task'],
    ['Make the very long title of this taskx abc', 'yard/t12-make-the-very-long-title-of-this-taskx'],
    ['a'.repeat(50), `yard/t12-${'a'.repeat(40)}`],
    [`${'a'.repeat(40)} b`, `yard/t12-${'a'.repeat(40)}`],
  ];
  it.each(cases)('%j', (title, branch) => {
    expect(name(title)).toBe(branch);
  });

  it('numbers a name that is taken, whatever its case', () => {
    expect(name('x', ['yard/t12-x'])).toBe('yard/t12-x-2');
    expect(name('x', ['YARD/T12-X', 'yard/t12-x-2', 'yard/t12-x-4'])).toBe('yard/t12-x-3');
  });

  it('minds folders against files', () => {
    expect(name('', ['yard/t12/x'])).toBe('yard/t12-2');
    expect(name('', ['Yard/t1', 'yard/t123'])).toBe('yard/t12');
    expect(name('x', ['yard'])).toBe('yard-t12-x');
    expect(name('x', ['Yard', 'yard-t12-x'])).toBe('yard-t12-x-2');
    expect(name('x', ['a/B'], 'a/b/c/')).toBe('a-b-c-t12-x');
  });

  it('keeps a good prefix and mends a bad one', () => {
    expect(name('x', [], 'team/bot-')).toBe('team/bot-t12-x');
    expect(name('x', [], '')).toBe('t12-x');
    expect(name('x', [], 'größe/')).toBe('größe/t12-x');
    expect(name('x', [], '/-a b//.c..d.lock/@{')).toBe('a-b/c.d/@-t12-x');
    expect(name('x', [], `${'a'.repeat(99)}/${'b'.repeat(99)}`)).toBe(`${'a'.repeat(40)}/${'b'.repeat(40)}t12-x`);
    expect(name('x', [], 'a/'.repeat(5000))).toBe(`${'a/'.repeat(8)}t12-x`);
  });
});

/** The rules of git-check-ref-format(1), and of `--branch`, which refuses a leading dash. */
function isRef(ref: string): boolean {
  const parts = ref.split('/');
  if (ref === '@' || ref === 'HEAD' || ref.endsWith('.') || ref.startsWith('-') || ref.includes('..') || ref.includes('@{')) return false;
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(ref) || !ref.isWellFormed()) return false;
  return parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock') && Buffer.byteLength(part) <= 250);
}

const awkward = fc.constantFrom(
  '/',
  '.',
  '..',
  '.lock',
  '-',
  '@{',
  '@',
  '\\',
  ' ',
  '\u0000',
  '\n',
  '\u007f',
  '~',
  '^',
  ':',
  '?',
  '*',
  '[',
  'é',
  '\ud800',
  '😀',
  'x',
  'refs/heads/',
  'a'.repeat(39),
);
const anyText = fc.oneof(
  fc.array(awkward, { maxLength: 30 }).map((parts) => parts.join('')),
  anyUnits,
);
const anyId = fc.array(fc.nat(999_999_999), { minLength: 1, maxLength: 3 }).map((numbers) => `t${numbers.join('.')}`);

test.each([
  ['whose work was pushed', { kind: 'work' }, 1, true],
  ['whose push was refused', { kind: 'push-refused' }, 2, true],
  ['that was cancelled', { kind: 'cancelled' }, 0, true],
  ['whose work could not be judged', { kind: 'repository-away', workDone: true }, 0, true],
  ['that is not judged yet', null, 0, true],
  ['that left nothing', { kind: 'no-delivery' }, 0, false],
] as const)('the name of an attempt %s', (_, verdict, commits, is) => {
  const said = verdict === null ? null : { said: inWords(''), until: null, feedback: null, ...verdict };
  const names = (branch: string | null, endedAt: number | null): readonly string[] =>
    perhapsPushed({ attempts: [{ branch, commits, verdict: said, endedAt }], now: 20 * hour });
  for (const endedAt of [null, 8 * hour]) expect(names('yard/t1', endedAt)).toEqual(is ? ['yard/t1'] : []);
  // Whatever a server has not received by then, it never will.
  expect(names('yard/t1', 8 * hour - 1)).toEqual([]);
  expect(names(null, null)).toEqual([]);
});

test.each([
  ['GH-12', 'Fix it', 'yard/GH-12-fix-it'],
  ['feature/x', 'Fix it', 'yard/feature_x-fix-it'],
  ['x.lock', '日本', 'yard/x_lock'],
])('an id that a source chose, %s, with the title %s', (id, title, branch) => {
  expect(branchName({ prefix: 'yard/', id, title, taken: [] })).toBe(branch);
});

describe('any prefix and title', () => {
  it('give a name that git takes', () => {
    fc.assert(
      fc.property(anyText, anyId, anyText, (prefix, id, title) => {
        const branch = branchName({ prefix, id, title, taken: [] });
        expect(branch).toSatisfy(isRef);
        expect(branch).toContain(id);
        const again = branchName({ prefix, id, title, taken: [branch, `${branch}-2/x`] });
        expect(again).toBe(`${branch}-3`);
      }),
      { numRuns: 500 },
    );
  });

  it('give a name that the real git takes', () => {
    const sample = fc.sample(fc.record({ prefix: anyText, id: anyId, title: anyText }), 40);
    for (const wish of sample) {
      const branch = branchName({ ...wish, taken: [] });
      const git = spawnSync('git', ['check-ref-format', '--branch', branch], { encoding: 'utf8' });
      expect(git, JSON.stringify(wish)).toMatchObject({ status: 0, stdout: `${branch}\n` });
    }
  });
});

describe('isBranchName', () => {
  test.each(['main', 'yard/t1-fix', 'a.b/c_d', 'ö', 'x@y', 'lock', 'HEAD'])('%s is one', (name) => {
    expect(isBranchName(name)).toBe(true);
  });

  const no = [
    '',
    '@',
    '-x',
    'a b',
    'a..b',
    '../x',
    'a/../b',
    '.a',
    'a/.b',
    'a/',
    '/a',
    'a//b',
    'a.',
    'a.lock',
    'a.lock/b',
    'a:b',
    'a*',
    'a@{1}',
  ];
  test.each([...no, 'a\\b', 'a\nb', 'a~1', 'a^', 'a?', 'a[', 'a\u007f'])('%j is none', (name) => {
    expect(isBranchName(name)).toBe(false);
  });
});
