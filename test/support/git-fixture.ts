// Throw-away git repositories: a bare remote, a clone of it with commits, and a folder for worktrees. git sees none of the
// machine's configuration: HOME, the global file and the system file are the fixture's until `dispose` restores them.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

export interface GitFixture {
  /** Contains everything else; deleted by `dispose`. */
  readonly folder: string;
  /** The clone's top folder, on `main`, with the files `README.md`, `src/app.txt` and `.gitignore` (`*.log`, `ignored/`). */
  readonly root: string;
  /** The bare repository that the clone knows as `origin`. */
  readonly remote: string;
  /** An existing, empty folder for worktrees. */
  readonly worktrees: string;
  readonly globalConfig: string;
  /** Runs git and returns its output without the last newline; throws with git's message if it fails. */
  git(cwd: string, ...args: string[]): string;
  /** Whether git succeeds. */
  succeeds(cwd: string, ...args: string[]): boolean;
  write(folder: string, files: Readonly<Record<string, string>>): void;
  /** Writes the files and commits everything. */
  commit(folder: string, files: Readonly<Record<string, string>>, message?: string): string;
  /** Another clone of the remote, like that of another person. */
  clone(name: string): string;
  /** Installs an executable hook; `folder` is the repository's git folder. */
  hook(folder: string, name: string, script: string): void;
  dispose(): void;
}

const identity = '[user]\n\tname = Somebody\n\temail = somebody@example.org\n';

export function createGitFixture(): GitFixture {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'yard-git-')));
  const at = (name: string): string => join(folder, name);
  for (const name of ['home', 'worktrees']) mkdirSync(at(name));
  writeFileSync(at('gitconfig'), `${identity}[init]\n\tdefaultBranch = main\n`);
  const restore = setEnvironment({
    HOME: at('home'),
    XDG_CONFIG_HOME: at('home/.config'),
    GIT_CONFIG_GLOBAL: at('gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  });
  for (const [path, content] of template()) {
    mkdirSync(path.endsWith('/') ? at(path) : dirname(at(path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(at(path), content);
  }
  // The copied configuration still names the folder in which the template was made.
  const config = join(at('repo'), '.git', 'config');
  writeFileSync(config, readFileSync(config, 'utf8').replace(/url = .*/, `url = ${at('remote.git')}`));

  const write = (base: string, files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), text);
    }
  };
  return {
    folder,
    root: at('repo'),
    remote: at('remote.git'),
    worktrees: at('worktrees'),
    globalConfig: at('gitconfig'),
    git: runGit,
    succeeds: (cwd, ...args) => {
      try {
        runGit(cwd, ...args);
        return true;
      } catch {
        return false;
      }
    },
    write,
    commit: (base, files, message = 'work') => {
      write(base, files);
      runGit(base, 'add', '--all');
      runGit(base, 'commit', '--quiet', '--allow-empty', '-m', message);
      return runGit(base, 'rev-parse', 'HEAD');
    },
    clone: (name) => {
      runGit(folder, 'clone', '--quiet', '--template=', at('remote.git'), name);
      return at(name);
    },
    hook: (gitFolder, name, script) => {
      const file = join(gitFolder, 'hooks', name);
      write(gitFolder, { [`hooks/${name}`]: `#!/bin/sh\n${script}\n` });
      chmodSync(file, 0o755);
    },
    dispose: () => {
      restore();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let made: ReadonlyMap<string, Buffer> | null = null;

/**
 * The files of a clone and its remote, path to content: writing them takes a tenth of the time that git needs to make them,
 * and the contracts make some eighty clones. They are kept in memory, because a test's process has no reliable end at which
 * files could be deleted.
 */
function template(): ReadonlyMap<string, Buffer> {
  if (made !== null) return made;
  const folder = mkdtempSync(join(tmpdir(), 'yard-git-template-'));
  try {
    makeTemplate(folder);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
      entry,
      path: join(entry.parentPath, entry.name),
    }));
    const files = entries
      .filter(({ entry }) => entry.isFile())
      .map(({ path }): [string, Buffer] => [relative(folder, path), readFileSync(path)]);
    // Without these folders, even if they are empty, git does not recognize the folder as a repository.
    const folders = ['repo/.git/', 'remote.git/'].flatMap((base) =>
      ['objects/', 'refs/heads/'].map((name): [string, Buffer] => [base + name, Buffer.alloc(0)]),
    );
    made = new Map([...folders, ...files]);
    return made;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeTemplate(folder: string): void {
  const root = join(folder, 'repo');
  runGit(folder, 'init', '--quiet', '--bare', '--template=', 'remote.git');
  runGit(folder, 'init', '--quiet', '--template=', 'repo');
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'README.md'), 'A repository.\n');
  writeFileSync(join(root, 'src/app.txt'), 'one\ntwo\nthree\n');
  writeFileSync(join(root, '.gitignore'), '*.log\nignored/\n');
  runGit(root, 'add', '--all');
  runGit(root, 'commit', '--quiet', '-m', 'first');
  runGit(root, 'remote', 'add', 'origin', join(folder, 'remote.git'));
  runGit(root, 'push', '--quiet', 'origin', 'main');
  runGit(root, 'fetch', '--quiet', 'origin');
  runGit(root, 'remote', 'set-head', 'origin', 'main');
  appendFileSync(join(root, '.git', 'config'), '[custom]\n\tnote = the user wrote this\n');
}

function runGit(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).replace(/\n$/, '');
}

function setEnvironment(values: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
