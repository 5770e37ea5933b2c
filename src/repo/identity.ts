// The name for our commits: the user's if one is configured, else our own. A name that git would guess from the account and
// the host's name is not used.
import type { Git } from './git.ts';

export async function identity(
  git: Git,
  at: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const role of ['AUTHOR', 'COMMITTER']) {
    const known = await git.maybe({ ...at, args: ['-c', 'user.useConfigOnly=true', 'var', `GIT_${role}_IDENT`], kind: 'read' });
    if (known !== null) continue;
    env[`GIT_${role}_NAME`] = 'Yardmaster';
    env[`GIT_${role}_EMAIL`] = 'yardmaster@localhost';
  }
  return env;
}
