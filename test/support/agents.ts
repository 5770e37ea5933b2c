// Finds the real agent binaries that npm installed, and the environments in which they touch nothing but a loopback
// server and folders of the test. Nothing is inherited from the environment of the test run.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const agentNames = ['claude', 'opencode'] as const;
export type AgentName = (typeof agentNames)[number];

const nodeModules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Null where it is not installed: the test is skipped then, with `missingAgent(name)` as the reason. */
export function agentBinary(name: AgentName): string | null {
  const exe = process.platform === 'win32' ? '.exe' : '';
  // The packages' own binaries first: those in .bin are stubs where npm ran no install scripts.
  const own = variants(name).map((variant) =>
    name === 'claude' ? `@anthropic-ai/claude-code-${variant}/claude${exe}` : `opencode-${variant}/bin/opencode${exe}`,
  );
  const found = [...own, `.bin/${name}`].find((path) => existsSync(nodeModules + path));
  return found === undefined ? null : nodeModules + found;
}

export function missingAgent(name: AgentName): string {
  return `the ${name} binary is not installed for ${process.platform}-${process.arch}`;
}

function variants(name: AgentName): string[] {
  const platform = name === 'opencode' && process.platform === 'win32' ? 'windows' : process.platform;
  const base = `${platform}-${process.arch}`;
  const glibc = [base, `${base}-baseline`];
  const musl = [`${base}-musl`, `${base}-baseline-musl`];
  const all = isMusl() ? [...musl, ...glibc] : [...glibc, ...musl];
  // The plain x64 build of OpenCode dies of an illegal instruction on a processor without AVX2.
  return lacksAvx2()
    ? all.filter((variant) => variant.includes('baseline')).concat(all.filter((variant) => !variant.includes('baseline')))
    : all;
}

function isMusl(): boolean {
  return (
    process.platform === 'linux' &&
    existsSync(`/lib/ld-musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`) &&
    !existsSync('/lib64/ld-linux-x86-64.so.2')
  );
}

function lacksAvx2(): boolean {
  return process.platform === 'linux' && process.arch === 'x64' && !readFileSync('/proc/cpuinfo', 'utf8').includes('avx2');
}

interface Surroundings {
  /** Fresh folders of the test. */
  readonly home: string;
  /** Where the model server listens, with `/s/<scenario>` if wanted, without `/v1`. */
  readonly url: string;
}

function bareEnv(home: string): Record<string, string> {
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  return { PATH: path, HOME: home, TMPDIR: home, TERM: 'dumb', LANG: 'C.UTF-8' };
}

export function claudeEnv({ home, url }: Surroundings): Record<string, string> {
  return {
    ...bareEnv(home),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-ant-test-000',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    CLAUDE_CODE_MAX_RETRIES: '0',
    CLAUDE_CODE_TMPDIR: home,
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    MCP_TIMEOUT: '3000',
    // Without it, claude refuses --permission-mode bypassPermissions to root.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
  };
}

/** The model is `scripted/model`; 1,000 tokens in and 100 out cost 0.0045 USD. `modelsFile` must hold `{}`: it replaces the built-in list. */
export function opencodeEnv({
  home,
  url,
  modelsFile,
  npm,
}: Surroundings & { readonly modelsFile: string; readonly npm: '@ai-sdk/openai-compatible' | '@ai-sdk/anthropic' }): Record<
  string,
  string
> {
  const model = { name: 'Scripted', cost: { input: 3, output: 15, cache_read: 0.3 }, limit: { context: 200_000, output: 8192 } };
  const config = {
    model: 'scripted/model',
    small_model: 'scripted/model',
    autoupdate: false,
    share: 'disabled',
    enabled_providers: ['scripted'],
    provider: { scripted: { npm, name: 'Scripted', options: { baseURL: `${url}/v1`, apiKey: 'sk-test-000' }, models: { model } } },
  };
  return {
    ...bareEnv(home),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_CLAUDE_CODE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_MODELS_PATH: modelsFile,
    npm_config_offline: 'true',
  };
}
