// While a worktree is linked, git keeps objects that only its records name: a detached HEAD, both sides of a rebase, what
// was staged, amended or reset. When the records move out of the person's repository, its next collection would delete
// these objects from under the site; so the site gets a pack of them.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Git, GitCall } from '../git.ts';
import { shared } from '../registry.ts';
import { idsIn } from './git-files.ts';
import { headCommit } from './git-refs.ts';
import { holdingsOf } from './holdings.ts';

export interface Records {
  /** The copied records, and where they come from. */
  readonly draft: string;
  readonly from: string;
  /** The checkout. */
  readonly folder: string;
}

export async function keepObjects(
  git: Git,
  given: { readonly common: string; readonly tip: string; readonly gitFolder: string; readonly records: readonly Records[] },
): Promise<void> {
  const { common, tip, gitFolder, records } = given;
  const ids = new Set<string>();
  for (const one of records) for (const id of [...namedBy(one.draft), ...(await stagedIn(git, { ...one, tip }))]) ids.add(id);
  ids.delete(tip);
  const at = { ...shared(common), env: { ...shared(common).env, GIT_NO_LAZY_FETCH: '1' } };
  const there = await present(git, at, [...ids]);
  if (there.length === 0) return;
  // The tip's tree is excluded as well, because a commit excludes nothing when trees are listed directly.
  const input = [...there, `^${tip}`, `^${tip}^{tree}`, ''].join('\n');
  // Parts of what only logs name may have been collected already.
  const args = ['rev-list', '--objects', '--no-object-names', '--missing=allow-any', '--stdin'];
  const objects = await present(git, at, (await git.text({ ...at, args, input, kind: 'read' })).split('\n'));
  if (objects.length === 0) return;
  const packs = join(gitFolder, 'objects/pack');
  mkdirSync(packs, { recursive: true });
  await git.text({ ...at, args: ['pack-objects', '--quiet', join(packs, 'pack')], input: `${objects.join('\n')}\n` });
}

function namedBy(records: string): readonly string[] {
  const { named, logged } = holdingsOf(records);
  const head = headCommit(records);
  return [...named, ...logged, ...idsIn(join(records, 'ORIG_HEAD')), ...(head === null ? [] : [head])];
}

/**
 * What an index names and the tip does not: the index's tree, or, because an index with conflicts has no tree, each of
 * its files.
 */
async function stagedIn(git: Git, given: Records & { readonly tip: string }): Promise<readonly string[]> {
  const { from, draft, folder, tip } = given;
  if (!existsSync(join(draft, 'index'))) return [];
  const copy = join(draft, 'index.yardmaster');
  copyFileSync(join(draft, 'index'), copy);
  try {
    const env = { GIT_DIR: from, GIT_WORK_TREE: folder, GIT_INDEX_FILE: copy, GIT_NO_LAZY_FETCH: '1' };
    const at = { cwd: from, env, bytes: true } as const;
    const tree = await git.maybe({ ...at, args: ['write-tree'] });
    if (tree !== null) return [tree];
    const changed = ['diff-index', '--cached', '--raw', '--no-abbrev', '--no-renames', '--ignore-submodules=all', '-z', tip, '--'];
    const words = async (args: readonly string[]) => ((await git.maybe({ ...at, args, kind: 'read' })) ?? '').split('\0');
    return [
      ...(await words(changed)).flatMap((record) => /^:\d+ 1[02]\d+ [0-9a-f]+ ([0-9a-f]+) /.exec(record)?.[1] ?? []),
      ...(await words(['ls-files', '--unmerged', '-z'])).flatMap((record) => /^1[02]\d+ ([0-9a-f]+) /.exec(record)?.[1] ?? []),
    ];
  } finally {
    rmSync(copy, { force: true });
  }
}

async function present(git: Git, at: Pick<GitCall, 'cwd' | 'env'>, ids: readonly string[]): Promise<readonly string[]> {
  const asked = ids.filter((id) => id !== '');
  if (asked.length === 0) return [];
  const answer = await git.text({
    ...at,
    args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    input: `${asked.join('\n')}\n`,
    kind: 'read',
  });
  return answer.split('\n').flatMap((line) => /^([0-9a-f]+) (?:commit|tree|blob|tag)$/.exec(line)?.[1] ?? []);
}
