// Which commit is checked out in the person's repository, and whether a file there is as that commit has it.
import type { RepoBranches } from '../ports/repo-branches.ts';
import type { Git } from './git.ts';

export async function fileState(git: Git, given: Parameters<RepoBranches['fileState']>[0]): ReturnType<RepoBranches['fileState']> {
  const { root, path } = given;
  const commit = await git.maybe({ cwd: root, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], kind: 'read' });
  const args = ['--literal-pathspecs', 'status', '--porcelain=v1', '-z', '--ignored', '--untracked-files=all', '--', path];
  const said = await git.text({ cwd: root, args, kind: 'read' });
  const file = said === '' ? 'committed' : said.startsWith('??') || said.startsWith('!!') ? 'untracked' : 'changed';
  return { commit: commit === null || commit === '' ? null : commit.trim(), file };
}
