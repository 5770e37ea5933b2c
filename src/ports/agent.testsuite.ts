// What every agent's adapter must keep, whatever its CLI is like: commands are pure and leak nothing, any bytes on
// standard output are survived, and only positive evidence is success.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeSite } from '../../test/support/fake-site.ts';
import { failureKinds } from '../core/task/failure.ts';
import { Fault } from '../core/fault.ts';
import { tallyOf, spent } from '../core/transcript/tally.ts';
import type { Exit, TranscriptEvent } from '../core/transcript/transcript.ts';
import { agentActions, type Agent, type CommandOptions, type Credential } from './agent.ts';
import type { CommandSpec } from './command-spec.ts';
import type { SiteFacts } from './place-site.ts';

/** One run of the real binary, as it was recorded. */
export interface RecordedRun {
  readonly exit: Exit;
  readonly stdout: readonly string[];
  readonly stderr: string;
}

export interface AgentSamples {
  readonly agent: Agent;
  /** Runs by name; `work` succeeded. */
  readonly recorded: Readonly<Record<string, RecordedRun>> & { readonly work: RecordedRun };
  /** What the real binary prints, and the version in it. */
  readonly version: { readonly stdout: string; readonly version: string };
  /** A model that it serves and the variable with the credential of that model's provider. */
  readonly model: string;
  readonly credential: string;
}

export const sampleServers: CommandOptions['servers'] = [
  { name: 'docs', transport: 'stdio', command: ['docs', '--all'], url: null, env: { KEY: 'sesame' }, headers: {}, required: true },
  {
    name: 'far',
    transport: 'http',
    command: [],
    url: 'https://far.example/mcp',
    env: {},
    headers: { Authorization: 'Bearer x' },
    required: false,
  },
];

export const sampleRole: NonNullable<CommandOptions['role']> = {
  name: 'clerk',
  description: 'Keeps the books',
  model: 'other/model',
  tools: ['shell', 'read', 'edit', 'fetch', 'search', 'mcp'],
  prompt: 'You keep the books.\nOf {env:HOME}, "neatly".',
};

export type SampleOptions = Partial<Omit<CommandOptions, 'site'>> & { readonly site?: Partial<SiteFacts> };

/** Everything set, fixed; what a test is about it sets itself. */
export function sampleOptions(given: SampleOptions & { readonly model: string }): CommandOptions {
  const { site, ...more } = given;
  return {
    settings: { path: '/opt/agents/bin/agent', env: {}, args: [], config: {} },
    prompt: 'Please do t7.\nIn two lines, with "quotes" and -dashes.',
    site: {
      checkout: '/work/tree',
      taskFolder: '/state/tasks/7-t7',
      privateFolder: '/state/attempts/a1/private',
      env: { PATH: '/usr/bin:/bin', HOME: '/home/ada', LANG: 'C.UTF-8' },
      uid: 1000,
      ...site,
    },
    title: 't7 Say hello',
    newSession: '11111111-2222-4333-8444-555555555555',
    resume: null,
    maxSteps: 40,
    maxBudgetUsd: null,
    fallbackModel: null,
    foreign: { mcpServers: [], authFile: null },
    servers: [],
    serverStartMs: 10_000,
    isolation: 'servers',
    role: null,
    credential: null,
    ...more,
  };
}

/** Credentials of many providers, and names that nobody listed. */
export const crowdedEnv: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/ada',
  LANG: 'C.UTF-8',
  ANTHROPIC_API_KEY: 'key-of-anthropic',
  ANTHROPIC_AUTH_TOKEN: 'token-of-anthropic',
  CLAUDE_CODE_OAUTH_TOKEN: 'oauth-of-anthropic',
  OPENAI_API_KEY: 'key-of-openai',
  GEMINI_API_KEY: 'key-of-google',
  OPENROUTER_API_KEY: 'key-of-openrouter',
  OPENCODE_API_KEY: 'key-of-opencode',
  AWS_SECRET_ACCESS_KEY: 'key-of-aws',
  DATABASE_URL: 'postgres://nobody-listed-this',
  OPENCODE_CONFIG_CONTENT: '{"nobody":"listed this"}',
  LD_PRELOAD: '/nobody/listed/this.so',
};

export function testAgent(samples: AgentSamples): void {
  const { agent } = samples;
  describe(`agent ${agent.facts.name}`, () => {
    describe('command', () => testCommand(samples));
    describe('events', () => testEvents(samples));
    describe('outcome', () => testOutcome(samples));
    describe('look', () => testLook(samples));
  });
}

function testCommand({ agent, model, credential }: AgentSamples): void {
  const key: Credential = { billing: 'token', variables: { [credential]: crowdedEnv[credential] ?? '' }, secret: null };
  const options = (given: SampleOptions = {}): CommandOptions =>
    deepFrozen(sampleOptions({ model, site: { env: crowdedEnv }, credential: key, ...given }));

  test.each(agentActions)('%s is pure', (action) => {
    expect(agent.command(action, options())).toEqual(agent.command(action, options()));
  });

  test.each(agentActions)('%s runs the configured program in the given folder', (action) => {
    const spec = agent.command(action, options());
    expect(spec.file).toBe('/opt/agents/bin/agent');
    expect(spec.cwd).toBe('/work/tree');
    for (const { path } of spec.files) expect(path).toMatch(/^\/state\/(?:tasks\/7-t7|attempts\/a1\/private)\//);
  });

  test.each(['run', 'probe', 'eval'] as const)('%s takes the prompt by standard input and nowhere else', (action) => {
    const prompt = 'a prompt like no other';
    const spec = agent.command(action, options({ prompt }));
    expect(spec.stdin).toBe(prompt);
    expect(JSON.stringify({ ...spec, stdin: null })).not.toContain(prompt);
  });

  test('a role is a worker’s alone, and its prompt never an argument', () => {
    const role = { name: 'clerk', description: 'd', model: 'other/model', tools: ['read'], prompt: 'a role like no other' } as const;
    const run = agent.command('run', options({ role }));
    expect(run.args.join(' ')).toMatch(/--agent (?:\S+-)?clerk(?: |$)/);
    expect(JSON.stringify(run.args)).not.toContain('a role like no other');
    expect(JSON.stringify(run)).toContain('a role like no other');
    expect(JSON.stringify(run)).not.toContain('other/model');
    for (const action of ['attach', 'probe', 'eval', 'version'] as const)
      expect(agent.command(action, options({ role }))).toEqual(agent.command(action, options()));
  });

  test('attach is told nothing: it has a person, and the person’s terminal', () => {
    const env = { PATH: '/usr/bin:/bin', TERM: 'xterm-256color' };
    const spec = agent.command('attach', options({ prompt: 'a prompt like no other', site: { env }, resume: 'the-session' }));
    expect(JSON.stringify(spec)).not.toContain('a prompt like no other');
    expect(spec.stdin).toBeNull();
    expect(spec.env.set['TERM']).toBe('xterm-256color');
    expect(spec.args).toContain('the-session');
    // The folders in which the worker's session is kept.
    const run = agent.command('run', options({ site: { env } }));
    expect(spec.env.set).toEqual({ ...run.env.set, TERM: 'xterm-256color' });
    const kept = (files: CommandSpec['files']): string[] => files.map(({ path }) => path).filter((path) => !path.includes('/private/'));
    expect(kept(spec.files)).toEqual(kept(run.files));
  });

  test('version asks nothing and lays nothing', () => {
    const spec = agent.command('version', options());
    expect([spec.stdin, spec.files]).toEqual([null, []]);
  });

  test.each(agentActions)('%s: of the environment only what is listed passes', (action) => {
    const { set, unset, secret } = agent.command(action, options()).env;
    const passed = Object.values(set).join('\n');
    expect(passed).not.toMatch(/nobody|of-(?:openai|google|openrouter|opencode|aws)/);
    expect(set[credential]).toBe(crowdedEnv[credential]);
    expect(secret).toContain(credential);
    expect(unset).toEqual(expect.arrayContaining(['OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY', 'AWS_SECRET_ACCESS_KEY']));
    expect(unset.filter((name) => name in set)).toEqual([]);
    expect(secret.filter((name) => !(name in set))).toEqual([]);
  });

  test.each(agentActions)('%s: an account that the agent finds by itself, and none at all, are no variable', (action) => {
    for (const given of [
      null,
      { billing: 'token', variables: {}, secret: null },
      { billing: 'subscription', variables: {}, secret: null },
    ] as const) {
      const { set, unset, secret } = agent.command(action, options({ credential: given })).env;
      expect(Object.values(set).join('\n')).not.toMatch(/(?:key|token|oauth)-of-/);
      expect([unset.includes(credential), secret]).toEqual([true, []]);
    }
  });

  test.each(agentActions)('%s: a credential variable of the configuration is nothing but an account', (action) => {
    const settings = { path: 'x', env: { [credential]: 'configured', ANTHROPIC_AUTH_TOKEN: '${NOT_THERE}' }, args: [], config: {} };
    const { set } = agent.command(action, options({ settings, credential: null })).env;
    expect(Object.values(set)).not.toContain('configured');
    expect(agent.command(action, options({ settings })).env.set[credential]).toBe(crowdedEnv[credential]);
  });

  test.each([
    ['without a name', { variables: {}, secret: 'the-one-secret' }],
    ['under a name of its own', { variables: { MY_OWN_NAME: 'the-one-secret' }, secret: null }],
  ])('a secret %s is handed over in the agent’s way: by one secret variable, and nothing else', (_, given) => {
    for (const action of agentActions)
      for (const billing of agent.facts.subscriptions.length === 0 ? (['token'] as const) : (['token', 'subscription'] as const)) {
        const spec = agent.command(action, options({ credential: { billing, ...given } }));
        const { set, secret, unset } = spec.env;
        const carrying = Object.keys(set).filter((name) => set[name]?.includes('the-one-secret'));
        expect(carrying).toHaveLength(1);
        expect(secret).toEqual(carrying);
        expect(unset.filter((name) => name in set)).toEqual([]);
        expect(set).not.toHaveProperty('MY_OWN_NAME');
        expect(JSON.stringify([spec.args, spec.files, spec.stdin])).not.toContain('the-one-secret');
        // The variables of the supervisor's environment are other accounts.
        expect(Object.values(set).join('\n')).not.toMatch(/(?:key|token|oauth)-of-/);
      }
  });

  test.each(agentActions)('%s keeps secrets out of arguments and files', (action) => {
    const settings = { path: '/opt/agents/bin/agent', env: { MY_TOKEN: '${OPENAI_API_KEY}' }, args: [], config: {} };
    const spec = agent.command(action, options({ settings }));
    expect(spec.env.set['MY_TOKEN']).toBe('key-of-openai');
    expect(spec.env.secret).toContain('MY_TOKEN');
    for (const name of spec.env.secret) {
      expect(JSON.stringify([spec.args, spec.files, spec.stdin]), name).not.toContain(spec.env.set[name]);
    }
  });

  test('the configuration has the last word on variables and adds arguments', () => {
    const own = Object.keys(agent.command('run', options({ site: { env: {} }, credential: null })).env.set);
    // Settings of git are counted, and ours stand behind those of the configuration.
    const env = Object.fromEntries([...own, 'NEW'].filter((name) => !name.startsWith('GIT_CONFIG_')).map((name) => [name, 'configured']));
    const spec = agent.command(
      'run',
      options({ settings: { path: 'x', env, args: ['--one-more', 'word'], config: {} }, credential: null }),
    );
    expect(spec.env.set).toMatchObject(env);
    expect(spec.args.slice(-2)).toEqual(['--one-more', 'word']);
  });

  test.each(agentActions)('%s: a forge’s sign-in reaches it where the configuration names it, and not otherwise', (action) => {
    const env = { ...crowdedEnv, GH_TOKEN: 'token-of-gh', GH_CONFIG_DIR: '/home/ada/.config/gh', GIT_ASKPASS: '/opt/ask' };
    const made = (configured: Record<string, string>): CommandSpec['env'] =>
      agent.command(action, options({ site: { env }, settings: { path: 'x', env: configured, args: [], config: {} } })).env;
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

  test.each(['run', 'attach', 'probe', 'eval'] as const)('%s: a credential goes to its own address, which is no secret', (action) => {
    const name = 'ANTHROPIC_BASE_URL';
    const env = { ...crowdedEnv, [name]: 'https://another.example' };
    const made = (credential_: Credential, configured: Record<string, string> = {}): CommandSpec['env'] =>
      agent.command(
        action,
        options({ site: { env }, settings: { path: 'x', env: configured, args: [], config: {} }, credential: credential_ }),
      ).env;
    const { set, secret } = made({ ...key, address: { [name]: 'https://gateway.example' } });
    expect(set[name]).toMatch(/^https:\/\/gateway\.example(?:\/v1)?$/);
    expect(secret).toEqual([credential]);
    // One that has none stays with its provider, and the configuration has the last word.
    expect(made(key).set).not.toHaveProperty(name);
    const configured = { [name]: 'https://configured.example' };
    expect(made({ ...key, address: { [name]: 'https://gateway.example' } }, configured).set).toMatchObject(configured);
  });

  test('a reference to a variable that is not set is a fault that names it', () => {
    const settings = { path: 'x', env: { TOKEN: '${NOT_THERE}' }, args: [], config: {} };
    expect(() => agent.command('run', options({ settings }))).toThrow(Fault);
    expect(() => agent.command('run', options({ settings }))).toThrow(/NOT_THERE/);
  });

  test('a session is resumed by its id, and a new one has none of it', () => {
    const resumed = agent.command('run', options({ resume: 'the-session-to-resume' }));
    expect(resumed.args).toContain('the-session-to-resume');
    expect(resumed.args).not.toContain('11111111-2222-4333-8444-555555555555');
  });
}

function testEvents({ agent, recorded }: AgentSamples): void {
  const lines = [...new Set(Object.values(recorded).flatMap((run) => run.stdout))];
  const anyLine = fc.constantFrom(...lines);
  const runs = { numRuns: 300 };

  test.each([
    ['nothing', ''],
    ['blanks', ' \t\r '],
  ])('%s is no event', (_name, line) => {
    expect(agent.events(line)).toEqual([]);
  });

  test.each(['no JSON', '{"type":', '7', 'null', '"text"', '[]', '[{"type":"result"}]', '\u0000\u0001\uFFFD', '{"type":"text"'])(
    '%j is noted',
    (line) => {
      expect(agent.events(line)).toMatchObject([{ type: 'noted' }]);
    },
  );

  test('every recorded line is understood', () => {
    for (const line of lines) {
      const events = agent.events(line);
      expectWellFormed(events);
      expect(
        events.filter(({ type }) => type === 'noted'),
        line,
      ).toEqual([]);
    }
  });

  test('any text is survived', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (line) => expectWellFormed(agent.events(line))),
      runs,
    );
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.json(), (line) => expectWellFormed(agent.events(line))),
      runs,
    );
  });

  test('a recorded line is survived with any part of it changed', () => {
    const property = fc.property(anyLine, fc.array(fc.tuple(fc.nat(), anyValue), { minLength: 1, maxLength: 4 }), (line, changes) => {
      const changed = changes.reduce((value, [at, by]) => changedAt(value, at, by), JSON.parse(line) as unknown);
      expectWellFormed(agent.events(JSON.stringify(changed)));
    });
    fc.assert(property, { numRuns: 1500 });
  });

  test('a recorded line is survived with any number in it beyond all bounds', () => {
    const numbers = fc.constantFrom('1e999', '-1e999', '1e308', '-1', '0.1', '9007199254740993', '1e21', 'NaN', '""');
    const property = fc.property(anyLine, numbers, fc.integer({ min: 1, max: 5 }), (line, number, nth) => {
      let seen = 0;
      expectWellFormed(agent.events(line.replaceAll(/(?<=":)-?\d[\d.e+-]*/g, (found) => (++seen % nth === 0 ? number : found))));
    });
    fc.assert(property, runs);
  });

  test('a recorded line is survived cut off anywhere, and with bytes put into it', () => {
    const property = fc.property(
      anyLine,
      fc.nat(),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.boolean(),
      (line, place, bytes, keep) => {
        const at = place % (line.length + 1);
        expectWellFormed(agent.events(line.slice(0, at) + bytes + (keep ? line.slice(at) : '')));
      },
    );
    fc.assert(property, runs);
  });

  // The bound is the test's own: what grows with the square of the length would take hours.
  test('8 MiB in one line are survived in linear time', () => {
    for (const line of largeLines(lines)) expectWellFormed(agent.events(line));
  });
}

function testOutcome({ agent, recorded }: AgentSamples): void {
  const eventsOf = (run: RecordedRun): TranscriptEvent[] => run.stdout.flatMap((line) => [...agent.events(line)]);
  const all = Object.entries(recorded);
  const { work } = recorded;

  test('the recorded success is one', () => {
    expect(agent.outcome({ ...work, tally: tallyOf(eventsOf(work)) })).toMatchObject({ ok: true, failure: null, denied: [] });
  });

  test.each(all)('%s: either it is ok or it has failed of something on the list', (_name, run) => {
    const outcome = agent.outcome({ ...run, tally: tallyOf(eventsOf(run)) });
    expect(outcome.ok).toBe(outcome.failure === null);
    if (outcome.failure !== null) expect(failureKinds).toContain(outcome.failure);
    expect(outcome.message.trim()).not.toBe('');
    expect(outcome.message).not.toContain('\u001b');
  });

  test.each([0, 1, 2, 126, 127, 130, 137, 143, 255, null])('exit code %s without any evidence is no success', (code) => {
    for (const stderr of ['', 'success', 'Done: all is well'])
      expect(agent.outcome({ exit: { code, signal: null }, tally: tallyOf([]), stderr }).ok).toBe(false);
  });

  test('a success lacks its evidence as soon as its last event is missing', () => {
    for (let end = 0; end < work.stdout.length; end++) {
      const events = work.stdout.slice(0, end).flatMap((line) => [...agent.events(line)]);
      expect(agent.outcome({ ...work, tally: tallyOf(events) }).ok, `${end} lines`).toBe(false);
    }
  });

  test('where nobody knows how it ended, its own result counts', () => {
    expect(agent.outcome({ ...work, exit: { code: null, signal: null }, tally: tallyOf(eventsOf(work)) })).toMatchObject({ ok: true });
  });

  test.each([
    [{ code: 127, signal: null }, 'never-started'],
    [{ code: 126, signal: null }, 'never-started'],
    [{ code: null, signal: null }, 'killed'],
    [{ code: 137, signal: 'SIGKILL' }, 'killed'],
    [{ code: 143, signal: 'SIGTERM' }, 'killed'],
    [{ code: 129, signal: 'SIGHUP' }, 'killed'],
    [{ code: null, signal: 'SIGINT' }, 'killed'],
    [{ code: 139, signal: 'SIGSEGV' }, 'crashed'],
    [{ code: 134, signal: 'SIGABRT' }, 'crashed'],
  ] as const)('an end by %j before the first event is %s', (exit, failure) => {
    expect(agent.outcome({ exit, tally: tallyOf([]), stderr: '' })).toMatchObject({ ok: false, failure });
  });

  test.each([
    [{ code: 143, signal: 'SIGTERM' }, 'killed'],
    [{ code: 139, signal: 'SIGSEGV' }, 'crashed'],
    [{ code: 1, signal: null }, 'crashed'],
  ] as const)('an end by %j in the middle of work is %s', (exit, failure) => {
    const events = work.stdout.slice(0, -1).flatMap((line) => [...agent.events(line)]);
    expect(agent.outcome({ exit, tally: tallyOf(events), stderr: '' })).toMatchObject({ ok: false, failure });
  });

  const asdf =
    'No version is set for command agent\nConsider adding one of the following versions in your config file at /home/me/.tool-versions\nnodejs 24.1.0\n';
  const thrown = (error: string): string =>
    `/opt/agent/cli.js:3\nconst x = ;\n          ^\n\n${error}\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n    at node:internal/main/run_main_module:28:49 {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\n\nNode.js v24.21.0\n`;
  test.each([
    [1, thrown("SyntaxError: Unexpected token ';'"), /: SyntaxError: Unexpected token ';'$/],
    [
      1,
      thrown("Error: Cannot find module '/opt/agent/main.js'\nRequire stack:\n- /opt/agent/cli.js"),
      /: Error: Cannot find module '\/opt\/agent\/main.js'/,
    ],
    [126, asdf, /No version is set for command agent$/],
    [127, '/opt/agent: 3: node: not found\n', /: 3: node: not found$/],
    [127, 'env: ‘node’: No such file or directory\n', /env: ‘node’: No such file or directory$/],
  ])('a program that is broken, with %i: its own words are told that say why', (code, stderr, message) => {
    const told = agent.outcome({ exit: { code, signal: null }, tally: tallyOf([]), stderr }).message;
    expect(told).toMatch(message);
    expect(told).not.toMatch(/Node\.js v|nodejs 24| at wrapSafe/);
  });

  test('a program that a version manager does not find is a person’s to mend', () => {
    expect(agent.outcome({ exit: { code: 126, signal: null }, tally: tallyOf([]), stderr: asdf })).toMatchObject({
      failure: 'misconfigured',
    });
  });

  const prose = [
    '401',
    'permission denied',
    'API Error: 529 overloaded',
    'rate limit',
    'Credit balance is too low',
    'Invalid API key · Fix external API key',
    'auto-rejecting',
    '! permission requested: bash (rm); auto-rejecting',
    'Falling back to default agent',
    'You’ve hit your 5-hour limit',
    'safeguards flagged',
  ];

  test.each(all)('%s: words of the model and of its tools decide nothing', (_name, run) => {
    const events = eventsOf(run);
    const before = agent.outcome({ ...run, tally: tallyOf(events) });
    for (const text of prose) {
      // Before the agent's own conclusion, so that it is not a missing last event that is tested.
      const words: TranscriptEvent[] = [
        { type: 'said', text },
        { type: 'tool', id: 'p', name: 'bash', input: text },
        { type: 'answer', id: 'p', ok: false, denied: false, output: text },
      ];
      const after = agent.outcome({ ...run, tally: tallyOf([...events.slice(0, 1), ...words, ...events.slice(1)]) });
      expect({ ...after, lastWords: null }, text).toEqual({ ...before, lastWords: null });
    }
  });

  test('a recorded run with any lines left out or changed is survived', () => {
    const property = fc.property(
      fc.constantFrom(...all.map(([, run]) => run)),
      fc.infiniteStream(fc.tuple(fc.boolean(), fc.nat(), anyValue)),
      fc.string(),
      (run, stream, noise) => {
        const changes = stream[Symbol.iterator]();
        const events = run.stdout.flatMap((line) => {
          const [keep, at, by] = changes.next().value as [boolean, number, unknown];
          return keep ? [...agent.events(line)] : [...agent.events(JSON.stringify(changedAt(JSON.parse(line), at, by)))];
        });
        const { cost, tokens, steps } = agent.outcome({ exit: run.exit, tally: tallyOf(events), stderr: run.stderr + noise });
        for (const number of [cost, steps, ...Object.values(tokens)]) expectCount(number);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test('what the tally adds up to is what the outcome tells', () => {
    for (const [name, run] of all) {
      const events = eventsOf(run);
      const { cost, tokens } = agent.outcome({ ...run, tally: tallyOf(events) });
      expect({ cost, tokens }, name).toEqual(spent(tallyOf(events)));
    }
  });
}

function testLook({ agent, version, credential }: AgentSamples): void {
  const settings = { path: 'x', env: {}, args: [], config: {} };

  test('how it is signed in is told in its own words', () => {
    expect(agent.advice.signIn).toContain(`\`${agent.facts.name}`);
    expect(agent.advice.unshared).toContain('yardmaster accounts add NAME');
  });

  test('the version is found in what the program prints, and only there', () => {
    expect(agent.version(version.stdout)).toBe(version.version);
    for (const other of ['', '\n', 'v1', 'Segmentation fault', 'node: 24.21.0 is too old', '\u0000'])
      expect(agent.version(other), other).toBe(null);
  });

  test('an empty home has no servers and no sign-in; the key of its provider, empty or not, is not its own', async () => {
    const home = await mkdtemp(join(tmpdir(), 'yard-agent-'));
    try {
      const request = { checkout: home, taskFolder: home, privateFolder: home, env: { HOME: home } };
      const site = fakeSite({ files: new Map(), request });
      expect(await agent.survey({ site, settings })).toEqual({ mcpServers: [], authFile: null });
      expect(await agent.afterwards({ site, session: 'a session', since: 0 })).toEqual([]);
      // There a trial tells: looking would ask the person for leave.
      const own = process.platform === 'darwin' ? ['agent'] : [];
      const found = async (env: Record<string, string>, configured: Record<string, string>): Promise<unknown> =>
        (await agent.found({ env: { HOME: home, ...env }, settings: { ...settings, env: configured } })).map(({ secret }) => secret.kind);
      for (const value of ['', 'k']) {
        expect(await found({ [credential]: value }, {}), value).toEqual(own);
        expect(await found({}, { [credential]: value }), value).toEqual(own);
      }
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test('what it hands over of its own is nothing, where it finds its sign-in by itself', async () => {
    const account = { name: 'own', provider: 'anthropic', billing: 'subscription', agents: [agent.facts.name], shared: true } as const;
    const secret = { kind: 'agent', agent: agent.facts.name } as const;
    expect(await agent.credential({ account: { ...account, secret }, env: { HOME: '/nowhere' } })).toBe(null);
  });

  test('each account that it finds is its own alone, of a provider that it serves, with a name of its own and no secret in it', async () => {
    const found = await agent.found({ env: { ...crowdedEnv, HOME: '/nowhere' }, settings });
    for (const { agents } of found) expect(agents).toEqual([agent.facts.name]);
    for (const { provider } of found)
      expect(agent.facts.providers === 'any' || agent.facts.providers.includes(provider), provider).toBe(true);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toMatch(/(?:key|token|oauth)-of-/);
  });
}

/** In the place of any value: every type, and the numbers that break sums. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    '',
    'x',
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    [],
    {},
    [null],
    [[]],
    ['x'],
    { a: 1 },
    { type: 'text' },
    { __proto__: null },
  ),
  fc.jsonValue(),
);

/** Replaces (or, by undefined, removes) the nth value of a depth-first walk. */
function changedAt(value: unknown, nth: number, by: unknown): unknown {
  const size = count(value);
  let at = nth % size;
  const walk = (one: unknown): unknown => {
    if (at-- === 0) return by;
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one === 'object' && one !== null) return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
    return one;
  };
  const changed = walk(value);
  return changed === undefined ? null : changed;
}

function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + count(inner), 1);
}

/** The recorded lines with each of their strings blown up in turn, and forms that are dear to parse. */
function* largeLines(lines: readonly string[]): Generator<string> {
  const size = 8 << 20;
  const kinds = new Map(lines.map((line) => [shape(line), line]));
  for (const line of kinds.values()) {
    const strings = [...line.matchAll(/(?<=":)"(?:[^"\\]|\\.)*"/g)];
    const longest = strings.toSorted((a, b) => b[0].length - a[0].length)[0];
    if (longest === undefined) continue;
    for (const filling of ['\\n x', '💥']) {
      const blown = JSON.stringify('').slice(0, 1) + filling.repeat(size / filling.length) + '"';
      yield line.slice(0, longest.index) + blown + line.slice(longest.index + longest[0].length);
    }
  }
  for (const filling of ['[', '{"a":', ' ', '"', '\\', '{"type":"text"},', '1,', '\u0000']) yield filling.repeat(size / filling.length);
  const deep = '['.repeat(size / 2) + ']'.repeat(size / 2);
  // Parsed without recursion, but not written again so.
  const tool = lines.find((line) => line.includes('"tool_use"'));
  if (tool !== undefined) yield tool.replace(/(?<="input":)\{[^{}]*\}/, () => deep);
}

function shape(line: string): string {
  const { type } = JSON.parse(line) as Record<string, unknown>;
  return `${String(type)} ${line.includes('"tool_use"')} ${line.includes('"tool_result"')}`;
}

/** Sums stay exact in a floating point number, and in the store's integers, for millions of such lines. */
function expectCount(value: number): void {
  expect(Number.isInteger(value) && value >= 0 && value <= 1e15, String(value)).toBe(true);
}

function expectInstant(value: number | null): void {
  if (value === null) return;
  expectCount(value);
  expect(() => new Date(value).toISOString()).not.toThrow();
}

function expectWellFormed(events: readonly TranscriptEvent[]): void {
  for (const event of events) {
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    if ('tokens' in event) for (const value of Object.values(event.tokens)) expectCount(value);
    if ('cost' in event && event.cost !== null) expectCount(event.cost);
    if ('until' in event) expectInstant(event.until);
    if ('failure' in event && event.failure !== null) expect(failureKinds).toContain(event.failure);
    if ('status' in event && event.status !== null) expect(event.status).toBeGreaterThanOrEqual(100);
    if (event.type === 'limit') expectInstant(event.resetsAt);
    if (event.type === 'tool') expectLine(event.input);
    if (event.type === 'answer') expectLine(event.output);
    if (event.type === 'noted') expect(event.text.length).toBeLessThanOrEqual(500);
  }
}

function expectLine(text: string): void {
  expect(text.length).toBeLessThanOrEqual(300);
  expect(text).not.toMatch(/[\r\n]/);
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) deepFrozen(inner);
  return value;
}

/** For tests of one adapter: the arguments as pairs, to look an option up. */
export function optionOf(spec: CommandSpec, name: string): string | null {
  const at = spec.args.indexOf(name);
  return at === -1 ? null : (spec.args[at + 1] ?? null);
}
