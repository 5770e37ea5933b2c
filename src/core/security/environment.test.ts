import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  baseEnvironment,
  keyProviders,
  providerCredentials,
  referred,
  referredNames,
  signedOut,
  terminalEnvironment,
  type EnvironmentFacts,
  workerEnvironment,
} from './environment.ts';
import { Fault } from '../fault.ts';

const built = (more: Partial<EnvironmentFacts> = {}): ReturnType<typeof workerEnvironment> =>
  workerEnvironment({ env: {}, credential: {}, passed: [], competing: [], folder: '/task', own: {}, configured: {}, ...more });

/** The variables by which a worker is signed in nowhere. */
const out = signedOut({ folder: '/task', named: {} });

// Everything of the supervisor's environment that a worker gets without configuration, for review.
const listed = [
  'ALL_PROXY', 'AWS_CA_BUNDLE', 'CARGO_HTTP_CAINFO', 'CURL_CA_BUNDLE', 'DENO_CERT', 'GIT_SSL_CAINFO', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY',
  'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'NODE_USE_ENV_PROXY', 'NODE_USE_SYSTEM_CA',
  'NO_PROXY', 'PATH', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'SHELL', 'SSL_CERT_DIR', 'SSL_CERT_FILE', 'TMPDIR', 'TZ', 'USER',
  'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR', 'all_proxy', 'http_proxy', 'https_proxy', 'no_proxy',
]; // prettier-ignore

describe('the base', () => {
  it('is what is listed, and a dumb terminal', () => {
    const everything = new Proxy({}, { get: (_, name) => `value of ${String(name)}` });
    const base = baseEnvironment(everything);
    expect(Object.keys(base).toSorted()).toEqual(['TERM', ...listed].toSorted());
    expect(base).toMatchObject({ TERM: 'dumb', PATH: 'value of PATH' });
  });

  it('has no name without a value, and keeps an empty one', () => {
    expect(baseEnvironment({ PATH: '/bin', HOME: undefined, LANG: '' })).toEqual({ PATH: '/bin', LANG: '', TERM: 'dumb' });
  });
});

describe('the credentials of a provider', () => {
  it.each([
    ['anthropic', ['ANTHROPIC_API_KEY']],
    ['google', ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY']],
    ['unheard-of', []],
    ['constructor', []],
    ['__proto__', []],
    ['', []],
  ])('%s: %j', (provider, names) => {
    expect(providerCredentials(provider)).toEqual(names);
  });
});

describe('a worker’s environment', () => {
  it('has the given credential, which is secret, and lists what is held back', () => {
    const env = { PATH: '/bin', OURS: 'k1', THEIRS: 'k2', OPENAI_API_KEY: 'k3', ANTHROPIC_API_KEY: 'k4', EDITOR: 'vi', GITHUB_TOKEN: 'k5' };
    const credential = { OURS: 'k1', ANTHROPIC_API_KEY: 'of the account' };
    expect(built({ env, credential, competing: ['THEIRS', 'ABSENT_TOO', 'OURS', 'ANTHROPIC_API_KEY'] })).toEqual({
      set: { ...out, PATH: '/bin', TERM: 'dumb', OURS: 'k1', ANTHROPIC_API_KEY: 'of the account' },
      unset: ['GITHUB_TOKEN', 'OPENAI_API_KEY', 'THEIRS'],
      secret: ['ANTHROPIC_API_KEY', 'OURS'],
    });
  });

  it('has what is passed, which is no secret, where it is set', () => {
    expect(built({ env: { HERE: '/folder', ABSENT: undefined }, passed: ['HERE', 'ABSENT', 'ABSENT_TOO'] })).toEqual({
      set: { ...out, TERM: 'dumb', HERE: '/folder' },
      unset: [],
      secret: [],
    });
  });

  it('of what competes with the credential nothing is passed, nor taken from the configuration', () => {
    const env = { OURS: 'k1', THEIRS: 'k2' };
    const configured = { OURS: 'k3', THEIRS: '${MISSING}', MORE: 'm' };
    expect(built({ env, competing: ['OURS', 'THEIRS'], configured })).toEqual({
      set: { ...out, TERM: 'dumb', MORE: 'm' },
      unset: ['OURS', 'THEIRS'],
      secret: [],
    });
    expect(built({ env, credential: { OURS: 'k4' }, competing: ['OURS', 'THEIRS'], configured })).toEqual({
      set: { ...out, TERM: 'dumb', OURS: 'k4', MORE: 'm' },
      unset: ['THEIRS'],
      secret: ['OURS'],
    });
  });

  it('the configuration is stronger than the adapter, and that than the base', () => {
    const env = { PATH: '/bin', HOME: '/home', XDG_DATA_HOME: '/data', THEIRS: 'k' };
    expect(
      built({
        env,
        own: { XDG_DATA_HOME: '/own', HOME: '/own', TERM: 'own' },
        configured: { HOME: '/configured', THEIRS: 'mine' },
      }),
    ).toEqual({
      set: { ...out, PATH: '/bin', TERM: 'own', XDG_DATA_HOME: '/own', HOME: '/configured', THEIRS: 'mine' },
      unset: [],
      secret: [],
    });
  });

  it('references are resolved, and secret whatever they are called', () => {
    const env = { MINE: 'k1', EMPTY: '' };
    const configured = { A: '${MINE}', B: 'x${MINE}', C: '$MINE', D: '${MINE}${MINE}', E: '${EMPTY}', F: '${}', G: '${MINE}\n' };
    expect(built({ env, configured })).toMatchObject({ set: { ...configured, A: 'k1', E: '' }, secret: ['A', 'E'] });
  });

  it.each(['MISSING', 'UNSET', 'constructor', 'toString', '__proto__'])('a reference to %s is a fault, not an empty key', (name) => {
    const build = (): unknown => built({ env: { UNSET: undefined }, configured: { SERVICE_KEY: `\${${name}}` } });
    expect(build).toThrow(Fault);
    expect(build).toThrow(
      expect.objectContaining({
        code: 'environment-missing',
        message: `the configuration sets SERVICE_KEY from the environment variable ${name}, which is not set`,
        hint: `export ${name}, or remove SERVICE_KEY from the agent's env in the configuration`,
      }),
    );
  });

  it.each([
    ['SERVICE_KEY', true],
    ['api_key', true],
    ['GITHUB_TOKEN', true],
    ['CLIENT_SECRET', true],
    ['DB_PASSWORD', true],
    ['SERVICE_URL', false],
    ['DEBUG', false],
  ])('a configured %s is secret by its name: %s', (name, secret) => {
    expect(built({ configured: { [name]: 'plain' } }).secret).toEqual(secret ? [name] : []);
  });

  it('is not inherited: only what is listed, given and configured gets in', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[A-Za-z_]\w{0,9}$/),
      fc.constantFrom('PATH', 'HOME', 'OPENAI_API_KEY', 'AWS_PROFILE', 'LD_PRELOAD', 'GITHUB_TOKEN', 'YARDMASTER_HOME', 'constructor'),
    );
    const some = fc.dictionary(name, fc.string());
    const names = fc.array(name, { maxLength: 4 });
    fc.assert(
      fc.property(some, some, names, names, some, some, (env, credential, passed, competing, own, configured) => {
        fc.pre(!Object.values(configured).some((value) => value.startsWith('${')));
        const { set, unset, secret } = built({ env, credential, passed, competing, own, configured });
        for (const [key, value] of Object.entries(set)) {
          if (Object.hasOwn(configured, key) && !competing.includes(key)) expect(value).toBe(configured[key]);
          else if (Object.hasOwn(own, key)) expect(value).toBe(own[key]);
          else if (key === 'TERM') expect(value).toBe('dumb');
          else if (Object.hasOwn(out, key)) expect(value).toBe(out[key]);
          else {
            const given = Object.hasOwn(credential, key) && !(passed.includes(key) && env[key] !== undefined);
            expect([...listed, ...Object.keys(credential), ...passed]).toContain(key);
            expect(value).toBe(given ? credential[key] : env[key]);
          }
        }
        for (const key of unset) {
          expect(Object.hasOwn(set, key)).toBe(false);
          expect(Object.hasOwn(env, key)).toBe(true);
        }
        for (const key of secret) expect(Object.hasOwn(set, key)).toBe(true);
        for (const key of Object.keys(credential)) expect(secret).toContain(key);
      }),
      { numRuns: 300 },
    );
  });
});

describe('who is signed in nowhere', () => {
  const named = (env: Record<string, string>): Record<string, string> => signedOut({ folder: '/task', named: env });

  it('has folders of its own for the forges’ programs, no keyring, no credential helper, and nobody to ask', () => {
    expect(named({})).toEqual({
      GH_CONFIG_DIR: '/task/sign-ins/GH_CONFIG_DIR',
      GLAB_CONFIG_DIR: '/task/sign-ins/GLAB_CONFIG_DIR',
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      GIT_ASKPASS: '',
      SSH_ASKPASS_REQUIRE: 'never',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: '',
    });
  });

  it('has what a person named all the same', () => {
    const env = { GH_TOKEN: 'k', GH_CONFIG_DIR: '/home/ada/.config/gh', GIT_ASKPASS: '/opt/ask' };
    expect(named(env)).toEqual({ ...out, ...env });
  });

  it('has the person’s other settings of git, and no helper beside them', () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.proxy', GIT_CONFIG_VALUE_0: 'http://proxy' };
    expect(named(env)).toEqual({
      ...out,
      ...env,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_1: 'credential.helper',
      GIT_CONFIG_VALUE_1: '',
    });
  });

  it.each(['credential.helper', 'Credential.https://forge.example.helper'])('has the helper that is named by %s', (key) => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: 'store' };
    expect(named(env)).toEqual({ ...out, ...env });
  });
});

describe('a person’s terminal', () => {
  it('is what a program needs to draw on it, and nothing else', () => {
    expect(terminalEnvironment({ TERM: 'xterm', EDITOR: 'vi', NO_COLOR: '1', PATH: '/bin', API_KEY: 'k' })).toEqual({
      TERM: 'xterm',
      EDITOR: 'vi',
      NO_COLOR: '1',
    });
  });
});

describe('a value of the configuration', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['${MINE}', 'k1'],
    ['${EMPTY}', ''],
    ['x${MINE}', 'x${MINE}'],
    ['${MISSING}', null],
    ['${UNSET}', null],
    ['${constructor}', null],
    ['${__proto__}', null],
  ])('%j is %j', (value, told) => {
    expect(referred({ value, env: { MINE: 'k1', EMPTY: '', UNSET: undefined } })).toBe(told);
  });
});

test('the providers whose variables are known have some, and each variable is of one provider', () => {
  const names = keyProviders().flatMap(providerCredentials);
  expect(keyProviders()).toEqual(expect.arrayContaining(['anthropic', 'openai', 'google', 'openrouter', 'amazon-bedrock']));
  for (const provider of keyProviders()) expect(providerCredentials(provider).length, provider).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});

test('what a configuration refers to is known by name', () => {
  expect(referredNames({ A: '${ONE}', B: 'plain', C: 'x${TWO}', D: '${ONE}' })).toEqual(['ONE', 'ONE']);
});
