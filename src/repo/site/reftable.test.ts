// References and logs in tables, as git 2.55 wrote them, and files that are no tables. If the installed git supports
// tables, its own answer for large ones of many kinds is compared with ours.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { since } from '../../../test/support/git-version.ts';
import { lookBudget } from './git-files.ts';
import { allRefs, headBranch, headCommit, loggedIds, refTip } from './git-refs.ts';
import { holdingsOf } from './holdings.ts';
import { refTables } from './reftable.ts';

const sha1 = [
  [
    'UkVGVAEAEAAAAAAAAAAAAQAAAAAAAAAGcgAAzwAjSEVBRAAPcmVmcy9oZWFkcy9tYWluAIA5cmVmcy9oZWFkcy9mZWF0dXJlL2dvbmUFM8DrxL+5u8BZoAme',
    'SmmYmXBXiWITCXgEM8DrxL+5u8BZoAmeSmmYmXBXiWILIW1haW4CM8DrxL+5u8BZoAmeSmmYmXBXiWIFOnRhZ3MvdjEDGBrhcZjNpOwxxLR18I82MRvKkDkz',
    'wOvEv7m7wFmgCZ5KaZiZcFeJYgAAHAAAMwACZwACK3jaY8j0cHV0YfgPAX/O1pW3b/DMiU0vfhho+Of7YsussFbjA6+P7N+5+0DkAs55XpkzZhaEdyYxOjIn',
    'OiS1rjz3kIGBQSQ5Pzc3s0RBIzE3NS9F00qhpDyfi4fzLwMWgM0CFMPEYIZl5mWWZCbmAI3Lz0vlYmhkLEpNK9bPSE1MKdZPS00sKS1K1U8HSsHc/hObdQTd',
    'LpVUlJiXnGGl4FwENDM1RSGtKD9XITcxM49LOLACZvYvapvNnQmiaBDs4lQOdgYWBoY1DEwAZK7NUFJFRlQBABAAAAAAAAAAAAEAAAAAAAAABgAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAADPAAAAAAAAAAAkNMK3',
  ],
  [
    'UkVGVAEAEAAAAAAAAAAABwAAAAAAAAAHcgAAPACAOHJlZnMvaGVhZHMvZmVhdHVyZS9nb25lAAAAHAABZwAALHjaY2hkKEpNK9bPSE1MKdZPS00sKS1K1U/P',
    'z0tl+A8BPxkYWBgYAUTUEVBSRUZUAQAQAAAAAAAAAAAHAAAAAAAAAAcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPAAAAAAAAAAA9mpDoQ==',
  ],
  [
    'UkVGVAEAEAAAAAAAAAAACAAAAAAAAAAIcgAAQwB7cmVmcy9oZWFkcy9saW5rAA9yZWZzL2hlYWRzL21haW4AABwAAWcAAFt42mNocCxKTSvWz0hNTCnWz8nM',
    'y2b4DwHfGbAA4wOvj+zfuftA5ALOeV6ZM2YWhHcmMToyJzokta489xCogJGLgYGFgREAiGEdc1JFRlQBABAAAAAAAAAAAAgAAAAAAAAACAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAABDAAAAAAAAAAC6cIbo',
  ],
  [
    'UkVGVAEAEAAAAAAAAAAACQAAAAAAAAAJcgAATQCAIXJlZnMvaGVhZHMvZmVhdHVyZS95ADPA68S/ubvAWaAJnkppmJlwV4liAAAcAAFnAAB5eNpjaMgsSk0r',
    '1s9ITUwp1k9LTSwpLUrVr2T4DwHfGLAA4wOvj+zfuftA5ALOeV6ZM2YWhHcmMToyJzokta489xCoQCqpKDEvOcNKwbkIaGBqikJaUX6ugoerowsXAwMLAyMA',
    '/CooH1JFRlQBABAAAAAAAAAAAAkAAAAAAAAACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABNAAAAAAAAAAAV/eLI',
  ],
];

const sha256 = [
  [
    'UkVGVAIAEAAAAAAAAAAAAQAAAAAAAAAGczI1NnIAAQ8AI0hFQUQAD3JlZnMvaGVhZHMvbWFpbgCAOXJlZnMvaGVhZHMvZmVhdHVyZS9nb25lBZ8SIjgxyMne',
    'mX9wSqILlKabSnB3qE8AV2erjrFElPFsEwl4BJ8SIjgxyMnemX9wSqILlKabSnB3qE8AV2erjrFElPFsCyFtYWluAp8SIjgxyMnemX9wSqILlKabSnB3qE8A',
    'V2erjrFElPFsBTp0YWdzL3YxA84Om7EErcrlTyYegaQcTHxwNcPjaGWoWw390XzyvHvCnxIiODHIyd6Zf3BKoguUpptKcHeoTwBXZ6uOsUSU8WwAACAAADcA',
    'AmcAArt42mPI9HB1dGH4DwF/0nMnyBZwr38ZyXz9d7axx+R0HWGJ6MWfX/isNVRcIJTlN19IycLwxMl7M+sLvBZxT1k226ugfIU/Q3j66r6NLlM+5jA6Mic6',
    'JLWuPPeQgYFBJDk/NzezREEjMTc1L0XTSqGkPJ+Lh/MvAwFAyBEolojBLMnMyyzJTMwBWpOfl8rF0MhYlJpWrJ+RmphSrJ+WmlhSWpSqnw6Ugvn1JyFnkORX',
    'qaSixLzkDCsF5yKgXakpCmlF+bkKuYmZeVzCgRUwO3/Ry07uTBBFx2gVp1O0MrAwMNxhYAIAwxzrEFJFRlQCABAAAAAAAAAAAAEAAAAAAAAABnMyNTYAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABDwAAAAAAAAAAriPPhA==',
  ],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-tables-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function lay(gitFolder: string, tables: readonly (readonly string[])[]): void {
  const reftable = join(gitFolder, 'reftable');
  mkdirSync(reftable, { recursive: true });
  writeFileSync(join(gitFolder, 'HEAD'), 'ref: refs/heads/.invalid\n');
  tables.forEach((lines, at) => writeFileSync(join(reftable, `${at}.ref`), Buffer.from(lines.join(''), 'base64')));
  writeFileSync(join(reftable, 'tables.list'), tables.map((_, at) => `${at}.ref\n`).join(''));
}

const [first, last, tag] = [
  'cd7e7787b0496c5d6773e15131fcf7a3396a5685',
  '33c0ebc4bfb9bbc059a0099e4a69989970578962',
  '181ae17198cda4ec31c4b475f08f36311bca9039',
];

describe('of SHA-1, in several tables', () => {
  test('a later one deletes and adds; what is symbolic is left out', () => {
    lay(folder, sha1);
    expect(Object.fromEntries(allRefs(folder))).toEqual({
      'refs/heads/feature/x': last,
      'refs/heads/feature/y': last,
      'refs/heads/main': last,
      'refs/tags/v1': tag,
    });
    expect([headBranch(folder), headCommit(folder), refTip(folder, 'refs/heads/main'), refTip(folder, 'refs/heads/feature/gone')]).toEqual([
      'main',
      null,
      last,
      null,
    ]);
    expect(refTables(folder, lookBudget())?.refs.get('refs/heads/link')).toEqual({ symbolic: 'refs/heads/main' });
    lay(folder, sha1.slice(0, 1));
    expect(refTip(folder, 'refs/heads/feature/gone')).toBe(last);
  });

  test('logs name what was amended', () => {
    lay(folder, sha1);
    expect([...loggedIds(folder)].toSorted()).toEqual([last, first].toSorted());
    expect(holdingsOf(folder)).toMatchObject({ named: new Set([last, tag]), logged: new Set([first]) });
  });

  test('of a worktree that is linked to it, too', () => {
    mkdirSync(join(folder, 'worktrees'));
    lay(join(folder, 'worktrees/w'), sha1);
    expect(holdingsOf(folder)).toMatchObject({ named: new Set([last, tag]), logged: new Set([first]) });
  });
});

test('of SHA-256', () => {
  lay(folder, sha256);
  expect(refTip(folder, 'refs/heads/main')).toBe('9f12223831c8c9de997f704aa20b94a69b4a7077a84f005767ab8eb14494f16c');
  expect(loggedIds(folder).size).toBe(2);
});

describe('what is no table is a fault', () => {
  const fault = expect.objectContaining({ code: 'worktree-failed', message: expect.stringContaining('0.ref') });

  test('one that is missing, or stands elsewhere', () => {
    lay(folder, sha1.slice(0, 1));
    rmSync(join(folder, 'reftable/0.ref'));
    expect(() => allRefs(folder)).toThrow(fault);
    writeFileSync(join(folder, 'reftable/tables.list'), '../0.ref\n');
    writeFileSync(join(folder, '0.ref'), '');
    expect(() => allRefs(folder)).toThrow(fault);
  });

  test('of any length that is cut off, and of any byte that is another, it is a fault or it ends', () => {
    lay(folder, sha1.slice(0, 1));
    const file = join(folder, 'reftable/0.ref');
    const whole = readFileSync(file);
    const other = (bytes: Buffer): void => {
      writeFileSync(file, bytes);
      try {
        allRefs(folder, { bytes: 100_000, lines: 1000 });
        loggedIds(folder, { bytes: 100_000, lines: 1000 });
      } catch (error) {
        expect(error).toEqual(fault);
      }
    };
    for (let at = 0; at < whole.length; at += 1) {
      other(whole.subarray(0, at));
      for (const byte of [0, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        other(changed);
      }
    }
    truncateSync(file, 0);
    expect(() => allRefs(folder)).toThrow(fault);
  });

  test('more than the budget allows', () => {
    lay(folder, sha1);
    expect(() => allRefs(folder, { bytes: 500, lines: 1000 })).toThrow('more references and logs');
    expect(() => allRefs(folder, { bytes: 10_000, lines: 8 })).toThrow('more references and logs');
  });

  describe('a small one that unfolds to more than a machine has, or to hours of work', () => {
    const number = (value: number): Buffer => {
      const bytes = [value & 0x7f];
      for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (--rest & 0x7f));
      return Buffer.from(bytes);
    };
    const block = (type: string, length: number, content: readonly Buffer[] = []): Buffer =>
      Buffer.concat([Buffer.from(type), Buffer.from([length >> 16, (length >> 8) & 0xff, length & 0xff]), ...content]);
    const begin = Buffer.concat([Buffer.from('REFT\u0001'), Buffer.alloc(19)]);
    const layOne = (refs: Buffer, logs: readonly Buffer[] = []): void => {
      const end = Buffer.alloc(68);
      begin.copy(end);
      end.writeBigUInt64BE(BigInt(begin.length + refs.length), 48);
      lay(folder, [[Buffer.concat([begin, refs, ...logs, end]).toString('base64')]]);
    };
    const noRefs = block('r', 30, [Buffer.alloc(2)]);

    test('names of which each goes on where the last one ended', () => {
      const one = (at: number) => Buffer.concat([number(at * 200), number(200 * 8 + 1), Buffer.alloc(200, 97), Buffer.alloc(21, 1)]);
      const names = Buffer.concat(Array.from({ length: 2000 }, (_, at) => one(at)));
      layOne(block('r', 24 + 4 + names.length + 2, [names, Buffer.alloc(2)]));
      expect(() => allRefs(folder)).toThrow('more references and logs');
    });

    test('blocks of logs that hold one long word', () => {
      const size = 15_000_000;
      const said = Buffer.concat([number(0), number(1), Buffer.alloc(45), number(size), Buffer.alloc(size + 2)]);
      layOne(noRefs, Array<Buffer>(100).fill(block('g', said.length + 4, [deflateSync(said)])));
      expect(() => loggedIds(folder)).toThrow('more references and logs');
    });

    test('blocks that hold nothing', () => {
      layOne(Buffer.concat([noRefs, Buffer.alloc(4_000_000, block('r', 4))]));
      expect(() => allRefs(folder)).toThrow('more references and logs');
      layOne(noRefs, Array<Buffer>(100_000).fill(block('g', 6, [deflateSync(Buffer.alloc(2))])));
      expect(() => loggedIds(folder)).toThrow('more references and logs');
    });
  });
});

test.for([
  ['blocks of the usual size', []],
  ['small blocks, with an index', ['-c', 'reftable.blockSize=512']],
  ['one block for all', ['-c', 'reftable.blockSize=1048576']],
] as const)('as git reads them: %s', ([, settings], { skip }) => {
  const why = since(2, 45)();
  if (why !== null) skip(why);
  const git = (args: readonly string[], input = ''): string =>
    execFileSync('git', [...settings, ...args], { cwd: folder, input, encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
  git(['init', '--quiet', '--ref-format=reftable', '--template=', '.']);
  const tree = git(['mktree']);
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@b'];
  const commits = [1, 2, 3].map((n) => git([...who, 'commit-tree', '-m', `${n}`, tree]));
  const names = Array.from({ length: 3000 }, (_, at) => `refs/heads/topic-${(at * 7919) % 3000}/${'x'.repeat(at % 60)}y`);
  const update = (commit: string | undefined, some: readonly string[]): void => {
    git([...who, 'update-ref', '--create-reflog', '--stdin'], some.map((name) => `update ${name} ${commit}\n`).join(''));
  };
  update(commits[0], names);
  update(commits[1], names.slice(0, 1000));
  git(
    [...who, 'update-ref', '--stdin'],
    names
      .slice(2900)
      .map((name) => `delete ${name}\n`)
      .join(''),
  );
  update(commits[2], ['refs/heads/last']);
  git(['symbolic-ref', 'HEAD', 'refs/heads/last']);
  const listed = git(['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  expect([...allRefs(join(folder, '.git'))].map((one) => one.join(' ')).toSorted()).toEqual(listed.toSorted());
  expect([...loggedIds(join(folder, '.git'))].toSorted()).toEqual(commits.toSorted());
  expect(headBranch(join(folder, '.git'))).toBe('last');
});
