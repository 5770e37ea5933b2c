// A worker puts something else where its checkout was made: a link, another folder with the git folder copied, a git
// folder of another repository. Nothing of what stands there is committed, pushed, kept or removed, and the task says why.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { gitFolders } from '../support/git-folders.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, type Yard } from '../support/yard.ts';

const must = (run: string): Action => ({ run, must: true });

interface Shown {
  readonly reason: string;
  readonly attempts: readonly { readonly verdict: string; readonly message: string }[];
}

/** Shell words; `$OTHER` is a folder of the person's beside it all, `$AWAY` a new name for the checkout. */
const attacks: Readonly<Record<string, string>> = {
  'a link to another folder': 'cp -a .git "$OTHER/.git"; here="$PWD"; mv "$here" "$AWAY"; ln -s "$OTHER" "$here"',
  'another folder moved there': 'cp -a .git "$OTHER/.git"; here="$PWD"; mv "$here" "$AWAY"; cp -a "$OTHER" "$here"',
  'a link as its git folder': 'mv .git "$AWAY"; git init -q "$OTHER"; git -C "$OTHER" add .; git -C "$OTHER" commit -qm other; git -C "$OTHER" branch -m "$BRANCH"; ln -s "$OTHER/.git" .git',
  'a file as its git folder': 'mv .git "$AWAY"; git init -q "$OTHER"; git -C "$OTHER" add .; git -C "$OTHER" commit -qm other; git -C "$OTHER" branch -m "$BRANCH"; echo "gitdir: $OTHER/.git" >.git',
  'another repository’s folder as common folder':
    'git init -q "$OTHER"; git -C "$OTHER" add .; git -C "$OTHER" commit -qm other; git -C "$OTHER" branch -m "$BRANCH"; echo "$OTHER/.git" >"$own/commondir"',
}; // prettier-ignore

/** All objects by which what stands in the file would be found at a place. */
function holdsSecret(yard: Yard, repository: string): boolean {
  const id = execFileSync('git', ['hash-object', '--stdin'], { env: yard.env, input: secret, encoding: 'utf8' }).trim();
  const git = (...args: string[]): string => execFileSync('git', ['--git-dir', repository, ...args], { env: yard.env, encoding: 'utf8' });
  return git('rev-list', '--objects', '--all').includes(id) || git('cat-file', '--batch-all-objects', '--batch-check').includes(id);
}

const secret = 'nobody else’s business\n';

test.for(Object.entries(attacks))('%s', async ([, words]) => {
  const yard = await openYard({ todo: '- [ ] t1 Work #auto-dispatch\n', actions: {}, config: { worker: { backoffSeconds: 0.1 } } });
  const other = join(yard.root, 'private');
  yard.write(join(other, 'secret.txt'), secret);
  const attack = [
    { say: 'at work' },
    must(`${gitFolders}\nOTHER=${other}; AWAY=${yard.root}/away-$$; BRANCH=$(git branch --show-current); set -e\n${words}`),
  ];
  const honest: Action = { commit: { file: 'honest.txt', content: 'x\n', message: 'the work' } };
  for (const agent of Object.values(yard.agents)) agent.write({ t1: [[honest, ...attack], [{ say: 'Done.' }]] });
  const before = pictureOf(yard);

  await yard.run('run', '--until', 'idle');
  await yard.run('reap');

  const { reason, attempts } = await yard.json<Shown>('show', 't1');
  const { why } = await yard.json<{ why: string }>('explain', 't1');
  // The first attempt ends with that. What later ones make of the task in a new checkout is another matter.
  expect.soft(attempts[0]?.verdict).not.toBe('work');
  expect.soft([attempts[0]?.message, reason, why].join('\n')).toContain(join(yard.home, 'worktrees'));
  for (const repository of [join(yard.repo, '.git'), join(yard.root, 'origin.git')])
    expect.soft([repository, holdsSecret(yard, repository)]).toEqual([repository, false]);
  expect.soft(existsSync(join(other, 'secret.txt')) && readFileSync(join(other, 'secret.txt'), 'utf8')).toBe(secret);
  expect(changesSince(before, yard)).toEqual([]);
});
