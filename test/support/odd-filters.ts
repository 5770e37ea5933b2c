// Repositories in which git runs other programs: filters of files, and hooks.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { grown, plain, type Odd } from './odd-repository.ts';

export function lfs(fx: GitFixture, storage: string | null): Odd {
  fx.git(fx.root, 'lfs', 'install', '--local');
  if (storage !== null) fx.git(fx.root, 'config', 'lfs.storage', storage);
  fx.git(fx.root, 'lfs', 'track', '*.bin');
  grown(fx, { 'old.bin': 'an old object\n' });
  fx.git(fx.folder, 'init', '--quiet', '--bare', 'elsewhere.git');
  const shows = (folder: string, files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files))
      if (readFileSync(join(folder, name), 'utf8') !== text) throw new Error(`${name} is not what was made`);
  };
  const made = { 'old.bin': 'an old object\n', 'new.bin': 'by the worker\n', 'left.bin': 'left by it\n' };
  return {
    ...plain(fx.root),
    hook: join(fx.root, '.git/hooks/pre-push'),
    work: (site) => {
      shows(site, { 'old.bin': made['old.bin'] });
      // A worker must not decide where objects are uploaded.
      fx.write(site, { 'new.bin': made['new.bin'], '.lfsconfig': `[lfs]\n\turl = file://${fx.folder}/elsewhere.git\n` });
    },
    leave: (site) => fx.write(site, { 'left.bin': made['left.bin'] }),
    ready: (clone) => {
      fx.git(clone, 'lfs', 'install', '--local');
      fx.git(clone, '-c', `lfs.url=file://${fx.remote}`, 'lfs', 'pull');
    },
    arrived: (clone) => {
      shows(clone, made);
      if (existsSync(join(fx.folder, 'elsewhere.git/lfs/objects'))) throw new Error('objects went where the worker wanted them');
      // The person's repository has them as well: a branch without its objects could not be checked out there.
      for (const text of Object.values(made)) {
        const id = createHash('sha256').update(text).digest('hex');
        readFileSync(join(fx.root, '.git', storage ?? 'lfs', 'objects', id.slice(0, 2), id.slice(2, 4), id));
      }
    },
  };
}

export function gitCrypt(fx: GitFixture): Odd {
  execFileSync('git-crypt', ['init'], { cwd: fx.root, stdio: 'ignore' });
  grown(fx, { '.gitattributes': 'secret* filter=git-crypt diff=git-crypt\n', 'secret.txt': 'a secret\n' });
  return {
    ...plain(fx.root),
    work: (site) => {
      if (readFileSync(join(site, 'secret.txt'), 'utf8') !== 'a secret\n') throw new Error('the worker sees no clear text');
      fx.write(site, { 'secret.txt': 'another\n' });
    },
    leave: (site) => fx.write(site, { 'secret-too.txt': 'one more\n' }),
    arrived: (clone) => {
      for (const name of ['secret.txt', 'secret-too.txt'])
        if (!readFileSync(join(clone, name), 'latin1').startsWith('\0GITCRYPT\0')) throw new Error(`${name} was delivered in clear`);
    },
  };
}

export function husky(fx: GitFixture): Odd {
  fx.git(fx.root, 'config', 'core.hooksPath', '.husky/_');
  grown(fx, { '.husky/pre-commit': 'echo "$PWD" >> "$HOOKS_SEEN"\n', '.husky/pre-push': 'true\n' });
  fx.write(fx.root, { '.husky/_/.gitignore': '*\n' });
  for (const name of ['pre-commit', 'pre-push']) {
    const script = join(fx.root, '.husky/_', name);
    writeFileSync(script, `#!/bin/sh\nsh ".husky/${name}"\n`, { mode: 0o755 });
  }
  return { ...plain(fx.root), hook: join(fx.root, '.husky/_/pre-push') };
}

/** Each run records its git folder: only the worker's own git may run the hooks. */
export function configuredHooks(fx: GitFixture): Odd {
  const seen = join(fx.folder, 'hooks-seen');
  fx.git(fx.root, 'config', 'hook.own.command', `git rev-parse --absolute-git-dir >>'${seen}'; true`);
  const events = ['pre-commit', 'post-commit', 'post-index-change', 'pre-push', 'pre-rebase', 'post-checkout', 'reference-transaction'];
  for (const event of events) fx.git(fx.root, 'config', '--add', 'hook.own.event', event);
  rmSync(seen, { force: true });
  return {
    ...plain(fx.root),
    hook: '/bin/sh',
    arrived: () => {
      const folders = new Set(readFileSync(seen, 'utf8').trim().split('\n'));
      if ([...folders].join() !== join(fx.worktrees, 't1/.git')) throw new Error(`hooks ran for ${[...folders].join(', ')}`);
    },
  };
}
