// The contract of every agent's adapter, whatever its CLI is like: commands are pure and leak nothing, any bytes on
// standard output are survived, and only positive evidence is success.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeSite } from '../../test/support/fake-site.ts';
import { testCommand } from './agent-command.testsuite.ts';
import { testEvents } from './agent-events.testsuite.ts';
import { testOutcome } from './agent-outcome.testsuite.ts';
import { crowdedEnv, type AgentSamples } from './agent.samples.ts';
import type { Agent, OwnAccounts } from './agent.ts';
import type { ForeignConfig } from './command-request.ts';

export function testAgent(samples: AgentSamples): void {
  const { agent } = samples;
  describe(`agent ${agent.facts.name}`, () => {
    describe('command', () => testCommand(samples));
    describe('events', () => testEvents(samples));
    describe('outcome', () => testOutcome(samples));
    describe('look', () => testLook(samples));
  });
}

function testLook({ agent, version, credential }: AgentSamples): void {
  test('the version is found in what the program prints, and only there', () => {
    expect(agent.version(version.stdout)).toBe(version.version);
    for (const other of ['', '\n', 'v1', 'Segmentation fault', 'node: 24.21.0 is too old', '\u0000'])
      expect(agent.version(other), other).toBe(null);
  });

  test('it tells how long windows last, and how its plans are signed in to, exactly where it may use plans', () => {
    expect(agent.plans !== null).toBe(agent.facts.subscriptions.length > 0);
    for (const length of Object.values(agent.plans?.windows ?? {})) expect(length).toBeGreaterThan(0);
    if (agent.plans !== null) expect(agent.plans.token.command).toContain(agent.facts.name);
  });

  test('in an empty home nothing would be started beside a worker, and nothing is told of an attempt that left nothing', async () => {
    await inEmptyHome(async (home) => {
      const request = { checkout: home, taskFolder: home, privateFolder: home, env: { HOME: home } };
      const site = fakeSite({ files: new Map(), request });
      expect((await agent.survey?.({ site, settings })) ?? nothing).toEqual(nothing);
      expect((await agent.afterwards?.({ site, session: 'a session', since: 0 })) ?? []).toEqual([]);
    });
  });

  if (agent.accounts !== null) testAccounts({ agent, credential, accounts: agent.accounts });
}

const nothing: ForeignConfig = { mcpServers: [], authFile: null };
const settings = { path: 'x', env: {}, args: [], config: {} };

function testAccounts(given: { agent: Agent; credential: string; accounts: OwnAccounts }): void {
  const { agent, credential, accounts } = given;

  test('how it is signed in is told in its own words', () => {
    expect(accounts.advice.signIn).toContain(`\`${agent.facts.name}`);
    expect(accounts.advice.unshared).toContain('yardmaster accounts add NAME');
  });

  test('an empty home has no sign-in; the key of its provider, empty or not, is not its own', async () => {
    await inEmptyHome(async (home) => {
      // On macOS only a trial can tell, because reading the keychain would ask the person for permission.
      const own = process.platform === 'darwin' ? ['agent'] : [];
      const found = async (env: Record<string, string>, configured: Record<string, string>): Promise<unknown> =>
        (await accounts.found({ env: { HOME: home, ...env }, settings: { ...settings, env: configured } })).map(
          ({ secret }) => secret.kind,
        );
      for (const value of ['', 'k']) {
        expect(await found({ [credential]: value }, {}), value).toEqual(own);
        expect(await found({}, { [credential]: value }), value).toEqual(own);
      }
    });
  });

  test('what it hands over of its own is nothing, where it finds its sign-in by itself', async () => {
    const account = { name: 'own', provider: 'anthropic', billing: 'subscription', agents: [agent.facts.name], shared: true } as const;
    const secret = { kind: 'agent', agent: agent.facts.name } as const;
    expect((await accounts.credential?.({ account: { ...account, secret }, env: { HOME: '/nowhere' } })) ?? null).toBe(null);
  });

  test('each account that it finds is its own alone, of a provider that it serves, with a name of its own and no secret in it', async () => {
    const found = await accounts.found({ env: { ...crowdedEnv, HOME: '/nowhere' }, settings });
    for (const { agents } of found) expect(agents).toEqual([agent.facts.name]);
    for (const { provider } of found)
      expect(agent.facts.providers === 'any' || agent.facts.providers.includes(provider), provider).toBe(true);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toMatch(/(?:key|token|oauth)-of-/);
  });
}

async function inEmptyHome(look: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'yard-agent-'));
  try {
    await look(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
