// Repositories inside a worktree: what they have that would be lost with their folder.
import { realpath } from 'node:fs/promises';
import { frugal } from './fetch.ts';
import type { Git } from './git.ts';
import { shared } from './registry.ts';
import type { Workshop } from './snapshot.ts';

/** Is the submodule unchanged, and everything in it at its remote as far as it knows? */
export async function submoduleIsSafe(git: Git, folder: string): Promise<boolean> {
  const silent: readonly (readonly string[])[] = [
    ['rev-list', '--max-count=1', 'HEAD', '--branches', '--not', '--remotes'],
    ['for-each-ref', '--count=1', 'refs/stash'],
    ['status', '--porcelain=v1', '--untracked-files=all', '--ignore-submodules=none'],
  ];
  for (const args of silent) if ((await git.maybe({ cwd: folder, args, kind: 'read' })) !== '') return false;
  return true;
}

/** Copies all commits that the nested repository refers to into ours, below the workshop's references, and answers their tips. */
export async function nestedTips(shop: Workshop, folder: string): Promise<readonly string[]> {
  const { git, common, refs } = shop;
  const at = { cwd: folder };
  const head = await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], kind: 'read' });
  const itsCommon = await realpath(
    await git.text({ ...at, args: ['rev-parse', '--path-format=absolute', '--git-common-dir'], kind: 'read' }),
  );
  // Another worktree of the same repository: its commits are here already, and its branches stay.
  if (itsCommon === common) return head === null ? [] : [head];
  const listed = await git.text({ ...shared(common), args: ['ls-remote', '--', folder], kind: 'read' });
  if (listed === '') return [];
  const space = `${refs}/${crypto.randomUUID()}`;
  const refspecs = [`+refs/*:${space}/*`, ...(/\tHEAD$/m.test(listed) ? [`+HEAD:${space}/HEAD`] : [])];
  await git.text({ ...shared(common), args: ['-c', 'protocol.file.allow=always', 'fetch', ...frugal, '--', folder, ...refspecs] });
  const format = '%(objecttype) %(objectname) %(*objecttype) %(*objectname)';
  const brought = await git.text({ ...shared(common), args: ['for-each-ref', `--format=${format}`, space], kind: 'read' });
  return brought.split('\n').flatMap((line) => /commit ([0-9a-f]+)/.exec(line)?.[1] ?? []);
}
