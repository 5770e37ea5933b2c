// Without any ill will: repositories that are laid out otherwise, and agents that use git as it may be used. Work arrives
// whole, a person's files stay theirs, and what cannot be delivered is told before it is paid for twice.
// (Rarer checkouts, each from beginning to end, are in unusual-repositories.full.test.ts; that the work of each arrives is shown by the contract
// of repositories, src/ports/repo-odd.testsuite.ts.)
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gitAt, must, one, only, origin, quick } from '../support/odd-yard.ts';
import { openYard, type Told, type Yard, type YardOptions } from '../support/yard.ts';

describe('submodules', () => {
  const addSub = (yard: Yard): string => {
    gitAt(yard, 'config', '--global', 'protocol.file.allow', 'always');
    gitAt(yard, 'init', '--quiet', '--bare', 'sub.git');
    gitAt(yard, 'clone', '--quiet', 'sub.git', 'sub-work');
    yard.write(join(yard.root, 'sub-work', 'lib.txt'), 'one\n');
    gitAt(yard, '-C', 'sub-work', 'add', '.');
    gitAt(yard, '-C', 'sub-work', 'commit', '--quiet', '--message', 'lib');
    gitAt(yard, '-C', 'sub-work', 'push', '--quiet', 'origin', 'main');
    yard.git('submodule', '--quiet', 'add', join(yard.root, 'sub.git'), 'sub');
    yard.git('commit', '--quiet', '--message', 'a submodule');
    yard.git('push', '--quiet', 'origin', 'main');
    return join(yard.root, 'sub.git');
  };
  const inside = [
    must('git submodule --quiet update --init sub; cd sub; git switch -qC topic; echo two >>lib.txt; git commit -qam inside'),
    must('git add sub; git commit -qm "the pointer"'),
  ];

  test('a submodule pointer to a commit that its remote lacks is reported to the worker, and then the task is blocked or, once pushed, delivered', async () => {
    const yard = await openYard({
      todo: `${one}- [ ] t2 Work #auto-dispatch\n`,
      config: quick,
      actions: { t1: [inside, [{ say: 'Done.' }]], t2: [inside, [must('cd sub; git push -q origin topic'), { say: 'Pushed.' }]] },
    });
    const sub = addSub(yard);
    await yard.run('run', '--until', 'idle', '--concurrency', '1');
    const told = await yard.json<Told[]>('ls');
    const prompts = (task: string): string[] =>
      yard
        .attempts()
        .filter((attempt) => attempt.task === task)
        .map(({ prompt }) => prompt);
    const fresh = (branch: string | null): boolean => {
      try {
        gitAt(yard, 'clone', '--quiet', '--recurse-submodules', '--branch', branch ?? '', 'origin.git', `fresh-${branch?.slice(5, 7)}`);
        return true;
      } catch {
        return false;
      }
    };
    expect.soft(told.map(({ id, state }) => `${id} ${state}`)).toEqual(['t1 blocked', 't2 done']);
    expect.soft(prompts('t1')[1] ?? 'there was no second attempt').toMatch(/\bsub\b/);
    expect.soft(prompts('t1').length).toBeLessThan(4);
    expect.soft(told[0]?.reason).toMatch(/\bsub\b/);
    expect.soft(gitAt(yard, '--git-dir', origin(yard), 'branch', '--list', told[0]?.branch ?? '-')).toBe('');
    expect.soft(gitAt(yard, '--git-dir', sub, 'branch', '--list', '--format=%(refname:short)')).toBe('main\ntopic');
    expect(fresh(told[1]?.branch ?? null)).toBe(true);
  });
});

describe('filters that are not configured', () => {
  test('an unconfigured filter (a locked git-crypt) blocks the task by name, and nothing is committed in clear', async () => {
    const yard = await openYard({
      todo: one,
      config: quick,
      files: { '.gitattributes': 'secret.txt filter=git-crypt diff=git-crypt\n', 'secret.txt': 'encrypted\n' },
      actions: { t1: [[{ edit: { file: 'secret.txt', content: 'in clear\n' } }], [{ say: 'Done.' }]] },
    });
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
    expect.soft(told.attempts).toBeLessThan(2);
    const clear = execFileSync('git', ['hash-object', '--stdin'], { input: 'in clear\n', env: yard.env, encoding: 'utf8' }).trim();
    for (const place of [join(yard.repo, '.git'), origin(yard)])
      expect.soft(gitAt(yard, '--git-dir', place, 'rev-list', '--objects', '--branches', '--remotes')).not.toContain(clear);
  });

  test('an unconfigured filter in attributes that the worker commits blocks the task by name; nothing is pushed and its checkout is kept', async () => {
    const commit = must(`echo 'secret* filter=git-crypt' >.gitattributes; echo clear >secret.txt; git add .; git commit -qm "the work"`);
    const yard = await openYard({ todo: one, config: quick, actions: { t1: [[commit, { say: 'Done.' }]] } });
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
    expect.soft(told.attempts).toBe(1);
    const clear = execFileSync('git', ['hash-object', '--stdin'], { input: 'clear\n', env: yard.env, encoding: 'utf8' }).trim();
    for (const place of [join(yard.repo, '.git'), origin(yard)])
      expect.soft(gitAt(yard, '--git-dir', place, 'rev-list', '--objects', '--all')).not.toContain(clear);
  });
});

describe('where a branch starts, and who signs it', () => {
  const work: YardOptions = {
    todo: one,
    config: quick,
    actions: { t1: [[{ edit: { file: 'agent.txt', content: 'agent\n' } }], [{ say: 'Done.' }]] },
  };

  function branchAtRemote(yard: Yard, name: string): string {
    yard.git('switch', '--quiet', '--create', name);
    yard.write(join(yard.repo, `${name}.txt`), `${name}\n`);
    yard.git('add', `${name}.txt`);
    yard.git('commit', '--quiet', '--message', name);
    yard.git('push', '--quiet', 'origin', name);
    const commit = yard.git('rev-parse', 'HEAD');
    yard.git('switch', '--quiet', 'main');
    return commit;
  }

  test('work starts from delivery.base and not from the default branch', async () => {
    const yard = await openYard({ ...work, config: { ...quick, delivery: { base: 'develop' } } });
    const base = branchAtRemote(yard, 'develop');
    const { stderr } = await yard.run('run', '--until', 'idle');
    expect.soft(stderr).not.toContain('delivery.base');
    const told = await only(yard);
    expect(told).toMatchObject({ state: 'done', attempts: 1 });
    expect(gitAt(yard, '--git-dir', origin(yard), 'rev-parse', `refs/heads/${told.branch}~1`)).toBe(base);
  });

  test('the remote’s default branch of today wins over an outdated origin/HEAD', async () => {
    const yard = await openYard(work);
    branchAtRemote(yard, 'old');
    yard.git('fetch', '--quiet', 'origin');
    yard.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/old');
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
    expect(gitAt(yard, '--git-dir', origin(yard), 'rev-parse', `refs/heads/${told.branch}~1`)).toBe(
      gitAt(yard, '--git-dir', origin(yard), 'rev-parse', 'main'),
    );
  });

  test.for(['auto', 'off'])(
    'commits, also those of leftovers, are signed if the person’s are, with delivery.sign: %s',
    async (sign, { skip }) => {
      const keygen = '/usr/bin/ssh-keygen';
      if (!existsSync(keygen)) skip(`there is no ${keygen}`);
      const yard = await openYard({ ...work, config: { ...quick, delivery: { sign } } });
      const key = join(yard.root, 'person', 'signing');
      execFileSync(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', key], { env: yard.env });
      for (const [name, value] of [['gpg.format', 'ssh'], ['user.signingKey', key], ['commit.gpgSign', 'true']] as const) yard.git('config', '--global', name, value); // prettier-ignore
      await yard.run('run', '--until', 'idle');
      const told = await only(yard);
      expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
      const commit = gitAt(yard, '--git-dir', origin(yard), 'cat-file', 'commit', `refs/heads/${told.branch}`);
      expect(commit.includes('\ngpgsig ')).toBe(sign === 'auto');
    },
  );

  test('our git commands get the person’s GIT_LFS_SKIP_SMUDGE', async () => {
    const yard = await openYard({
      ...work,
      files: { '.gitattributes': 'big.bin filter=lfs\n', 'big.bin': 'a pointer\n' },
      env: { GIT_LFS_SKIP_SMUDGE: '1' },
    });
    const seen = join(yard.root, 'person', 'seen');
    yard.git('config', '--global', 'filter.lfs.clean', 'cat');
    yard.git('config', '--global', 'filter.lfs.smudge', `echo "skip=$GIT_LFS_SKIP_SMUDGE" >>${seen}; cat`);
    await yard.run('run', '--until', 'idle');
    expect.soft(await only(yard)).toMatchObject({ state: 'done', attempts: 1 });
    expect([...new Set(readFileSync(seen, 'utf8').trim().split('\n'))]).toEqual(['skip=1']);
  });
});
