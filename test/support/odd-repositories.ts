// Repositories of a kind that is rarer than a plain clone, each made as a person would make it, with a real remote. All
// hold the files of `createGitFixture`. A row may add to what the worker does, and to what a fresh clone must show.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { since } from './git-version.ts';

export interface Odd {
  readonly root: string;
  /** The git folder that all its worktrees share. */
  readonly common: string;
  /** What the worker does before its commit, in its checkout. */
  readonly work?: (site: string) => void;
  /** What it leaves uncommitted. */
  readonly leave?: (site: string) => void;
  /** What stands at the remote, looked at in a fresh clone of the branch. */
  readonly arrived?: (clone: string) => void;
  /** How a fresh clone of it is made ready, where that takes more than git. */
  readonly ready?: (clone: string) => void;
  /** Its hook before a push, if it has one. */
  readonly hook?: string;
  /** It is refused, by these words, until the command of the hint was given; without a command it stays so. */
  readonly refused?: RegExp;
}

export interface OddRow {
  readonly name: string;
  readonly make: (fx: GitFixture) => Odd;
  /** Why it cannot be made on this machine; null: it can. */
  readonly missing?: () => string | null;
}

const plain = (root: string): Odd => ({ root, common: join(root, '.git') });

const program = (name: string) => (): string | null => {
  const there = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
  return there ? null : `there is no ${name} here: apt-get install ${name}`;
};

const asRoot = (): string | null => (process.geteuid?.() === 0 ? null : 'only root can give a folder to another user');

/** A clone as a person makes it, from an address with a protocol: git copies no files then. */
function cloned(fx: GitFixture, name: string, ...options: string[]): Odd {
  fx.git(fx.folder, 'clone', '--quiet', '--template=', ...options, `file://${fx.remote}`, name);
  return plain(join(fx.folder, name));
}

function grown(fx: GitFixture, files: Readonly<Record<string, string>>): void {
  fx.commit(fx.root, files);
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
}

/** Everything of the fixture again, in another format. */
function reformatted(fx: GitFixture, ...format: string[]): Odd {
  for (const path of [fx.root, fx.remote]) rmSync(path, { recursive: true });
  fx.git(fx.folder, 'init', '--quiet', '--bare', '--template=', ...format, fx.remote);
  fx.git(fx.folder, 'init', '--quiet', '--template=', ...format, fx.root);
  fx.git(fx.root, 'remote', 'add', 'origin', fx.remote);
  grown(fx, { 'README.md': 'A repository.\n', 'src/app.txt': 'one\ntwo\nthree\n', '.gitignore': '*.log\nignored/\n' });
  return plain(fx.root);
}

/** With a setting of the person's that their worker's git obeys as well. */
function everywhere(fx: GitFixture, odd: Odd, key: string): Odd {
  fx.git(fx.folder, 'config', '--global', key, 'true');
  return odd;
}

function partial(fx: GitFixture, filter: string, ...options: string[]): Odd {
  grown(fx, { 'src/app.txt': 'one\n', 'src/deep/er/old.txt': 'older\n', 'docs/a.txt': 'docs\n' });
  grown(fx, { 'src/app.txt': 'one\ntwo\nthree\n', 'src/deep/er/old.txt': 'old\n' });
  fx.git(fx.remote, 'config', 'uploadpack.allowFilter', 'true');
  const odd = cloned(fx, 'partial', '--filter', filter, ...options);
  if (options.includes('--sparse')) fx.git(odd.root, 'sparse-checkout', 'set', 'src');
  // The branch that work starts from has files that the person does not have.
  grown(fx, { 'src/deep/er/new.txt': 'new at the remote\n' });
  return {
    ...odd,
    work: (site) => fx.git(site, 'mv', 'src/deep/er/new.txt', 'src/moved.txt'),
    // Of a sparse checkout that is outside, and what stands beside it is not here.
    leave: (site) => fx.write(site, { 'docs/left.txt': 'left\n' }),
    arrived: (clone) => ['docs/a.txt', 'docs/left.txt', 'src/moved.txt'].forEach((name) => readFileSync(join(clone, name))),
  };
}

function sparse(fx: GitFixture, ...options: string[]): Odd {
  grown(fx, { 'docs/old.txt': 'old\n', 'docs/deep/old.txt': 'old\n' });
  fx.git(fx.root, 'sparse-checkout', 'set', ...options);
  return {
    ...plain(fx.root),
    work: (site) => {
      if (existsSync(join(site, 'docs'))) throw new Error('the checkout is not sparse');
    },
    leave: (site) => fx.write(site, { 'docs/left.txt': 'left\n' }),
    arrived: (clone) => {
      for (const name of ['old.txt', 'deep/old.txt', 'left.txt']) readFileSync(join(clone, 'docs', name));
    },
  };
}

/** Borrowed from one another, each from the one before; the last one is worked in. */
function chained(fx: GitFixture, length: number): Odd {
  let from = fx.remote;
  for (let link = 1; link <= length; link += 1) {
    const name = `link-${link}`;
    fx.git(fx.folder, 'clone', '--quiet', '--shared', '--template=', from, name);
    from = join(fx.folder, name);
    fx.commit(from, { [`link-${link}.txt`]: `${link}\n` });
  }
  fx.git(from, 'remote', 'set-url', 'origin', fx.remote);
  fx.git(from, 'push', '--quiet', 'origin', 'main');
  return plain(from);
}

function bare(fx: GitFixture): Odd {
  const around = join(fx.folder, 'project');
  mkdirSync(around);
  fx.git(around, 'clone', '--quiet', '--bare', fx.remote, '.bare');
  writeFileSync(join(around, '.git'), 'gitdir: ./.bare\n');
  fx.git(around, 'worktree', 'add', '--quiet', join(around, 'main'), 'main');
  return { root: join(around, 'main'), common: join(around, '.bare') };
}

function submoduleCheckout(fx: GitFixture): Odd {
  const above = fx.clone('above');
  fx.git(above, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', fx.remote, 'part');
  fx.git(above, 'config', 'extensions.worktreeConfig', 'true');
  return { root: join(above, 'part'), common: join(above, '.git/modules/part') };
}

function coreWorktree(fx: GitFixture, file: string): Odd {
  fx.git(fx.root, 'config', 'extensions.worktreeConfig', 'true');
  fx.git(fx.root, 'config', '--file', join(fx.root, '.git', file), 'core.worktree', fx.root);
  fx.write(fx.root, { 'mine.txt': 'untracked\n', 'src/app.txt': 'changed and not committed\n' });
  return plain(fx.root);
}

/** `lib`, in which is `inner`, both with remotes of their own. */
function withSubmodules(fx: GitFixture): void {
  appendFileSync(fx.globalConfig, '[protocol "file"]\n\tallow = always\n');
  for (const name of ['inner', 'lib']) {
    fx.git(fx.folder, 'init', '--quiet', '--bare', '--template=', `${name}.git`);
    fx.git(fx.folder, 'clone', '--quiet', '--template=', `${name}.git`, `${name}-work`);
    const work = join(fx.folder, `${name}-work`);
    if (name === 'lib') fx.git(work, 'submodule', 'add', '--quiet', '../inner.git', 'inner');
    fx.commit(work, { 'lib.txt': `${name}\n` });
    fx.git(work, 'push', '--quiet', 'origin', 'main');
  }
  fx.git(fx.root, 'submodule', 'add', '--quiet', '../lib.git', 'deps/lib');
  grown(fx, {});
}

function submodules(fx: GitFixture): Odd {
  withSubmodules(fx);
  fx.git(fx.root, 'submodule', 'update', '--quiet', '--init', '--recursive');
  // They are made from the person's, and no remote is asked for them.
  const away = (to: string, from: string) =>
    ['inner.git', 'lib.git'].forEach((name) => renameSync(join(fx.folder, name + from), join(fx.folder, name + to)));
  away('.away', '');
  return {
    ...plain(fx.root),
    work: (site) => {
      away('', '.away');
      for (const path of ['deps/lib', 'deps/lib/inner']) {
        readFileSync(join(site, path, 'lib.txt'));
        if (fx.git(join(site, path), 'status', '--porcelain') !== '') throw new Error(`${path} is not clean`);
      }
      const lib = join(site, 'deps/lib');
      fx.commit(lib, { 'lib.txt': 'by the worker\n' });
      fx.git(lib, 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
    },
    // Its pointer is left to us.
    leave: (site) => {
      const lib = join(site, 'deps/lib');
      fx.commit(lib, { 'left.txt': 'left\n' });
      fx.git(lib, 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
    },
    arrived: (clone) => {
      if (readFileSync(join(clone, 'deps/lib/lib.txt'), 'utf8') !== 'by the worker\n') throw new Error('the pointer did not arrive');
      readFileSync(join(clone, 'deps/lib/left.txt'));
      readFileSync(join(clone, 'deps/lib/inner/lib.txt'));
    },
  };
}

/** Each submodule's git folder is where `submodule.<name>.gitdir` says. */
function moduleFolders(fx: GitFixture): Odd {
  everywhere(fx, plain(fx.root), 'init.defaultSubmodulePathConfig');
  fx.git(fx.root, 'config', 'core.repositoryFormatVersion', '1');
  fx.git(fx.root, 'config', 'extensions.submodulePathConfig', 'true');
  return submodules(fx);
}

function emptySubmodules(fx: GitFixture): Odd {
  withSubmodules(fx);
  fx.git(fx.folder, 'clone', '--quiet', fx.remote, 'fresh');
  const empty = (site: string): void => {
    if (readdirSync(join(site, 'deps/lib')).length > 0) throw new Error('the submodule’s folder is not empty');
  };
  return {
    ...plain(join(fx.folder, 'fresh')),
    work: empty,
    leave: empty,
    arrived: (clone) => readFileSync(join(clone, 'deps/lib/inner/lib.txt')),
  };
}

function lfs(fx: GitFixture, storage: string | null): Odd {
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
      // Where its objects go to is not the worker's to say.
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
      // The person has them as well: a branch of theirs that has no objects could not be checked out.
      for (const text of Object.values(made)) {
        const id = createHash('sha256').update(text).digest('hex');
        readFileSync(join(fx.root, '.git', storage ?? 'lfs', 'objects', id.slice(0, 2), id.slice(2, 4), id));
      }
    },
  };
}

function gitCrypt(fx: GitFixture): Odd {
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

function husky(fx: GitFixture): Odd {
  fx.git(fx.root, 'config', 'core.hooksPath', '.husky/_');
  grown(fx, { '.husky/pre-commit': 'echo "$PWD" >> "$HOOKS_SEEN"\n', '.husky/pre-push': 'true\n' });
  fx.write(fx.root, { '.husky/_/.gitignore': '*\n' });
  for (const name of ['pre-commit', 'pre-push']) {
    const script = join(fx.root, '.husky/_', name);
    writeFileSync(script, `#!/bin/sh\nsh ".husky/${name}"\n`, { mode: 0o755 });
  }
  return { ...plain(fx.root), hook: join(fx.root, '.husky/_/pre-push') };
}

/** As `GIT_REFERENCE_BACKEND` makes it. */
function refsElsewhere(fx: GitFixture): Odd {
  const config = join(fx.root, '.git/config');
  const refs = join(fx.folder, 'refs-elsewhere');
  mkdirSync(join(refs, 'refs'), { recursive: true });
  const text = `[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = files://${refs}\n`;
  writeFileSync(config, `${readFileSync(config, 'utf8')}${text}`);
  return { ...plain(fx.root), refused: /extensions\.refStorage/ };
}

/** Each run writes down for which git folder it was: only the worker's own git runs them. */
function configuredHooks(fx: GitFixture): Odd {
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

/** The repository itself at a path with the characters that scripts and configuration files trip over. */
function oddPath(fx: GitFixture): Odd {
  const folder = join(fx.folder, 'a "b"\n\'c\' $d #e;=f\\n \t é');
  mkdirSync(folder);
  renameSync(fx.root, join(folder, 'repo'));
  return plain(join(folder, 'repo'));
}

function oddNames(fx: GitFixture): Odd {
  const names = [
    'not-utf8-\xe9\xff',
    'line\nend',
    'quote"s\'',
    ' space ',
    '-dash',
    ':(top)colon',
    '*star',
    'tab\t',
    'back\\slash',
    '#hash',
  ];
  const at = (folder: string, name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
  const put = (folder: string, ending: string): void => {
    for (const name of names) writeFileSync(at(folder, name + ending), `${name}\n`);
    mkdirSync(at(folder, `dir-\xe9${ending}`), { recursive: true });
    writeFileSync(at(folder, `dir-\xe9${ending}/\xe8`), 'x\n');
  };
  put(fx.root, '.old');
  grown(fx, {});
  return {
    ...plain(fx.root),
    work: (site) => {
      put(site, '.worker');
      for (const name of names) appendFileSync(at(site, `${name}.old`), 'changed\n');
    },
    leave: (site) => {
      put(site, '.left');
      for (const name of names) appendFileSync(at(site, `${name}.old`), 'and left\n');
    },
    arrived: (clone) => {
      for (const name of names) {
        for (const ending of ['.worker', '.left']) readFileSync(at(clone, name + ending));
        if (!readFileSync(at(clone, `${name}.old`), 'latin1').endsWith('\nchanged\nand left\n'))
          throw new Error(`${name} is not as it was left`);
      }
      for (const ending of ['.old', '.worker', '.left']) readFileSync(at(clone, `dir-\xe9${ending}/\xe8`));
    },
  };
}

function manyRefs(fx: GitFixture): Odd {
  const commit = fx.git(fx.root, 'rev-parse', 'HEAD');
  const lines = Array.from({ length: 50_000 }, (_, at) => `${commit} refs/remotes/origin/b${String(at).padStart(5, '0')}\n`);
  const known = `${commit} refs/remotes/origin/main\n`;
  writeFileSync(join(fx.root, '.git/packed-refs'), `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}${known}`);
  return plain(fx.root);
}

function anotherOwner(fx: GitFixture): Odd {
  const give = (path: string): void => {
    chownSync(path, 54_321, 54_321);
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name));
  };
  give(fx.root);
  return { ...plain(fx.root), refused: /belongs to another user/ };
}

/** As a newer git made it; only what this one says of it matters. */
function tooNew(fx: GitFixture): Odd {
  const config = join(fx.root, '.git/config');
  writeFileSync(config, `${readFileSync(config, 'utf8')}[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage2 = new\n`);
  return { ...plain(fx.root), refused: /extensions\.refstorage2/ };
}

/** One of each kind; those of the same kinds that are rarer still, or larger, are in the list below. */
export const oddRepositories: readonly OddRow[] = [
  { name: 'a plain clone', make: (fx) => plain(fx.root) },
  { name: 'shallow', make: (fx) => (grown(fx, { 'more.txt': '1\n' }), cloned(fx, 'shallow', '--depth', '1')) },
  { name: 'a partial clone without blobs', make: (fx) => partial(fx, 'blob:none') },
  { name: 'SHA-256', make: (fx) => reformatted(fx, '--object-format=sha256') },
  { name: 'reftable', make: (fx) => reformatted(fx, '--ref-format=reftable'), missing: since(2, 45) },
  { name: 'alternates of the person’s own', make: (fx) => chained(fx, 1) },
  {
    name: 'a linked worktree',
    make: (fx) => (
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.folder, 'side')),
      { root: join(fx.folder, 'side'), common: join(fx.root, '.git') }
    ),
  },
  { name: 'a submodule’s checkout', make: submoduleCheckout },
  { name: 'core.worktree', make: (fx) => coreWorktree(fx, 'config') },
  { name: 'a sparse checkout by folders', make: (fx) => sparse(fx, '--cone', 'src') },
  { name: 'submodules that are there, nested', make: submodules },
  { name: 'a split index', make: (fx) => everywhere(fx, plain(fx.root), 'core.splitIndex') },
  { name: 'LFS', make: (fx) => lfs(fx, null), missing: program('git-lfs') },
  { name: 'hooks by core.hooksPath', make: husky },
  { name: 'files’ names of any bytes', make: oddNames },
  { name: 'another owner', make: anotherOwner, missing: asRoot },
];

export const rarerRepositories: readonly OddRow[] = [
  { name: 'a partial clone without trees', make: (fx) => partial(fx, 'tree:0') },
  { name: 'a partial clone without large blobs', make: (fx) => partial(fx, 'blob:limit=5') },
  { name: 'a partial clone that is sparse', make: (fx) => partial(fx, 'blob:none', '--sparse') },
  { name: 'references elsewhere', make: refsElsewhere, missing: since(2, 54) },
  { name: 'an extension that this git does not know', make: tooNew },
  { name: '50,000 references', make: manyRefs },
  { name: 'a chain of alternates as long as git follows', make: (fx) => chained(fx, 5) },
  {
    name: 'a linked worktree with relative paths',
    make: (fx) => (
      fx.git(fx.root, 'worktree', 'add', '--quiet', '--relative-paths', '-b', 'side', join(fx.folder, 'side')),
      { root: join(fx.folder, 'side'), common: join(fx.root, '.git') }
    ),
    missing: since(2, 48),
  },
  { name: '.bare with a worktree beside it', make: bare },
  { name: 'core.worktree in config.worktree', make: (fx) => coreWorktree(fx, 'config.worktree') },
  { name: 'a sparse checkout with a sparse index', make: (fx) => sparse(fx, '--cone', '--sparse-index', 'src') },
  { name: 'a sparse checkout by patterns', make: (fx) => sparse(fx, '--no-cone', '/src/', '/*.md', '/*.txt') },
  {
    name: 'submodules whose git folders are configured',
    make: moduleFolders,
    missing: since(2, 54),
  },
  { name: 'submodules that are not there', make: emptySubmodules },
  { name: 'submodules, with submodule.recurse', make: (fx) => everywhere(fx, submodules(fx), 'submodule.recurse') },
  { name: 'a watcher of files', make: (fx) => everywhere(fx, plain(fx.root), 'core.fsmonitor'), missing: since(2, 55) },
  { name: 'an index for many files', make: (fx) => everywhere(fx, plain(fx.root), 'feature.manyFiles') },
  { name: 'LFS with a store elsewhere', make: (fx) => lfs(fx, '../../large'), missing: program('git-lfs') },
  { name: 'git-crypt', make: gitCrypt, missing: program('git-crypt') },
  { name: 'hooks in the configuration', make: configuredHooks, missing: since(2, 55) },
  { name: 'a path with odd characters', make: oddPath },
];
