// What set-up and checks get of the supervisor's environment: set-up what a person named for it, because no worker has
// touched the checkout yet; checks nothing that may be secret unless a person named it for them as well, and was warned.
// `npm test` has the story of secrets in all output (secrets-in-output.test.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openYard, type Told, type Yard } from '../support/yard.ts';

const seen = (yard: Yard, who: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(join(yard.root, 'person', who), 'utf8')
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

const around = {
  NPM_TOKEN: 'token-of-npm',
  CHECK_TOKEN: 'token-of-the-checks',
  OTHER_TOKEN: 'token-of-nobody',
  ALL_PROXY: 'socks5://proxy.example:1080',
  REQUESTS_CA_BUNDLE: '/etc/ssl/company.pem',
  NODE_OPTIONS: '--use-openssl-ca',
};
const network = { ALL_PROXY: around.ALL_PROXY, REQUESTS_CA_BUNDLE: around.REQUESTS_CA_BUNDLE, NODE_OPTIONS: around.NODE_OPTIONS };

test('set-up gets the variables of delivery.env, checks those of delivery.checkEnv, workers neither; proxy settings reach all of them', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    actions: { t1: [[{ commit: { file: 'a', content: 'a', message: 'a' } }]] },
    env: around,
    config: {
      delivery: { setup: 'env >"$HOME/set-up"', env: ['NPM_TOKEN'], checks: ['env >"$HOME/check"'], checkEnv: ['CHECK_TOKEN'] },
    },
  });

  expect((await yard.run('run')).code).toBe(0);

  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('done');
  const [setUp, check, worker] = [seen(yard, 'set-up'), seen(yard, 'check'), yard.attempts()[0]?.env ?? {}];
  for (const env of [setUp, check, worker]) expect(env).toMatchObject(network);
  const tokens = (env: Readonly<Record<string, string | undefined>>): string[] =>
    Object.values(env).flatMap((value) => (value?.startsWith('token-of-') === true ? [value] : []));
  expect([tokens(setUp), tokens(check), tokens(worker)]).toEqual([['token-of-npm'], ['token-of-the-checks'], []]);
});

test('doctor and config warn about variables that checks get and about configured ones that are not set, and so does a failing set-up', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    actions: {},
    env: { CHECK_TOKEN: 'token-of-the-checks' },
    config: { delivery: { setup: 'false', env: ['NPM_TOKEN'], checkEnv: ['CHECK_TOKEN'] } },
  });
  const warning = /delivery\.checkEnv gives CHECK_TOKEN to checks. Checks run code that a worker wrote/;
  const missing = /delivery\.env names NPM_TOKEN, which is not set/;
  const [doctor, config] = [await yard.run('doctor'), await yard.run('config')];
  for (const told of [doctor.stdout, config.stderr]) {
    expect(told).toMatch(warning);
    expect(told).toMatch(missing);
  }
  expect((await yard.run('config', '--json')).stderr).toMatch(warning);
  await yard.run('run');
  expect((await yard.json<Told[]>('ls'))[0]?.reason).toMatch(/`false` exited with 1.*delivery\.env names NPM_TOKEN, which is not set/);
});

test('secrets that set-up or a check prints appear neither in the reason nor in the next prompt', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n- [ ] t2 Work #auto-dispatch\n',
    actions: { '*': [[{ commit: { file: 'a', content: 'a', message: 'a' } }]] },
    env: around,
    config: {
      worker: { maxRetries: 1, backoffSeconds: 0.1 },
      delivery: {
        setup: 'echo "set-up has $NPM_TOKEN"; ! [ -e "$HOME/no-set-up" ]',
        env: ['NPM_TOKEN'],
        checks: ['echo "the check has $CHECK_TOKEN"; false'],
        checkEnv: ['CHECK_TOKEN'],
      },
    },
  });
  await yard.run('run', '--task', 't1');
  yard.write(join(yard.root, 'person', 'no-set-up'), '');
  await yard.run('run', '--task', 't2');
  const told = JSON.stringify(await Promise.all(['t1', 't2'].map((id) => yard.json('show', id))));
  const prompts = yard
    .attempts()
    .map(({ prompt }) => prompt)
    .join();
  expect(told).toContain('set-up has ${NPM_TOKEN}');
  expect(prompts).toContain('the check has ${CHECK_TOKEN}');
  expect(told + prompts).not.toContain('token-of-');
});
