// The part of the person's configuration that a worker's repository gets contains no secret from an address, whatever the
// key.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { gitRepo } from '../git-repo.ts';

let fx: GitFixture;
beforeEach(() => void (fx = createGitFixture()));
afterEach(() => fx.dispose());

async function configOfWorkers(): Promise<string> {
  const path = join(fx.worktrees, 't1');
  await gitRepo().makeSite({ root: fx.root, path, branch: () => 'yard/t1', remote: null, defaultBranch: 'main' });
  return join(path, '.git/config');
}

const login = 'me:s3cret@';
/** Keys with the values that a person has, and those that a worker sees; null if it sees none. */
const settings: readonly (readonly [string, string, string | null])[] = [
  ['http.proxy', `http://${login}proxy.example:3128`, 'http://proxy.example:3128'],
  ['http.https://plain.example/.proxy', `${login}proxy.example:3128`, 'proxy.example:3128'],
  ['remote.other.proxy', `socks5h://${login}proxy.example`, 'socks5h://proxy.example'],
  ['remote.other.url', 'https://s3cret@host.example/o.git', 'https://host.example/o.git'],
  ['remote.other.pushurl', `ssh://${login}host.example/o.git`, 'ssh://me@host.example/o.git'],
  ['remote.scp.url', 'git@host.example:o.git', 'git@host.example:o.git'],
  ['submodule.sub.url', `https://${login}host.example/s.git`, 'https://host.example/s.git'],
  ['lfs.url', 'https://me:s3cr@s3cret@host.example/lfs', 'https://host.example/lfs'],
  ['branch.main.pushremote', `https://${login}host.example/p.git`, 'https://host.example/p.git'],
  ['remote.pushdefault', `HTTPS://${login}host.example/p.git`, 'HTTPS://host.example/p.git'],
  ['filter.known.clean', `fetch --from=https://${login}host.example/ %f`, 'fetch --from=https://host.example/ %f'],
  ['url.https://host.example/.insteadof', `https://${login}host.example/`, 'https://host.example/'],
  [`url.https://${login}host.example/.insteadof`, 'https://host.example/', null],
  [`http.https://${login}host.example/.sslverify`, 'false', null],
  [`lfs.https://${login}host.example/.access`, 'basic', null],
  ['http.extraheader', 'Authorization: s3cret', null],
  ['remote.other.token', 's3cret', null],
  ['hook.lint.command', 'npm run lint', 'npm run lint'],
];

test('no secret of an address is written into it, neither in values nor in names', async () => {
  for (const [key, value] of settings) fx.git(fx.root, 'config', '--add', key, value);
  // Also for settings that are conditional on the repository's location.
  const more = join(fx.folder, 'more');
  fx.git(fx.root, 'config', '--file', more, 'lfs.pushurl', `https://${login}host.example/lfs`);
  appendFileSync(fx.globalConfig, `[includeIf "gitdir:**"]\n\tpath = ${more}\n`);
  const config = await configOfWorkers();
  expect(readFileSync(config, 'utf8')).not.toContain('s3cr');
  const seen = (key: string): string | null =>
    fx.succeeds(fx.root, 'config', '--file', config, key) ? fx.git(fx.root, 'config', '--file', config, key) : null;
  for (const [key, , value] of settings) expect([key, seen(key)]).toEqual([key, value]);
  expect(seen('lfs.pushurl')).toBe('https://host.example/lfs');
});
