// A real bare repository of the stage, read and written by git itself. Everything is synchronous, so that no request can
// see a half-made change. Answers about commits never change and are remembered; refs are read anew each time, because a
// test may push to the folder without asking the stage. git sees none of the machine's configuration.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person & { readonly date: string };
  readonly committer: Person & { readonly date: string };
  readonly message: string;
}

/** The tree of a merge, or null where both sides changed the same lines. */
export type MergedTree = string | null;

const nobody = '0'.repeat(40);
const stagePerson: Person = { name: 'GitHub', email: 'noreply@github.com' };
// `git log` separates the fields by a unit separator, which no name and no message contains.
const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x1f');

export class BareRepository {
  readonly path: string;
  readonly #remembered = new Map<string, unknown>();

  constructor(path: string) {
    this.path = path;
  }

  /** An empty one, written by hand: a bare repository is these files, and a test makes many. */
  static create(path: string, defaultBranch: string): BareRepository {
    for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
    // People fetch the head of a pull request by its commit, as GitHub allows.
    const settings = '[http]\n\treceivepack = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n[gc]\n\tauto = 0\n';
    writeFileSync(join(path, 'config'), `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n${settings}`);
    return new BareRepository(path);
  }

  git(args: readonly string[], options: RunOptions = {}): string {
    return run(['--git-dir', this.path, ...args], options);
  }

  /**
   * All branches, by name without `refs/heads/`. Read from git's files, because every request asks for them and starting a
   * process takes a hundred times as long.
   */
  branches(): Map<string, string> {
    const found = new Map<string, string>();
    for (const [sha = '', ref = ''] of lines(join(this.path, 'packed-refs')).map((line) => line.split(' ')))
      if (ref.startsWith('refs/heads/')) found.set(ref.slice('refs/heads/'.length), sha);
    const heads = join(this.path, 'refs/heads');
    for (const entry of readdirSync(heads, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.lock')) continue;
      const file = join(entry.parentPath, entry.name);
      const [sha] = lines(file);
      // The file may be gone by now, or be written at this moment.
      if (sha !== undefined && /^[0-9a-f]{40}$/.test(sha)) found.set(relative(heads, file), sha);
    }
    return new Map([...found].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** Moves a ref if it is at `old` (null: if it does not exist); false if it is not. */
  move(given: { readonly ref: string; readonly to: string | null; readonly old: string | null }): boolean {
    const change = given.to === null ? ['-d', given.ref] : [given.ref, given.to];
    return succeeds(() => this.git(['update-ref', ...change, given.old ?? nobody]));
  }

  /** Points a ref of the stage's own at a commit, wherever it was. */
  point(ref: string, to: string): void {
    this.git(['update-ref', ref, to]);
  }

  /** Makes the commit of another repository known here. */
  fetch(given: { readonly from: string; readonly commit: string; readonly ref: string }): void {
    this.git(['fetch', '--quiet', '--no-tags', given.from, `+${given.commit}:${given.ref}`]);
  }

  /** The commit that a name or a shortened id stands for; null if there is none. */
  resolve(name: string): string | null {
    const known = `commit ${name}`;
    if (this.#remembered.has(known)) return name;
    try {
      return this.git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
    } catch {
      return null;
    }
  }

  commit(sha: string): Commit {
    return this.#once(`commit ${sha}`, () => parse(this.git(['log', '-1', `--format=${format}`, sha])));
  }

  /** The commits of `head` that `base` does not contain, oldest first. */
  between(base: string, head: string): readonly Commit[] {
    return this.#once(`between ${base} ${head}`, () => {
      const shas = this.git(['rev-list', '--reverse', '--topo-order', `${base}..${head}`]);
      return shas
        .split('\n')
        .filter(Boolean)
        .map((sha) => this.commit(sha));
    });
  }

  contains(given: { readonly commit: string; readonly within: string }): boolean {
    const { commit, within } = given;
    return this.#once(`contains ${commit} ${within}`, () => succeeds(() => this.git(['merge-base', '--is-ancestor', commit, within])));
  }

  /** The newest common ancestor; null if there is none. */
  mergeBase(one: string, other: string): string | null {
    return this.#once(`base ${one} ${other}`, () => {
      try {
        return this.git(['merge-base', one, other]);
      } catch {
        return null;
      }
    });
  }

  related(one: string, other: string): boolean {
    return this.mergeBase(one, other) !== null;
  }

  merged(base: string, head: string): MergedTree {
    return this.#once(`merge ${base} ${head}`, () => {
      try {
        return this.git(['merge-tree', '--write-tree', '--no-messages', base, head]);
      } catch (error) {
        // 1 says that there are conflicts; everything else is a fault of the stage.
        if (statusOf(error) === 1) return null;
        throw error;
      }
    });
  }

  /** The commits of `head` made again on top of `base`; null where one of them conflicts. */
  rebased(given: { readonly base: string; readonly head: string; readonly by: Person; readonly date: string }): string | null {
    const { base, head, by, date } = given;
    let top = base;
    for (const commit of this.between(base, head)) {
      const [parent, second] = commit.parents;
      if (parent === undefined || second !== undefined) continue;
      // A helper commit with the tree of the new base and the old parent makes that parent the merge base.
      const helper = this.make({ tree: this.commit(top).tree, parents: [parent], message: 'helper', author: by, date });
      const tree = this.merged(helper, commit.sha);
      if (tree === null) return null;
      top = this.make({
        tree,
        parents: [top],
        message: commit.message,
        author: commit.author,
        authored: commit.author.date,
        date,
        committer: by,
      });
    }
    return top;
  }

  make(given: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Person;
    readonly committer?: Person;
    readonly date: string;
    readonly authored?: string;
  }): string {
    const { tree, parents, message, author, committer = stagePerson, date, authored = date } = given;
    return this.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'], {
      input: message,
      env: {
        ...{ GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: authored },
        ...{ GIT_COMMITTER_NAME: committer.name, GIT_COMMITTER_EMAIL: committer.email, GIT_COMMITTER_DATE: date },
      },
    });
  }

  /** Commits these files on top of `parent` and points the ref at it, wherever it was; null as a text deletes the file. */
  write(given: {
    readonly ref: string;
    readonly parent: string | null;
    readonly files: Readonly<Record<string, string | null>>;
    readonly message: string;
    readonly by: Person;
    readonly date: string;
  }): string {
    const { ref, parent, files, by, date } = given;
    const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const when = `${by.name} <${by.email}> ${Date.parse(date) / 1_000} +0000`;
    const changes = Object.entries(files).map(([path, text]) => (text === null ? `D ${path}\n` : `M 100644 inline ${path}\n${data(text)}`));
    const commit = `commit ${ref}\nmark :1\nauthor ${when}\ncommitter ${when}\n${data(given.message)}`;
    const from = parent === null ? '' : `from ${parent}\n`;
    const input = `feature done\n${commit}${from}${changes.join('')}get-mark :1\ndone\n`;
    return this.git(['-c', 'fastimport.unpackLimit=1000', 'fast-import', '--quiet', '--force'], { input });
  }

  /** The text of a file in a commit; null if there is no such file. */
  file(commit: string, path: string): string | null {
    return this.#once(`file ${commit} ${path}`, () => {
      try {
        return this.git(['cat-file', 'blob', `${commit}:${path}`], { whole: true });
      } catch {
        return null;
      }
    });
  }

  /** The changed files between the common ancestor and the head, with how many lines were added and deleted. */
  changes(base: string, head: string): readonly { readonly path: string; readonly added: number; readonly deleted: number }[] {
    return this.#once(`changes ${base} ${head}`, () =>
      this.git(['diff', '--numstat', '--no-renames', `${base}...${head}`])
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [added = '0', deleted = '0', path = ''] = line.split('\t');
          return { path, added: Number(added) || 0, deleted: Number(deleted) || 0 };
        }),
    );
  }

  #once<T>(key: string, compute: () => T): T {
    if (!this.#remembered.has(key)) this.#remembered.set(key, compute());
    return this.#remembered.get(key) as T;
  }
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps the last newline. */
  readonly whole?: boolean;
}

function run(args: readonly string[], { input, env, whole }: RunOptions): string {
  const output = execFileSync('git', [...args], {
    ...(input === undefined ? {} : { input }),
    env: { ...gitEnvironment(), ...env },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return whole ? output : output.replace(/\n$/, '');
}

export function gitEnvironment(): Record<string, string> {
  return {
    ...{ PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    ...{ GIT_AUTHOR_NAME: stagePerson.name, GIT_AUTHOR_EMAIL: stagePerson.email },
    ...{ GIT_COMMITTER_NAME: stagePerson.name, GIT_COMMITTER_EMAIL: stagePerson.email },
  };
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function parse(line: string): Commit {
  const [sha = '', tree = '', parents = '', an = '', ae = '', at = '', cn = '', ce = '', ct = '', message = ''] = line.split('\x1f');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, date: at },
    committer: { name: cn, email: ce, date: ct },
    message: message.trimEnd(),
  };
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}
