// A worker names programs wherever git could be made to run one: in settings, as hooks, in repositories inside its own.
// None of them is ever run by us, and the work is delivered all the same.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { gitFolders } from '../support/git-folders.ts';
import { needsLinux } from '../support/skip-without.ts';
import { oddSeconds, sleeping } from '../support/sleepers.ts';
import { plantedSecret, plantHooks, plantSettings, setTrap, type Trap } from '../support/planted-programs.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsLinux('who ran a trap is looked up in /proc');

const must = (run: string): Action => ({ run, must: true });
const commit = (id: string): Action => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });

/** A file whose times have changed and whose content has not is read, and so filtered, by whoever asks for the status. */
const restless = (minutes: number): string => `find . -name README.md -exec touch -d '${minutes} minutes ago' {} +`;
const attributes = 'echo "* filter=evil diff=evil merge=evil" >.gitattributes';
const provoke = 'git status >/dev/null; git diff >/dev/null; git fetch -q origin';

/** By id: what the worker does before and after it commits its work. */
function attacks(trap: Trap, sub: string): Record<string, readonly Action[]> {
  const settings = (task: string, config: string): Action => must(plantSettings({ trap, task, config }));
  const hooks = (task: string, into: string): Action => must(plantHooks({ trap, task, into }));
  const common = 'git -C "$(git rev-parse --path-format=absolute --git-common-dir)" config';
  const inside = (task: string): Action[] => [
    settings(task, 'git config'),
    hooks(task, '$hooks'),
    must(`${gitFolders}\nmkdir -p "$info"; echo "* filter=evil diff=evil" >"$info/attributes"; ${restless(1)}; git status >/dev/null`),
  ];
  const below = (folder: string, actions: readonly Action[]): Action[] =>
    actions.map((action) => ('run' in action ? must(`cd ${folder} || exit 1\n${action.run}`) : action));
  return {
    settings: [settings('t1', 'git config'), must(`${attributes}; git add .gitattributes; git commit -qm "t1: attributes"`), commit('t1')],
    'the common folder': [
      settings('t2', common),
      must(`${gitFolders}\nmkdir -p "$common/info"; echo "* filter=evil diff=evil" >"$common/info/attributes"`),
      commit('t2'),
    ],
    hooks: [hooks('t3', '$hooks'), commit('t3')],
    'hooks elsewhere': [hooks('t4', '$own/mine'), must(`${gitFolders}\ngit config core.hooksPath "$own/mine"`), commit('t4')],
    'a nested repository': [
      commit('t5'),
      must('git init -q nested; cd nested; echo x >README.md; git add .; git commit -qm nested'),
      ...below('nested', inside('t5')),
    ],
    'a submodule': [
      must(`git -c protocol.file.allow=always submodule --quiet add ${sub} sub; git commit -qm "t6: a submodule"`),
      commit('t6'),
      ...below('sub', inside('t6')),
    ],
  };
}

/** The repository of a submodule, with one file. */
function makeSub(yard: Yard): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: yard.root, env: yard.env, encoding: 'utf8' });
  git('clone', '--quiet', 'origin.git', 'sub-work');
  git('clone', '--quiet', '--bare', 'sub-work', 'sub.git');
  return join(yard.root, 'sub.git');
}

test('programs in settings, hooks, a nested repository and a submodule are never run by us, and all work arrives', async () => {
  const seconds = oddSeconds();
  const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: {},
    env: plantedSecret,
    config: { worker: { graceSeconds: 1, backoffSeconds: 0.1 } },
  });
  // The person has a filter of that name, or what the worker committed would be refused for naming one that nobody configured.
  yard.git('config', 'filter.evil.clean', 'cat');
  const trap = setTrap({ root: yard.root, seconds });
  const all = Object.values(attacks(trap, makeSub(yard)));
  const actions = Object.fromEntries(
    ids.map((id, index) => [id, [[...all[index]!, must(`${restless(2)}; ${provoke}; ${restless(3)}`), { run: trap.over(id) }]]]),
  );
  for (const agent of Object.values(yard.agents)) agent.write(actions);
  const before = pictureOf(yard);

  const { code, stderr } = await yard.run('run', '--concurrency', '2');
  await yard.run('reap');

  expect.soft(trap.foreign()).toEqual([]);
  expect.soft(sleeping(seconds)).toEqual([]);
  expect.soft(strays(yard.home)).toEqual([]);
  expect.soft(code, stderr).toBe(0);
  const told = await yard.json<Told[]>('ls');
  expect.soft(told.map(({ id, state, attempts }) => `${id} ${state}, ${attempts}`)).toEqual(ids.map((id) => `${id} done, 1`));
  for (const { id, branch, deliveredCommit } of told) {
    expect.soft(yard.git('ls-remote', join(yard.root, 'origin.git'), `refs/heads/${branch}`).split('\t')[0]).toBe(deliveredCommit);
    expect.soft(yard.git('--git-dir', join(yard.root, 'origin.git'), 'show', `${branch}:${id}.txt`)).toBe(id);
  }
  expect.soft(changesSince(before, yard)).toEqual([]);
  // Each was sprung by the worker itself, so each would have been by us.
  const own = ['filter.evil.clean', 'core.fsmonitor', 'remote.origin.uploadpack'];
  expect
    .soft(trap.sprung())
    .toEqual(
      expect.arrayContaining([
        ...['t1', 't2'].flatMap((id) => own.map((name) => `${id} ${name}`)),
        ...['t3', 't4'].flatMap((id) =>
          ['hook-pre-commit', 'hook-reference-transaction', 'hook-post-index-change'].map((name) => `${id} ${name}`),
        ),
        ...['t5', 't6'].flatMap((id) => ['filter.evil.clean', 'core.fsmonitor'].map((name) => `${id} ${name}`)),
      ]),
    );
});

test('a worker’s own ssh command is ignored: the person’s is used for the person’s remote', async () => {
  const seconds = oddSeconds();
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    actions: {},
    env: plantedSecret,
    config: { worker: { graceSeconds: 1, backoffSeconds: 0.1 } },
  });
  const trap = setTrap({ root: yard.root, seconds });
  const remote = join(yard.root, 'origin.git');
  const personal = join(yard.root, 'person', 'ssh');
  // The last word is the command for the other side, which is here.
  yard.write(personal, `#!/bin/sh\necho x >>${personal}.used\nfor last; do :; done\nexec sh -c "$last"\n`, 0o755);
  yard.git('config', '--global', 'core.sshCommand', personal);
  yard.git('config', '--global', 'ssh.variant', 'ssh');
  yard.git('remote', 'set-url', 'origin', `ssh://forge.invalid${remote}`);
  const actions = {
    t1: [
      [
        must(plantSettings({ trap, task: 't1', config: 'git config' })),
        commit('t1'),
        must('git ls-remote origin || true'),
        { run: trap.over('t1') },
      ],
    ],
  };
  for (const agent of Object.values(yard.agents)) agent.write(actions);
  const before = pictureOf(yard);

  await yard.run('run', '--until', 'idle');

  expect.soft(trap.foreign()).toEqual([]);
  expect.soft(sleeping(seconds)).toEqual([]);
  expect.soft(changesSince(before, yard)).toEqual([]);
  const [told] = await yard.json<Told[]>('ls');
  expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
  expect.soft(yard.git('--git-dir', remote, 'rev-parse', `refs/heads/${told?.branch}`)).toBe(told?.deliveredCommit);
  expect(trap.sprung()).toContain('t1 core.sshCommand');
});
