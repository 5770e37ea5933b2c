import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { faultOf } from './system-fault.ts';

const fault = new Fault({ code: 'usage', message: 'm', hint: 'h' });
const system = (code: string, message: string): Error => Object.assign(new Error(message), { code, syscall: 'open' });

test.each<[string, unknown, { code: string; hint?: unknown } | null]>([
  ['a fault', fault, { code: 'usage', hint: 'h' }],
  ['too many files', system('EMFILE', "EMFILE: too many open files, open '/x'"), { code: 'too-many-files' }],
  [
    'too many files to load a part of the program',
    new Error('Cannot read package config /x/package.json: too many open files.'),
    { code: 'too-many-files' },
  ],
  ['too many files of all', system('ENFILE', 'ENFILE: file table overflow'), { code: 'too-many-files' }],
  [
    'a program that could not be started for it',
    new Fault({ code: 'git-failed', message: 'git: spawn git EMFILE', hint: 'h' }),
    { code: 'too-many-files' },
  ],
  [
    'another refusal',
    system('EPERM', 'EPERM: operation not permitted, rename'),
    { code: 'system', hint: expect.stringContaining('lsattr') },
  ],
  ['a mistake of ours', new TypeError('x is undefined'), null],
  ['a mistake in a call of Node', Object.assign(new Error('m'), { code: 'ERR_INVALID_ARG_TYPE', syscall: 'x' }), null],
  ['what is no error', 'words', null],
])('%s', (_, error, expected) => {
  const told = faultOf(error);
  if (expected === null) expect(told).toBeNull();
  else expect(told).toMatchObject(expected);
});
