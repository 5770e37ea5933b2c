// Merges two commits as objects: without a checkout, an index or references, so that nobody's files change. Needs git 2.38.
import { Fault } from '../core/fault.ts';
import type { Git, GitCall } from './git.ts';
import { gitReason } from './git-reason.ts';
import { latin1, stopped } from './site/record.ts';

export interface MergedTree {
  /** With conflict markers in the files that conflict. */
  readonly tree: string;
  readonly clean: boolean;
  readonly conflicts: readonly ConflictEntry[];
}

/** A line of an index for a path that conflicts; a path has up to three. */
export interface ConflictEntry {
  readonly mode: string;
  readonly id: string;
  readonly stage: string;
  /** Bytes, one character each. */
  readonly path: string;
}

/** A few small trees that contain each other many times expand to more than any machine has. */
const mostMemory = 2 * 2 ** 30;

/**
 * `ours` and `theirs` name commits; conflict markers show these names. Faults: `git-failed`, for example if they have no
 * commit in common.
 */
export async function mergedTree(
  git: Git,
  given: Pick<GitCall, 'cwd' | 'env' | 'kind'> & { readonly ours: string; readonly theirs: string },
): Promise<MergedTree> {
  const { cwd, env, kind, ours, theirs } = given;
  const args = ['merge-tree', '--write-tree', '-z', '--no-messages', ours, theirs].map(latin1);
  const answer = await git.run({
    cwd: latin1(cwd),
    ...(env !== undefined && { env }),
    ...(kind !== undefined && { kind }),
    args,
    bytes: true,
    mostMemory,
  });
  if (answer.aborted) throw stopped();
  const [tree = '', ...lines] = answer.stdout.split('\0');
  if ((!answer.ok && answer.code !== 1) || !/^[0-9a-f]{40,64}$/.test(tree)) {
    throw new Fault({
      code: answer.obstacle?.code ?? 'git-failed',
      message: `${theirs} and ${ours} cannot be merged: ${gitReason(answer)}`,
      hint: answer.obstacle?.hint ?? 'merge them yourself; merging without a checkout needs git 2.38 or newer (git --version)',
    });
  }
  const conflicts = lines.flatMap((line) => {
    const [, mode, id, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t(.+)$/s.exec(line) ?? [];
    return mode === undefined || id === undefined || stage === undefined || path === undefined ? [] : [{ mode, id, stage, path }];
  });
  return { tree, clean: answer.ok, conflicts };
}

/**
 * Two commits with the same files, whose only common past is `from`: git finds the state that both are compared with by the
 * history (`--merge-base` needs git 2.40).
 */
export async function asSiblings(
  git: Git,
  { from, sides, ...at }: Pick<GitCall, 'cwd' | 'env'> & { readonly from: string; readonly sides: readonly string[] },
): Promise<readonly string[]> {
  const env = { ...at.env, GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x' };
  const commit = (tree: string, parents: readonly string[]): Promise<string> =>
    git.text({ ...at, env, args: ['commit-tree', '--no-gpg-sign', '-m', 'x', ...parents, `${tree}^{tree}`] });
  const past = await commit(from, []);
  return [await commit(sides[0] ?? from, ['-p', past]), await commit(sides[1] ?? from, ['-p', past])];
}

/** The paths in conflict, as text for people, each once. */
export function conflictPaths(conflicts: readonly Pick<ConflictEntry, 'path'>[]): readonly string[] {
  return [...new Set(conflicts.map(({ path }) => Buffer.from(path, 'latin1').toString('utf8')))];
}
