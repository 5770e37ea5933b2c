// A person is signed in at their forge in every way that git and the forges' own programs know. A worker, and what runs
// what a worker wrote, are offered none of it; what a person names for an agent reaches its workers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForgeYard, repository } from '../support/forge-yard.ts';
import { openYard, type Told, type Yard } from '../support/yard.ts';

/** Asks everybody who could know the password, and writes down what was told. */
const asking = (file: string): string => `
{
  printf 'protocol=https\\nhost=forge.example\\n\\n' | git credential fill
  printf 'protocol=https\\nhost=scoped.example\\n\\n' | git credential fill
  for folder in "$GH_CONFIG_DIR" "$GLAB_CONFIG_DIR"; do
    [ -n "$folder" ] || echo "no folder of its own"
    ls -A "$folder"
  done
  env | grep -E '^(GH|GITHUB|GITLAB)_.*TOKEN=|ASKPASS=.|^SSH_AUTH_SOCK=|^DBUS_SESSION_BUS_ADDRESS=unix'
  echo asked
} > "${file}" 2>/dev/null`;

const signedIn = {
  GIT_ASKPASS: '/usr/bin/env',
  SSH_ASKPASS: '/usr/bin/env',
  GH_TOKEN: 'token-of-gh',
  GITHUB_TOKEN: 'token-of-github',
  GITLAB_TOKEN: 'token-of-gitlab',
  SSH_AUTH_SOCK: '/run/agent',
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus',
};

function signIn(yard: Yard): void {
  const program = (name: string, says: string): string => {
    yard.write(join(yard.root, name), `#!/bin/sh\n${says}\n`, 0o755);
    return join(yard.root, name);
  };
  const helper = program('helper', 'echo username=ada; echo password=of-the-helper');
  yard.git('config', '--global', 'credential.helper', helper);
  yard.git('config', '--global', 'credential.https://scoped.example.helper', helper);
  yard.git('config', '--global', 'core.askPass', program('askpass', 'echo of-the-askpass'));
}

test('neither a worker nor a check can use a person’s sign-in at a forge', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    actions: {},
    env: signedIn,
    config: { delivery: { checks: ['sh "$HOME/asking"'] } },
  });
  const asked = (who: string): string => join(yard.root, `${who}-asked`);
  yard.agents['opencode']?.write({
    t1: [[{ run: asking(asked('worker')), must: true }, { commit: { file: 'a', content: 'a', message: 'a' } }]],
  });
  yard.write(join(yard.root, 'person', 'asking'), asking(asked('check')));
  signIn(yard);

  expect((await yard.run('run')).code).toBe(0);

  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('done');
  expect(readFileSync(asked('worker'), 'utf8')).toBe('asked\n');
  expect(readFileSync(asked('check'), 'utf8')).toBe('asked\n');
});

/** What a process is given, without what it says about itself. */
const given = (file: string): string =>
  `env | grep -iE 'token|secret-of' | grep -vE '^(PWD|OLDPWD|_)=' > "${file}"; echo looked >> "${file}"`;

const tokens = ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];

test('the token with which pull requests are opened reaches neither worker, set-up, check nor verification', async () => {
  const places = ['setup', 'check', 'verify'];
  const { yard, forge } = await openForgeYard({
    todo: '- [ ] t1 Work #auto-dispatch model:opus\n',
    actions: {},
    env: Object.fromEntries(tokens.map((name) => [name, `secret-of-${name}`])),
    config: {
      delivery: { setup: 'sh "$HOME/setup"', checks: ['sh "$HOME/check"'], verify: ['sh "$HOME/verify"'], merge: { when: 'green' } },
    },
  });
  const seen = (who: string): string => join(yard.root, `${who}-was-given`);
  for (const place of places) yard.write(join(yard.root, 'person', place), given(seen(place)));
  yard.agents['claude']?.write({
    t1: [[{ run: given(seen('worker')), must: true }, { commit: { file: 'a', content: 'a', message: 'a' } }]],
  });
  forge.protect(repository, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch !== 'main') forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  });

  expect(await yard.run('run')).toMatchObject({ code: 0 });

  expect(await yard.json('pr')).toMatchObject([{ task: 't1', number: 1, state: 'merged', verifiedAt: expect.any(String) }]);
  for (const who of ['worker', ...places]) expect([who, readFileSync(seen(who), 'utf8')]).toEqual([who, 'looked\n']);
});
