// A worker's environment is constructed, not inherited: a fixed list of base variables, the credential of its account, and
// the variables that the configuration sets, without other credentials. Nothing else of the supervisor's environment
// reaches it.
import { Fault } from '../fault.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * How programs reach the network from here: proxies and a company's own certificates, by the variables that curl, Python,
 * Node, Deno, Cargo, git and the AWS tools read. Node's options carry some of them too.
 */
export const network = [
  'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY', 'NODE_OPTIONS', 'DENO_CERT', 'CARGO_HTTP_CAINFO', 'GIT_SSL_CAINFO', 'AWS_CA_BUNDLE',
] as const; // prettier-ignore

/** What any command-line tool needs: where programs and the home folder are, the language, the network. */
const base = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE',
  'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR', ...network,
]; // prettier-ignore

/** What a program needs to draw on a person's terminal, to open links and to start an editor. */
const terminal = [
  'TERM', 'COLORTERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TMUX', 'SSH_TTY', 'SSH_CONNECTION',
  'DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'EDITOR', 'VISUAL', 'NO_COLOR',
]; // prettier-ignore

/** Tokens of forges, by the names that the forges' own programs read. */
export const forgeTokens = ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GITLAB_TOKEN'] as const;

/** Variables for the folders in which the forges' own programs keep a person's sign-in. */
const forgeFolders = ['GH_CONFIG_DIR', 'GLAB_CONFIG_DIR'];

/** Variables for programs that ask a person for a password. */
const askers = ['GIT_ASKPASS', 'SSH_ASKPASS'];

/**
 * Credential variables by provider: data about the providers' own conventions. It is a Map, because a provider may be
 * called `constructor`.
 */
const credentials: ReadonlyMap<string, readonly string[]> = new Map([
  ['anthropic', ['ANTHROPIC_API_KEY']],
  ['openai', ['OPENAI_API_KEY']],
  ['google', ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY']],
  ['openrouter', ['OPENROUTER_API_KEY']],
  ['xai', ['XAI_API_KEY']],
  ['mistral', ['MISTRAL_API_KEY']],
  ['groq', ['GROQ_API_KEY']],
  ['deepseek', ['DEEPSEEK_API_KEY']],
  [
    'amazon-bedrock',
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_REGION', 'AWS_BEARER_TOKEN_BEDROCK'],
  ],
  ['azure', ['AZURE_API_KEY', 'AZURE_RESOURCE_NAME']],
]);

/**
 * For a credential's variable, the variable that holds its address; programs read both from one environment. Without an
 * entry, the credential goes to its provider.
 */
const addresses: ReadonlyMap<string, string> = new Map([
  ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
  ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
  ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
]);

/** The variable that holds the address of a provider; null if there is none. */
export function addressName(provider: string): string | null {
  return providerCredentials(provider).flatMap((name) => addresses.get(name) ?? [])[0] ?? null;
}

/** The addresses that the environment sets together with these credentials. */
export function addressesBeside(given: { readonly names: readonly string[]; readonly env: Env }): Record<string, string> {
  const found = pick(
    given.env,
    given.names.flatMap((name) => addresses.get(name) ?? []),
  );
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== ''));
}

/** The variables that every child process of ours gets. */
export function baseEnvironment(env: Env): Record<string, string> {
  return { ...pick(env, base), TERM: 'dumb' };
}

/**
 * Variables that keep a person's sign-ins from a worker and from the code that it wrote, although both see the home
 * folder. `named` overrides them, because a person listed those variables. `folder`: where the forges' programs may write
 * instead.
 */
export function signedOut(given: { readonly folder: string; readonly named: Readonly<Record<string, string>> }): Record<string, string> {
  const { folder, named } = given;
  return {
    ...Object.fromEntries(forgeFolders.map((name) => [name, `${folder}/sign-ins/${name}`])),
    // Without this, gh, libsecret and others find the keyring through the session bus, whose address they derive from
    // XDG_RUNTIME_DIR.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    // An empty value names no program, and overrides git's configuration. Nobody is there who could be asked.
    ...{ GIT_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never', GIT_TERMINAL_PROMPT: '0' },
    ...named,
    ...withoutHelpers(named),
  };
}

/** An empty helper that is read after all files drops the helpers that the files name, including those for one address. */
function withoutHelpers(named: Readonly<Record<string, string>>): Record<string, string> {
  if (Object.entries(named).some(([name, value]) => name.startsWith('GIT_CONFIG_KEY_') && /^credential\./i.test(value))) return {};
  const count = Number(named['GIT_CONFIG_COUNT'] ?? 0);
  return { GIT_CONFIG_COUNT: `${count + 1}`, [`GIT_CONFIG_KEY_${count}`]: 'credential.helper', [`GIT_CONFIG_VALUE_${count}`]: '' };
}

/** For a program that a person uses at a terminal. */
export function terminalEnvironment(env: Env): Record<string, string> {
  return pick(env, terminal);
}

export function providerCredentials(provider: string): readonly string[] {
  return credentials.get(provider) ?? [];
}

/** The providers whose credential variables are known. */
export function keyProviders(): readonly string[] {
  return [...credentials.keys()];
}

/** The variable that a value of the configuration refers to; null if the value is no reference. */
export function referenceIn(value: string): string | null {
  return reference.exec(value)?.[1] ?? null;
}

/** The value, or for a reference the value of its variable in the environment; null if that is not set. */
export function referred(given: { readonly value: string; readonly env: Env }): string | null {
  const name = referenceIn(given.value);
  if (name === null) return given.value;
  // Only own properties count: every object has a `constructor`, but no environment should.
  return (Object.hasOwn(given.env, name) ? given.env[name] : undefined) ?? null;
}

export interface WorkerEnvironment {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly secret: readonly string[];
}

export interface EnvironmentFacts {
  readonly env: Env;
  /** The credential of this worker's account, under the names that the agent reads. */
  readonly credential: Readonly<Record<string, string>>;
  /** Names that are passed on although the base does not list them. */
  readonly passed: readonly string[];
  /**
   * Credential variables that the agent would also read. They are passed only as the credential itself, and never taken
   * from the configuration.
   */
  readonly competing: readonly string[];
  /** A folder that the worker may write to, and that is removed with the task. */
  readonly folder: string;
  /** Variables that the adapter sets. */
  readonly own: Readonly<Record<string, string>>;
  /** From `agents.<name>.env`; a value `${NAME}` refers to the supervisor's environment. */
  readonly configured: Readonly<Record<string, string>>;
}

export function workerEnvironment(facts: EnvironmentFacts): WorkerEnvironment {
  const { credential } = facts;
  const configured: Record<string, string> = {};
  for (const [name, value] of Object.entries(facts.configured)) {
    if (facts.competing.includes(name)) continue;
    configured[name] = resolveReference({ name, value, env: facts.env });
  }
  const given = { ...credential, ...pick(facts.env, facts.passed), ...facts.own, ...configured };
  const set = { ...baseEnvironment(facts.env), ...signedOut({ folder: facts.folder, named: given }) };
  const known = new Set([...[...credentials.values()].flat(), ...facts.competing, ...forgeTokens, ...askers]);
  const unset = [...known].filter((name) => facts.env[name] !== undefined && !(name in set)).sort();
  return { set, unset, secret: secretNames({ credential, configured: facts.configured, competing: facts.competing }) };
}

/**
 * The names of variables whose values are secrets, sorted: those of the credential, and those of the configuration that
 * are references or have a name that says so.
 */
export function secretNames(given: Pick<EnvironmentFacts, 'credential' | 'configured' | 'competing'>): readonly string[] {
  const { credential, configured, competing } = given;
  const called = Object.entries(configured).flatMap(([name, value]) =>
    !competing.includes(name) && (reference.test(value) || saysSecret(name)) ? [name] : [],
  );
  return [...new Set([...Object.keys(credential), ...called])].sort();
}

/** Whether the name of a variable, a header or an option says that its value is a secret. */
export function saysSecret(name: string): boolean {
  // GIT_CONFIG_KEY_n holds the name of a git setting, not a secret.
  return !/^GIT_CONFIG_KEY_/.test(name) && /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|AUTHORIZATION|COOKIE/i.test(name);
}

/** The variables of the supervisor's environment that configured values refer to. */
export function referredNames(configured: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(configured).flatMap((value) => referenceIn(value) ?? []);
}

/** A value that is, as a whole, a reference to a variable of the supervisor's environment. */
const reference = /^\$\{(\w+)\}$/;

function resolveReference(given: { name: string; value: string; env: Env }): string {
  const value = referred(given);
  if (value !== null) return value;
  throw new Fault({
    code: 'environment-missing',
    message: `the configuration sets ${given.name} from the environment variable ${given.value.slice(2, -1)}, which is not set`,
    hint: `export ${given.value.slice(2, -1)}, or remove ${given.name} from the agent's env in the configuration`,
  });
}

/** The variables with these names that are set in the environment. */
export function pick(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
