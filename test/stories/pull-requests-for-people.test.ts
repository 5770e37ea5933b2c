// What a person is told about pull requests outside of any task: whether they are signed in at the forge and what their token
// lacks, the one question before the first pull request, and what is left of the forge's requests.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { ended, type Yard } from '../support/yard.ts';

const todo = '- [ ] t1 Write the parser #auto-dispatch model:opus\n- [ ] t2 Write the printer model:opus\n';
const actions = { '*': [[{ commit: { file: 'work.txt', content: 'x\n', message: 'the work' } }]] };

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly todo: string | null;
}

/** Whatever is pushed there is green at once. */
async function greenYard(config: Readonly<Record<string, unknown>>): Promise<ForgeYard> {
  const opened = await openForgeYard({ todo, actions, config });
  const { forge } = opened;
  forge.protect(repository, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch !== 'main') forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  });
  return opened;
}

/** Nothing of the configuration says whether pull requests are opened. */
const undecided = { delivery: { pullRequest: { draft: false } } };

async function forgeChecks(yard: Yard, env: Readonly<Record<string, string>> = {}): Promise<readonly Check[]> {
  const { stdout } = await ended(yard.startWith(env, 'doctor', '--json'));
  return (JSON.parse(stdout) as readonly Check[]).filter(({ name }) => name === 'forge');
}

test('the doctor says who is signed in at the forge, and what follows from each right that the token lacks', async () => {
  const { yard, forge, writes } = await greenYard(undecided);
  const at = `${forge.host}/${repository}`;
  expect(await forgeChecks(yard)).toEqual([
    {
      name: 'forge',
      state: 'ok',
      found: `${at}: signed in as robot (found in FORGE_TOKEN); no pull requests are opened yet`,
      todo: expect.stringContaining('yardmaster run'),
    },
  ]);

  // Tokens of this kind cannot have the right to read checks.
  const rights = { pull_requests: 'read', contents: 'write', issues: 'read', statuses: 'read' } as const;
  const lacking = await forgeChecks(yard, { FORGE_TOKEN: forge.token({ login: 'robot', kind: 'fine-grained', rights }) });
  expect(lacking.map(({ state, found }) => `${state}: ${found}`)).toEqual([
    expect.stringMatching(/^ok: .* signed in as robot/),
    'warning: the token lacks the right actions: read: logs of failed jobs are not given to workers',
    'warning: the token lacks the right checks: read: checks of other apps than GitHub Actions are not seen',
    'warning: the token lacks the right issues: write: no issue can be opened or changed by TODO.md',
    'warning: the token lacks the right pull requests: write: no pull request can be opened or answered',
  ]);

  const [none] = await forgeChecks(yard, { FORGE_TOKEN: '' });
  expect(none).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(/FORGE_TOKEN.*finished work is pushed, and gets no pull request/),
  });
  const [refused] = await forgeChecks(yard, { FORGE_TOKEN: 'ghp_nobody' });
  expect(refused).toMatchObject({ state: 'warning', todo: expect.any(String) });
  expect(JSON.stringify(refused)).not.toContain('ghp_nobody');
  expect(
    writes().filter((one) => !/\/(?:pulls|issues|git\/refs)$/.test(one)),
    'only what cannot be carried out',
  ).toEqual([]);

  yard.git('remote', 'set-url', 'origin', yard.root);
  expect(await forgeChecks(yard)).toEqual([]);
});

test('a person at a terminal is asked once whether pull requests are opened, and the answer is theirs', async ({ skip }) => {
  if (noTerminal !== null) return skip(noTerminal);
  const { yard, forge } = await greenYard(undecided);
  const own = join(yard.root, 'person/.config/yardmaster/config.yaml');
  const first = openTerminal(yard, 'ym run; echo "ended with $?"');
  await first.shows('[y/N] ');
  expect(first.screen()).toContain('signed in as robot');
  first.child.stdin!.write('yse\r');
  await first.shows('Answer y or n: ');
  expect(existsSync(own)).toBe(false);
  first.child.stdin!.write('y\r');
  await first.shows('ended with 0');
  expect(readFileSync(own, 'utf8')).toContain(`repositories:\n      ${forge.host}/${repository}: always`);
  expect(await yard.json('pr')).toMatchObject([{ task: 't1', number: 1, state: 'open' }]);
  expect(first.screen()).toContain('1 in review; `yardmaster up` goes on with it');

  const second = openTerminal(yard, 'ym run --task t2; echo "ended with $?"');
  await second.shows('ended with 0');
  expect(second.screen()).not.toContain('[y/N]');
  expect(second.screen()).toContain('1 in review; `yardmaster up` goes on with it');
});

test('without a terminal nothing is asked or opened, and a notice says once how to decide', async () => {
  const config = {
    ...undecided,
    notify: { command: 'printf "%s | %s\\n" "$YARDMASTER_MESSAGE" "$YARDMASTER_COMMAND" >>"$HOME/notices"' },
  };
  const { yard, writes } = await greenYard(config);
  expect((await yard.run('run')).code).toBe(0);
  expect((await yard.run('run', '--task', 't2')).code).toBe(0);
  expect(await yard.json('pr')).toEqual([]);
  expect(writes()).toEqual([]);
  expect(existsSync(join(yard.root, 'person/.config/yardmaster/config.yaml'))).toBe(false);
  const notices = readFileSync(join(yard.root, 'person/notices'), 'utf8').trimEnd().split('\n');
  expect(notices).toEqual([expect.stringMatching(/no pull request was opened.*delivery\.pullRequest\.open.* \| yardmaster run --repo /)]);
});

test('status tells what is left of the hour’s points of each host', async () => {
  const { yard, forge } = await greenYard({});
  expect(await yard.json('status')).toMatchObject({ forges: [] });
  await yard.run('run');
  const { forges } = await yard.json<{ forges: readonly { points: { limit: number; left: number; used: number } }[] }>('status');
  expect(forges).toMatchObject([{ host: forge.host, at: expect.any(String), points: { limit: 1500, resetsAt: expect.any(String) } }]);
  const { left, used } = forges[0]!.points;
  expect(used).toBeGreaterThan(0);
  expect(left).toBe(1500 - used);
  expect((await yard.run('status')).stdout).toContain(
    `${forge.host}: ${left} of the 1500 points of an hour are left (${used} used by pull requests)\n`,
  );
});
