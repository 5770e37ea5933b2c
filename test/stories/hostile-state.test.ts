// A worker turns on Yardmaster's own state, by which it could have us do outside of its boundary what it cannot do itself:
// delete the person's repository as if it were our trash, run a filter, push elsewhere, take a task for done.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localPlace } from '../../src/places/local/local-place.ts';
import type { Action } from '../agent/script.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, type Told } from '../support/yard.ts';

const commit = (id: string): Action => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });

/** Each with $H, the state home, and $N, the name of its own checkout; each would succeed where nothing protects the state. */
const attacks: readonly string[] = [
  'mkdir -p "$H/trash" && mv "$H/trash" "$H/aside" && ln -s "$HOME/../repo" "$H/trash"',
  'cp -a "$H/readers" "$HOME/readers" && mv "$H/worktrees" "$H/aside" && ln -s "$HOME/worktrees" "$H/worktrees"',
  'mv "$H" "$H.real"',
  'mv "$H/attempts" "$H/att" && ln -s "$HOME/../repo" "$H/attempts"',
  'git config -f "$H/readers/$N/config" filter.evil.clean "touch $HOME/evil"',
  'printf x >>"$H/yardmaster.db"',
  'rm -f "$H/yardmaster.db"',
  'echo x >"$H/tasks/new"',
  'set -- "$H"/worktrees/*-t2-*; echo mine >"$1/of-another.txt"',
  'mv "$PWD" "$H/worktrees/moved"',
];

test('a worker can change nothing of our state except its own files, and work goes on', async ({ skip }) => {
  const yard = await openYard({
    todo: '- [ ] t1 Attack #auto-dispatch\n- [ ] t2 Beside it #auto-dispatch\n',
    actions: {
      t1: [
        [
          commit('t1'),
          { waitFor: { file: 'second' } },
          ...attacks.map((run): Action => ({ run: `H=$(dirname "$(dirname "$PWD")") N=$(basename "$PWD")\n${run}` })),
        ],
      ],
      t2: [[commit('t2'), { run: 'touch "$HOME/../agents/second"' }, { edit: { file: 'more.txt', content: 'more\n' } }]],
    },
    config: { worker: { backoffSeconds: 0.1 } },
  });
  skip(!(await localPlace().protects({ isolate: 'auto', protect: [yard.repo], writable: [] })), 'no read-only mounts can be had here');
  const before = pictureOf(yard);
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const codes = Object.values(yard.agents).flatMap((agent) => agent.runs().map(({ command, code }) => [command.split('\n')[1], code]));
  expect(attacks.filter((attack) => codes.some(([command, code]) => command === attack && code !== 0))).toEqual(attacks);
  expect(changesSince(before, yard)).toEqual([]);
  expect((await yard.json<Told[]>('ls')).map(({ id, state, attempts }) => `${id} ${state}, ${attempts}`)).toEqual([
    't1 done, 1',
    't2 done, 1',
  ]);
  const trees = ['t1', 't2'].map((id) =>
    yard.git(
      '--git-dir',
      join(yard.root, 'origin.git'),
      'ls-tree',
      '--name-only',
      `refs/heads/yard/${id}-${id === 't1' ? 'attack' : 'beside-it'}`,
    ),
  );
  expect(trees.map((tree) => tree.split('\n').filter((name) => /^(t\d|more|of-another)/.test(name)))).toEqual([
    ['t1.txt'],
    ['more.txt', 't2.txt'],
  ]);
  expect(['worktrees', 'readers'].flatMap((name) => readdirSync(join(yard.home, name)))).toEqual([]);
});
