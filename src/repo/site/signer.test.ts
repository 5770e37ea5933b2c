// Our commits are signed by the person's program, in an environment in which it finds the person's key, and nobody is
// asked.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { shortLimits, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';
import { gitRepo } from '../git-repo.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => {
  vi.unstubAllEnvs();
  stage.fx.dispose();
});

function configure(settings: Readonly<Record<string, string>>): void {
  const { fx } = stage;
  for (const [key, value] of Object.entries({ 'commit.gpgSign': 'true', ...settings })) fx.git(fx.root, 'config', '--global', key, value);
}

function program(name: string, script: string): string {
  const file = join(stage.fx.folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** With a git that sees the current environment. */
const commitAll = (sign: 'auto' | 'off' = 'auto') => gitRepo(shortLimits).commitAll({ worktree: stage.path, message: 'left', sign });
const written = (commit: string | null): string => stage.fx.git(stage.path, 'cat-file', 'commit', commit ?? '');

/** What gpg answers to git. */
const signs = `cat >/dev/null; printf '\\n[GNUPG:] SIG_CREATED \\n' >&2; echo '-----BEGIN PGP SIGNATURE-----'; echo made; echo '-----END PGP SIGNATURE-----'`;

describe.each(['gpg.program', 'gpg.openpgp.program'])('a program that %s names', (key) => {
  test('is given where the person’s keys are, and no token', async () => {
    const seen = join(stage.fx.folder, 'seen');
    configure({ [key]: program('signs', `test "$1" = --version && exit 1; echo "$@" >'${seen}'; env >>'${seen}'; ${signs}`) });
    const given = { GNUPGHOME: '/gnupg', GPG_TTY: '/dev/pts/99', SSH_AUTH_SOCK: '/run/agent' };
    for (const [name, value] of Object.entries({ ...given, GH_TOKEN: 'a-token' })) vi.stubEnv(name, value);
    expect(written(await commitAll())).toContain('\ngpgsig -----BEGIN PGP SIGNATURE-----\n made\n');
    const lines = readFileSync(seen, 'utf8').split('\n');
    expect(lines).toEqual(expect.arrayContaining(Object.entries(given).map((pair) => pair.join('='))));
    expect(lines.join('\n')).not.toContain('a-token');
    // A program other than GnuPG gets what git gives it.
    expect(lines[0]).toMatch(/^--status-fd=2 -bsau /);
  });
});

test('where it is switched off nothing is signed, whatever the person’s git does', async () => {
  configure({ 'gpg.program': program('signs', `touch '${stage.fx.folder}/ran'; ${signs}`) });
  expect(written(await commitAll('off'))).not.toContain('gpgsig');
  expect(existsSync(join(stage.fx.folder, 'ran'))).toBe(false);
});

function missing(name: string): boolean {
  try {
    execFileSync('which', [name], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

describe.skipIf(missing('gpg') || missing('gpg-agent'))('GnuPG', () => {
  let asked: string;
  beforeEach(() => {
    const { fx } = stage;
    const home = join(fx.folder, 'g');
    asked = join(fx.folder, 'asked');
    mkdirSync(home, { mode: 0o700 });
    vi.stubEnv('GNUPGHOME', home);
    vi.stubEnv('GPG_TTY', '/dev/pts/99');
    const pinentry = program('pinentry', `touch '${asked}'; echo OK; while read -r line; do echo 'ERR 83886179 cancelled'; done`);
    // Without a configured count, the agent measures at each start how many rounds take a tenth of a second.
    writeFileSync(join(home, 'gpg-agent.conf'), `pinentry-program ${pinentry}\ns2k-count 65536\n`);
    gpg('--passphrase', 'secret', '--quick-gen-key', 'Somebody <somebody@example.org>', 'ed25519', 'sign', 'never');
    configure({ 'user.signingKey': 'somebody@example.org' });
    forget();
  });
  afterEach(() => void execFileSync('gpgconf', ['--kill', 'all'], { stdio: 'ignore' }));

  const gpg = (...args: readonly string[]): void =>
    void execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      input: 'x',
    });
  const forget = (): void => void execFileSync('gpg-connect-agent', ['reloadagent', '/bye'], { stdio: 'ignore' });

  test('a passphrase that the agent holds signs', async () => {
    gpg('--passphrase', 'secret', '--clearsign');
    expect(written(await commitAll())).toContain('\ngpgsig -----BEGIN PGP SIGNATURE-----\n');
    expect(existsSync(asked)).toBe(false);
  });

  test('one that it does not hold is asked of nobody: it fails at once, and says what to do', async () => {
    const fault: unknown = await commitAll().catch((error: unknown) => error);
    expect(existsSync(asked)).toBe(false);
    expect(fault).toMatchObject({
      code: 'not-signed',
      message: expect.stringMatching(/could not be signed: gpg failed to sign the data/),
      hint: expect.stringMatching(/gpg-agent.*delivery\.sign: off/),
    });
    expect(await stage.repo.facts({ worktree: stage.path, base: stage.base })).toMatchObject({ dirty: ['left.txt'] });
  });

  test('one that the person’s configuration reads from a file is found', async () => {
    const { fx } = stage;
    writeFileSync(join(fx.folder, 'passphrase'), 'secret\n');
    writeFileSync(join(fx.folder, 'g/gpg.conf'), `pinentry-mode loopback\npassphrase-file ${fx.folder}/passphrase\n`);
    expect(written(await commitAll())).toContain('\ngpgsig ');
  });
});

test.skipIf(missing('ssh-keygen'))('an SSH key with a passphrase: the message begins with the reason, and says what to do', async () => {
  const key = join(stage.fx.folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', key]);
  configure({ 'gpg.format': 'ssh', 'user.signingKey': key });
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  await expect(commitAll()).rejects.toMatchObject({
    code: 'not-signed',
    message: expect.stringMatching(/could not be signed: Load key "[^"]+": incorrect passphrase/),
    hint: expect.stringContaining('ssh-add'),
  });
});
