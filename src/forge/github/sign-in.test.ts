// Which token is taken for which host, and that no token goes to a host that it is not for.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { vault } from '../../accounts/vault.ts';
import { github } from './adapter.ts';
import { referencesFor } from './references.ts';
import { tinyHost, token, vaultOf, worldWith, type TinyHost } from './tiny-host.samples.ts';

const signal = new AbortController().signal;
const both = { GH_TOKEN: 'a', GITHUB_TOKEN: 'b', GH_ENTERPRISE_TOKEN: 'c', GITHUB_ENTERPRISE_TOKEN: 'd' };
const ghe = 'ghe.example.org';

describe('the references for a host', () => {
  const names = (given: Partial<Parameters<typeof referencesFor>[0]>) =>
    referencesFor({ host: 'github.com', hosts: [], secret: null, env: both, ...given }).map(({ name }) => name);

  test.each([
    ['github.com', {}, ['GH_TOKEN', 'GITHUB_TOKEN']],
    ['a host of GitHub’s own', { host: 'octo.ghe.com' }, ['GH_TOKEN', 'GITHUB_TOKEN']],
    ['a host of the settings', { host: ghe, hosts: ['GHE.example.org'] }, ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN']],
    ['a host that nobody named', { host: ghe }, []],
    ['another host than the settings name', { host: 'evil.example', hosts: [ghe], secret: 'env:MINE' }, []],
    ['github.com, with a configured one', { secret: 'env:MINE' }, ['MINE']],
    ['a host of the settings, with a configured one', { host: ghe, hosts: [ghe], secret: 'file:~/token' }, ['file:~/token']],
    ['github.com, with a configured one for other hosts', { hosts: [ghe], secret: 'env:MINE' }, ['GH_TOKEN', 'GITHUB_TOKEN']],
    ['github.com, with empty variables', { env: { GH_TOKEN: '', GITHUB_TOKEN: 'b' } }, ['GITHUB_TOKEN']],
  ])('%s', (_, given, expected) => {
    expect(names(given)).toEqual(expected);
  });

  describe('by the program gh', () => {
    let folder = '';
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'yard-gh-'));
      await mkdir(join(folder, 'bin'));
      const path = join(folder, 'bin', 'gh');
      await writeFile(path, `#!/bin/sh\n[ "$*" = "auth token --hostname ${ghe}" ] && echo '${token}' && exit\nexit 1\n`);
      await chmod(path, 0o755);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it('are last, and come from a folder of the search path that is absolute', () => {
      const env = { ...both, PATH: `.:bin:${folder}/bin` };
      expect(names({ env })).toEqual(['GH_TOKEN', 'GITHUB_TOKEN', 'gh auth token']);
      const relative = { PATH: `.:${join('..', folder)}:` };
      expect(referencesFor({ host: 'github.com', hosts: [], secret: null, env: relative })).toEqual([]);
    });

    it('are asked for this host, and give a token that is masked', async () => {
      const env = { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder };
      const own = vault({ env, agents: new Map() });
      const [reference] = referencesFor({ host: ghe, hosts: [ghe], secret: null, env });
      expect(await own.value({ reference: reference!.reference, of: ghe })).toBe(token);
      expect(own.masked(`it is ${token}`)).not.toContain(token);
      const [other] = referencesFor({ host: 'github.com', hosts: [], secret: null, env });
      await expect(own.value({ reference: other!.reference, of: 'github.com' })).rejects.toMatchObject({ code: 'secret-failed' });
    });
  });
});

describe('signing in', () => {
  let tiny: TinyHost;
  beforeEach(async () => {
    tiny = await tinyHost();
  });
  afterEach(() => tiny.close());

  const signIn = (given: {
    readonly env?: Record<string, string>;
    readonly secret?: string | null;
    readonly hosts?: readonly string[];
  }) => {
    const { env = {}, secret = null, hosts = [tiny.host] } = given;
    return github(worldWith({ env })).signIn({ host: tiny.host, hosts, secret, pointsPerHour: 1500, signal });
  };

  it('asks one thing, with the token in its header alone', async () => {
    const signedIn = await signIn({ secret: 'env:T' });
    expect(signedIn).toMatchObject({ signedIn: true, account: { login: 'ada', foundIn: 'T', host: tiny.host } });
    expect(tiny.received.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual([
      ['GET', '/api/v3/user', `Bearer ${token}`],
    ]);
    // Nothing that the account consists of contains the token where it could be written by mistake.
    expect(JSON.stringify(signedIn)).not.toContain(token);
  });

  it('sends nothing to a host that is not in the settings', async () => {
    expect(await signIn({ secret: 'env:T', hosts: [], env: both })).toEqual({
      ...{ signedIn: false, why: 'none' },
      message: `${tiny.host} is not named in forge.github.hosts, so no token is sent there`,
      hint: `add ${tiny.host} to forge.github.hosts in your own configuration`,
    });
    expect(tiny.received).toEqual([]);
  });

  it('with no reference says what to do, and with a configured one that gives nothing tries no other', async () => {
    expect(await signIn({})).toMatchObject({ signedIn: false, why: 'none', message: `there is no token for ${tiny.host}` });
    expect(await signIn({ secret: 'env:UNSET', env: { GH_ENTERPRISE_TOKEN: 'x' } })).toEqual({
      ...{ signedIn: false, why: 'none', hint: 'set it' },
      message: `forge.github.token (UNSET) gives no token: the secret of ${tiny.host} is missing`,
    });
    expect(tiny.received).toEqual([]);
  });

  it('takes the first that gives something', async () => {
    const values = { 'env:GITHUB_ENTERPRISE_TOKEN': token };
    const world = worldWith({ env: { GH_ENTERPRISE_TOKEN: 'x', GITHUB_ENTERPRISE_TOKEN: 'y' }, values });
    const signedIn = await github(world).signIn({ host: tiny.host, hosts: [tiny.host], secret: null, pointsPerHour: 1500, signal });
    expect(signedIn).toMatchObject({ signedIn: true, account: { foundIn: 'GITHUB_ENTERPRISE_TOKEN' } });
  });

  it('of an app, which is no user, asks GraphQL who it is', async () => {
    const viewer = { data: { viewer: { login: 'my-app[bot]' }, rateLimit: { cost: 1 } } };
    tiny.answer(({ path }) =>
      path === '/api/v3/user' ? { status: 403, body: { message: 'Resource not accessible by integration' } } : { body: viewer },
    );
    expect(await signIn({ secret: 'env:T' })).toMatchObject({ signedIn: true, account: { login: 'my-app[bot]' } });
    tiny.answer(({ path }) => (path === '/api/v3/user' ? { status: 403 } : { body: { data: null, errors: [{ message: 'no viewer' }] } }));
    expect(await signIn({ secret: 'env:T' })).toMatchObject({
      signedIn: false,
      why: 'refused',
      message: expect.stringContaining('(no viewer)'),
    });
  });

  it('where too much was asked is away, and not refused', async () => {
    tiny.answer(() => ({ status: 429, headers: { 'retry-after': '9' } }));
    expect(await signIn({ secret: 'env:T' })).toMatchObject({ signedIn: false, why: 'away' });
  });

  it('again does not begin a new hour, and takes the limit of then', async () => {
    const forge = github(worldWith({}));
    const given = { host: tiny.host, hosts: [tiny.host], secret: 'env:T', signal };
    await forge.signIn({ ...given, pointsPerHour: 1500 });
    const again = await forge.signIn({ ...given, pointsPerHour: 2 });
    expect(again.signedIn && again.account.points()).toMatchObject({ used: 2, left: 0, limit: 2 });
    expect(await forge.signIn({ ...given, pointsPerHour: 2 })).toMatchObject({ signedIn: false, why: 'away' });
    expect(tiny.received).toHaveLength(2);
  });

  it('ends when it is stopped', async () => {
    const given = { host: tiny.host, hosts: [tiny.host], secret: 'env:T', pointsPerHour: 1500, signal: AbortSignal.abort() };
    await expect(github(worldWith({})).signIn(given)).rejects.toMatchObject({ code: 'stopped' });
  });

  it('is away where nobody listens, and never shows the token', async () => {
    await tiny.close();
    const told = await signIn({ secret: 'env:T' });
    expect(told).toMatchObject({ signedIn: false, why: 'away' });
    expect(inspect(told, { depth: 9 })).not.toContain(token);
    tiny = await tinyHost();
  });
});

test('an odd reference in the settings is none', () => {
  expect(referencesFor({ host: 'github.com', hosts: [], secret: token, env: {} })).toEqual([]);
  expect(vaultOf({}).asked).toEqual([]);
});
