import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { callEnvironments, standingEnvironment, type GitKind } from './git-environment.ts';
import { createGit, usualLimits, type GitCall } from './git.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fx.dispose();
});

/** Variables that no child of ours may see, that point to another repository, or that would ask or translate. */
const dropped = {
  ANTHROPIC_API_KEY: 'x',
  OPENAI_API_KEY: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  CLAUDE_CODE_OAUTH_TOKEN: 'x',
  YARDMASTER_ATTEMPT: 'x',
  SOME_TOKEN: 'x',
  NOT_GIT_DIR: 'x',
  GIT_DIR: 'x',
  GIT_WORK_TREE: 'x',
  GIT_INDEX_FILE: 'x',
  GIT_OBJECT_DIRECTORY: 'x',
  GIT_ALTERNATE_OBJECT_DIRECTORIES: 'x',
  GIT_NAMESPACE: 'x',
  GIT_PREFIX: 'x',
  GIT_AUTHOR_DATE: 'x',
  GIT_TRACE: '1',
  GIT_CONFIG_PARAMETERS: 'x',
  GIT_CONFIG: 'x',
  GIT_PAGER: 'less',
  LANGUAGE: 'de',
};
const base = {
  PATH: '/bin',
  HOME: '/home/me',
  LANG: 'de_DE.UTF-8',
  SSL_CERT_FILE: '/certs',
  https_proxy: 'http://proxy',
  ALL_PROXY: 'socks5://proxy',
  GIT_SSL_CAINFO: '/c',
};
const always = {
  GIT_SSH_COMMAND: 'ssh -v',
  GIT_CONFIG_GLOBAL: '/g',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'a.b',
  GIT_CONFIG_VALUE_0: 'c',
  GIT_AUTHOR_NAME: 'n',
  GIT_SSL_CAINFO: '/c',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_LFS_SET_LOCKABLE_READONLY: '0',
};
const agent = { SSH_AUTH_SOCK: '/run/agent' };
const remote = {
  SSH_AGENT_PID: '1',
  SSH_ASKPASS: 'ask',
  GIT_ASKPASS: 'git-ask',
  KRB5CCNAME: 'k',
  DBUS_SESSION_BUS_ADDRESS: 'd',
  XDG_RUNTIME_DIR: '/run/user/1',
  DISPLAY: ':0',
  GH_TOKEN: 'g1',
  GITHUB_TOKEN: 'g2',
  GH_ENTERPRISE_TOKEN: 'g3',
  GITHUB_ENTERPRISE_TOKEN: 'g4',
  GH_HOST: 'h',
  GH_CONFIG_DIR: '/gh',
  GITLAB_TOKEN: 'l',
  GLAB_CONFIG_DIR: '/gl',
};
const sign = { GNUPGHOME: '/gnupg', GPG_TTY: '/dev/pts/1' };
const inherited = { ...dropped, ...base, ...always, ...agent, ...remote, ...sign, LC_ALL: 'de_DE', GIT_EDITOR: 'vi' };

const quietly = {
  TERM: 'dumb',
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: 'true',
  GIT_SEQUENCE_EDITOR: 'true',
  GIT_MERGE_AUTOEDIT: 'no',
};

const byKind: readonly (readonly [GitKind, Record<string, string>])[] = [
  ['read', { GIT_OPTIONAL_LOCKS: '0' }],
  ['write', {}],
  ['network', { ...agent, ...remote }],
  ['push', { ...agent, ...remote }],
  ['sign', { ...agent, ...sign }],
];

test('what stands ready has the base alone', () => {
  expect(standingEnvironment(inherited)).toEqual({ ...base, ...quietly, SSH_ASKPASS_REQUIRE: 'never' });
});

test.each(byKind)('a call of the kind %s has what it needs, and nothing else', (kind, more) => {
  expect(callEnvironments(inherited)[kind]).toEqual({ ...always, ...more });
});

test('a person who always wants to be asked by a program is asked where a remote wants it, and nowhere else', () => {
  const calls = callEnvironments({ SSH_ASKPASS_REQUIRE: 'force' });
  expect(calls).toMatchObject({ network: { SSH_ASKPASS_REQUIRE: 'force' }, push: { SSH_ASKPASS_REQUIRE: 'force' } });
  for (const kind of ['read', 'write', 'sign'] as const) expect(calls[kind]).not.toHaveProperty('SSH_ASKPASS_REQUIRE');
});

describe('as a program that git runs sees it', () => {
  /** Variables that a shell sets itself, and those that git adds for an alias. */
  const foreign = ['PWD', 'OLDPWD', '_', 'SHLVL', 'GIT_PREFIX', 'GIT_EXEC_PATH', 'GIT_CONFIG_PARAMETERS'];
  const aliased = (script: string) => ['-c', `alias.x=!${script}`, 'x'];

  /** All variables, with a PATH and a home folder in which git works. */
  const stub = (): void => {
    for (const name of Object.keys(process.env)) if (!['PATH', 'HOME'].includes(name)) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(inherited)) {
      if (!['PATH', 'HOME'].includes(name)) vi.stubEnv(name, name === 'GIT_CONFIG_GLOBAL' ? fx.globalConfig : value);
    }
  };

  describe.each([
    ['in a lane', {}],
    ['with an input', { input: 'x' }],
  ])('%s', (_, how) => {
    test.each(byKind)('%s', async (kind, more) => {
      stub();
      const output = await createGit(usualLimits).text({ cwd: fx.root, kind, args: aliased('env -0'), ...how });
      const seen = Object.fromEntries(output.split('\0').flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s).slice(0, 2)])));
      for (const name of foreign) delete seen[name];
      const { YARDMASTER_CALL: marker, ...rest } = seen;
      expect(marker).toMatch(/^\d+\.\d+\/pid:\[\d+\]\/[0-9a-f-]{36}\/(?:\d+\.\d+)?$/);
      const { PATH, HOME } = process.env;
      // Git puts its own programs in front.
      const path = expect.stringMatching(new RegExp(`${PATH}$`));
      const last = { PATH: path, HOME, GIT_CONFIG_GLOBAL: fx.globalConfig };
      expect(rest).toEqual({ ...base, ...quietly, SSH_ASKPASS_REQUIRE: 'never', ...always, ...more, ...last });
    });
  });

  test('a token is in the environment of its call alone: not in that of the shell, and in no words that others see', async () => {
    vi.stubEnv('GH_TOKEN', 'the-token');
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'http.https://host.invalid/.extraHeader');
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'Authorization: the-header');
    // The ready shell is the parent of the git that is the parent of the alias.
    const script = [
      'git=$PPID',
      'shell=$(cut -d" " -f4 /proc/$git/stat)',
      'cat /proc/$shell/environ /proc/$shell/cmdline /proc/$git/cmdline',
      'echo; echo "$shell ${GH_TOKEN-none}"',
    ].join('; ');
    const git = createGit(usualLimits);
    const ask = async (kind: GitCall['kind'] & string) => (await git.text({ cwd: fx.root, kind, args: aliased(script) })).split('\n');
    const network = await ask('network');
    const [shell, token] = network.at(-1)?.split(' ') ?? [];
    expect(token).toBe('the-token');
    expect(readFileSync(`/proc/${shell}/cmdline`, 'latin1')).toBe('/bin/sh\0');
    expect(network.slice(0, -1).join('\n')).toContain('GIT_TERMINAL_PROMPT=0');
    expect(network.slice(0, -1).join('\n')).not.toMatch(/the-token|the-header/);
    // The same shell, used again.
    const later = await ask('write');
    expect(later.at(-1)).toBe(`${shell} none`);
    expect(later.join('\n')).not.toMatch(/the-token|the-header/);
  });

  test('the person’s wish not to load large files reaches the filter of a checkout, a provider’s key does not', async () => {
    vi.stubEnv('GIT_LFS_SKIP_SMUDGE', '1');
    vi.stubEnv('OPENAI_API_KEY', 'the-key');
    const filter = join(fx.folder, 'filter');
    writeFileSync(filter, `#!/bin/sh\nenv >${fx.folder}/seen\ncat\n`);
    chmodSync(filter, 0o755);
    fx.git(fx.root, 'config', 'filter.large.smudge', filter);
    fx.commit(fx.root, { '.gitattributes': '*.bin filter=large\n', 'a.bin': 'a' });
    await createGit(usualLimits).text({ cwd: fx.root, args: ['worktree', 'add', '--quiet', '--detach', join(fx.worktrees, 'a')] });
    const seen = readFileSync(join(fx.folder, 'seen'), 'utf8');
    expect(seen).toContain('GIT_LFS_SKIP_SMUDGE=1\n');
    expect(seen).not.toContain('OPENAI_API_KEY');
  });
});

test('below a git hook of another repository ours is still the one asked', async () => {
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE']) vi.stubEnv(name, fx.remote);
  expect(await createGit(usualLimits).text({ cwd: fx.root, args: ['rev-parse', '--show-toplevel'], kind: 'read' })).toBe(fx.root);
});
