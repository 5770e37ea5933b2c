// Samples for the tests of every agent: command options with everything set, an environment full of credentials, and the
// form in which an adapter supplies its recorded runs.
import type { Exit } from '../core/transcript/transcript.ts';
import type { Agent } from './agent.ts';
import type { AgentAction, RunRequest } from './command-request.ts';
import type { CommandSpec } from './command-spec.ts';
import type { SiteFacts } from './place-site.ts';

/** One recorded run of the real program. */
export interface RecordedRun {
  readonly exit: Exit;
  readonly stdout: readonly string[];
  readonly stderr: string;
}

export interface AgentSamples {
  readonly agent: Agent;
  /** Runs by name; `work` is a successful one. */
  readonly recorded: Readonly<Record<string, RecordedRun>> & { readonly work: RecordedRun };
  /** The output of the real program, and the version in it. */
  readonly version: { readonly stdout: string; readonly version: string };
  /** A model that it serves, and the variable for the credential of that model's provider. */
  readonly model: string;
  readonly credential: string;
  /** The variable for the address to which that credential is sent. */
  readonly address: string;
  /** Variables with other credentials that it would use as well. */
  readonly competing: readonly string[];
}

export const sampleServers: RunRequest['servers'] = [
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

export const sampleRole: NonNullable<RunRequest['role']> = {
  name: 'clerk',
  description: 'Keeps the books',
  model: 'other/model',
  tools: ['shell', 'read', 'edit', 'fetch', 'search', 'mcp'],
  prompt: 'You keep the books.\nOf {env:HOME}, "neatly".',
};

/** The fields that any action's request may have; a request of `run` has all of them. */
export type Everything = Omit<RunRequest, 'action'>;
export type SampleRequest = Partial<Omit<Everything, 'site'>> & { readonly site?: Partial<SiteFacts> };

/** The command for an action, from a request that also has the fields of other actions. An adapter must ignore those. */
export function commandFor(given: { readonly agent: Agent; readonly action: AgentAction; readonly request: Everything }): CommandSpec {
  const { agent, action, request } = given;
  if (action !== 'attach') return agent.command({ action, ...request });
  if (agent.sessions === null) throw new Error(`${agent.facts.name} has no sessions`);
  return agent.sessions.attach({ action, ...request });
}

/** A fixed request with everything set. A test changes the fields that it is about. */
export function sampleRequest(given: SampleRequest & { readonly model: string }): Everything {
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

/** Credentials of many providers, and names that are in no list. */
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

/** For tests of one adapter: the value of an option among the arguments. */
export function optionOf(spec: CommandSpec, name: string): string | null {
  const at = spec.args.indexOf(name);
  return at === -1 ? null : (spec.args[at + 1] ?? null);
}
