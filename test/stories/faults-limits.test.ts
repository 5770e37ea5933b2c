// Limits and mistakes of the surroundings: clear words, and nothing written where nobody looks for it.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { ended, openYard, type Ran, type Yard } from '../support/yard.ts';

test('a relative home is refused by every command, and nothing is written', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First\n', actions: {} });
  const before = readdirSync(yard.repo);
  const unset = { YARDMASTER_HOME: '', XDG_STATE_HOME: '', XDG_CONFIG_HOME: '' };
  const state = [['ls'], ['import'], ['up', '--print-unit']];
  const called: readonly (readonly [string, readonly string[][]])[] = [
    ['YARDMASTER_HOME', state],
    ['XDG_STATE_HOME', state],
    ['HOME', [...state, ['config']]],
    ['XDG_CONFIG_HOME', [['config'], ['mcp']]],
  ];
  for (const [name, all] of called) {
    for (const words of all) {
      const ran = await ended(yard.startWith({ ...(name === 'XDG_CONFIG_HOME' ? {} : unset), [name]: 'state' }, ...words));
      const stderr = `${name} is a relative path: state\n  → set it to an absolute path, or unset it\n`;
      expect.soft(ran, `${name} ${words.join(' ')}`).toMatchObject({ code: 1, stdout: '', stderr });
    }
  }
  expect(readdirSync(yard.repo)).toEqual(before);
});

test('too few open files and a deleted working directory are explained without a stack trace', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First\n', actions: {} });
  let told = 0;
  for (const limit of [26, 32]) {
    for (const words of ['add x', 'init', 'agents', 'doctor', 'reap']) {
      const { stdout, stderr } = await inShell(yard, `ulimit -n ${limit}; exec "$@" ${words}`);
      const all = stdout + stderr;
      expect.soft(all, `${limit} ${words}`).not.toMatch(/\n {4}at |please report/);
      // How few are too few depends on the version of Node.
      if (!/E[MN]FILE/.test(all)) continue;
      told += 1;
      expect.soft(all, `${limit} ${words}`).toContain('ulimit -n');
    }
  }
  expect(told).toBeGreaterThan(0);
  expect(await inShell(yard, 'mkdir gone; cd gone; rmdir ../gone; exec "$@" ls')).toMatchObject({
    code: 1,
    stderr: 'the current folder was deleted\n  → change into another one: cd\n',
  });
});

function inShell(yard: Yard, words: string): Promise<Ran> {
  const child = spawn('/bin/sh', ['-c', words, 'sh', process.execPath, inject('program')], { cwd: yard.repo, env: { ...yard.env } });
  return ended(child);
}
