// The contract of agents on commands: they are pure, they leak nothing, and a secret is passed in only one variable.
import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { agentActions, type AgentAction, type Credential } from './command-request.ts';
import type { CommandSpec } from './command-spec.ts';
import { commandFor, crowdedEnv, sampleRequest, type AgentSamples, type SampleRequest } from './agent.samples.ts';

export function testCommand({ agent, model, credential, address, competing }: AgentSamples): void {
  const key: Credential = { billing: 'token', variables: { [credential]: crowdedEnv[credential] ?? '' }, secret: null };
  const command = (action: AgentAction, given: SampleRequest = {}): CommandSpec =>
    commandFor({
      ...{ agent, action },
      request: deepFrozen(sampleRequest({ model, site: { env: crowdedEnv }, credential: key, ...given })),
    });
  const actions = agentActions.filter((action) => action !== 'attach' || agent.sessions !== null);
  const otherCredentials = Object.keys(crowdedEnv).filter((name) => name !== credential && crowdedEnv[name]?.includes('-of-'));
  /** The actions that send requests to a model and therefore cost money. */
  const paid = actions.filter((action) => action !== 'version');

  test.each(actions)('%s is pure', (action) => {
    expect(command(action)).toEqual(command(action));
  });

  test.each(actions)('%s runs the configured program in the given folder', (action) => {
    const spec = command(action);
    expect(spec.file).toBe('/opt/agents/bin/agent');
    expect(spec.cwd).toBe('/work/tree');
    for (const { path } of spec.files) expect(path).toMatch(/^\/state\/(?:tasks\/7-t7|attempts\/a1\/private)\//);
  });

  test.each(['run', 'probe', 'eval'] as const)('%s takes the prompt by standard input and nowhere else', (action) => {
    const prompt = 'a prompt like no other';
    const spec = command(action, { prompt });
    expect(spec.stdin).toBe(prompt);
    expect(JSON.stringify({ ...spec, stdin: null })).not.toContain(prompt);
  });

  test('a role is a worker’s alone, and its prompt never an argument', () => {
    const role = { name: 'clerk', description: 'd', model: 'other/model', tools: ['read'], prompt: 'a role like no other' } as const;
    const run = command('run', { role });
    expect(run.args.join(' ')).toMatch(/--agent (?:\S+-)?clerk(?: |$)/);
    expect(JSON.stringify(run.args)).not.toContain('a role like no other');
    expect(JSON.stringify(run)).toContain('a role like no other');
    expect(JSON.stringify(run)).not.toContain('other/model');
    for (const action of actions.filter((one) => one !== 'run')) expect(command(action, { role })).toEqual(command(action));
  });

  test('version asks nothing, lays nothing and is given no credential, wherever one stands', () => {
    const settings = { path: 'x', env: { [credential]: 'configured' }, args: ['--more'], config: {} };
    for (const given of [{}, { settings }]) {
      const spec = command('version', given);
      expect([spec.args, spec.stdin, spec.files, spec.env.secret]).toEqual([['--version'], null, [], []]);
      expect(spec.env.unset).toContain(credential);
      expect(JSON.stringify(spec)).not.toMatch(/(?:key|token|oauth)-of-|configured|nobody/);
    }
  });

  test.each(paid)('%s: of the environment only what is listed passes', (action) => {
    const { set, unset, secret } = command(action).env;
    const passed = Object.values(set).join('\n');
    expect(passed).not.toContain('nobody');
    for (const other of otherCredentials) expect(passed, other).not.toContain(crowdedEnv[other]);
    expect(set[credential]).toBe(crowdedEnv[credential]);
    expect(secret).toContain(credential);
    const known = ['OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY', 'AWS_SECRET_ACCESS_KEY'];
    expect(unset).toEqual(expect.arrayContaining(known.filter((name) => name !== credential)));
    expect(unset.filter((name) => name in set)).toEqual([]);
    expect(secret.filter((name) => !(name in set))).toEqual([]);
  });

  test.each(actions)('%s: an account that the agent finds by itself, and none at all, are no variable', (action) => {
    for (const given of [
      null,
      { billing: 'token', variables: {}, secret: null },
      { billing: 'subscription', variables: {}, secret: null },
    ] as const) {
      const { set, unset, secret } = command(action, { credential: given }).env;
      expect(Object.values(set).join('\n')).not.toMatch(/(?:key|token|oauth)-of-/);
      expect([unset.includes(credential), secret]).toEqual([true, []]);
    }
  });

  test.each(paid)('%s: a credential variable of the configuration is nothing but an account', (action) => {
    const others = Object.fromEntries(competing.map((name) => [name, '${NOT_THERE}']));
    const settings = { path: 'x', env: { [credential]: 'configured', ...others }, args: [], config: {} };
    const { set } = command(action, { settings, credential: null }).env;
    expect(Object.values(set)).not.toContain('configured');
    expect(command(action, { settings }).env.set[credential]).toBe(crowdedEnv[credential]);
  });

  test.each([
    ['without a name', { variables: {}, secret: 'the-one-secret' }],
    ['under a name of its own', { variables: { MY_OWN_NAME: 'the-one-secret' }, secret: null }],
  ])('a secret %s is handed over in the agent’s way: by one secret variable, and nothing else', (_, given) => {
    for (const action of paid)
      for (const billing of agent.facts.subscriptions.length === 0 ? (['token'] as const) : (['token', 'subscription'] as const)) {
        const spec = command(action, { credential: { billing, ...given } });
        const { set, secret, unset } = spec.env;
        const carrying = Object.keys(set).filter((name) => set[name]?.includes('the-one-secret'));
        expect(carrying).toHaveLength(1);
        expect(secret).toEqual(carrying);
        expect(unset.filter((name) => name in set)).toEqual([]);
        expect(set).not.toHaveProperty('MY_OWN_NAME');
        expect(JSON.stringify([spec.args, spec.files, spec.stdin])).not.toContain('the-one-secret');
        // The variables of the supervisor's environment belong to other accounts.
        expect(Object.values(set).join('\n')).not.toMatch(/(?:key|token|oauth)-of-/);
      }
  });

  test.each(actions)('%s keeps secrets out of arguments and files', (action) => {
    const settings = { path: '/opt/agents/bin/agent', env: { MY_TOKEN: '${OPENAI_API_KEY}' }, args: [], config: {} };
    const spec = command(action, { settings });
    expect(spec.env.set['MY_TOKEN']).toBe('key-of-openai');
    expect(spec.env.secret).toContain('MY_TOKEN');
    for (const name of spec.env.secret) {
      expect(JSON.stringify([spec.args, spec.files, spec.stdin]), name).not.toContain(spec.env.set[name]);
    }
  });

  test('the configuration has the last word on variables and adds arguments', () => {
    const own = Object.keys(command('run', { site: { env: {} }, credential: null }).env.set);
    // Settings of git are numbered, and ours come after those of the configuration.
    const env = Object.fromEntries([...own, 'NEW'].filter((name) => !name.startsWith('GIT_CONFIG_')).map((name) => [name, 'configured']));
    const spec = command('run', { settings: { path: 'x', env, args: ['--one-more', 'word'], config: {} }, credential: null });
    expect(spec.env.set).toMatchObject(env);
    expect(spec.args.slice(-2)).toEqual(['--one-more', 'word']);
  });

  test.each(actions)('%s: a forge’s sign-in reaches it where the configuration names it, and not otherwise', (action) => {
    const env = { ...crowdedEnv, GH_TOKEN: 'token-of-gh', GH_CONFIG_DIR: '/home/ada/.config/gh', GIT_ASKPASS: '/opt/ask' };
    const made = (configured: Record<string, string>): CommandSpec['env'] =>
      command(action, { site: { env }, settings: { path: 'x', env: configured, args: [], config: {} } }).env;
    const { set, unset } = made({});
    expect([set['GH_TOKEN'], set['GIT_ASKPASS'], set['GIT_CONFIG_KEY_0'], set['GIT_CONFIG_VALUE_0']]).toEqual([
      undefined,
      '',
      'credential.helper',
      '',
    ]);
    expect(set['GH_CONFIG_DIR']).toMatch(/^\/state\/tasks\/7-t7\//);
    expect(unset).toContain('GH_TOKEN');
    const named = made({ GH_TOKEN: '${GH_TOKEN}', GH_CONFIG_DIR: '${GH_CONFIG_DIR}' });
    expect(named.set).toMatchObject({ GH_TOKEN: 'token-of-gh', GH_CONFIG_DIR: '/home/ada/.config/gh' });
    expect(named.secret).toContain('GH_TOKEN');
  });

  test.each(paid)('%s: a credential goes to its own address, which is no secret', (action) => {
    const env = { ...crowdedEnv, [address]: 'https://another.example' };
    const made = (credential_: Credential, configured: Record<string, string> = {}): CommandSpec['env'] =>
      command(action, { site: { env }, settings: { path: 'x', env: configured, args: [], config: {} }, credential: credential_ }).env;
    const { set, secret } = made({ ...key, address: { [address]: 'https://gateway.example' } });
    expect(set[address]).toMatch(/^https:\/\/gateway\.example(?:\/v1)?$/);
    expect(secret).toEqual([credential]);
    // A credential without an address is sent to its provider, and the configuration takes precedence.
    expect(made(key).set).not.toHaveProperty(address);
    const configured = { [address]: 'https://configured.example' };
    expect(made({ ...key, address: { [address]: 'https://gateway.example' } }, configured).set).toMatchObject(configured);
  });

  test('a reference to a variable that is not set is a fault that names it', () => {
    const settings = { path: 'x', env: { TOKEN: '${NOT_THERE}' }, args: [], config: {} };
    expect(() => command('run', { settings })).toThrow(Fault);
    expect(() => command('run', { settings })).toThrow(/NOT_THERE/);
  });

  if (agent.sessions !== null) testSessions(command);
}

function testSessions(command: (action: AgentAction, given?: SampleRequest) => CommandSpec): void {
  test('attach is told nothing: it has a person, and the person’s terminal', () => {
    const env = { PATH: '/usr/bin:/bin', TERM: 'xterm-256color' };
    const spec = command('attach', { prompt: 'a prompt like no other', site: { env }, resume: 'the-session' });
    expect(JSON.stringify(spec)).not.toContain('a prompt like no other');
    expect(spec.stdin).toBeNull();
    expect(spec.env.set['TERM']).toBe('xterm-256color');
    expect(spec.args).toContain('the-session');
    // The folders that contain the worker's session.
    const run = command('run', { site: { env } });
    expect(spec.env.set).toEqual({ ...run.env.set, TERM: 'xterm-256color' });
    const kept = (files: CommandSpec['files']): string[] => files.map(({ path }) => path).filter((path) => !path.includes('/private/'));
    expect(kept(spec.files)).toEqual(kept(run.files));
  });

  test('a session is resumed by its id, and a new one has none of it', () => {
    const resumed = command('run', { resume: 'the-session-to-resume' });
    expect(resumed.args).toContain('the-session-to-resume');
    expect(resumed.args).not.toContain('11111111-2222-4333-8444-555555555555');
  });
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) deepFrozen(inner);
  return value;
}
