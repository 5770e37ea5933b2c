// Finds the real agent binaries that npm installed, and environments in which they reach nothing but a loopback server and
// folders of the test. Nothing is inherited from the environment of the test run.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const agentNames = ['claude', 'opencode'] as const;
export type AgentName = (typeof agentNames)[number];

const nodeModules = {
  pinned: fileURLToPath(new URL('../../node_modules/', import.meta.url)),
  older: fileURLToPath(new URL('../older-agents/node_modules/', import.meta.url)),
};

/**
 * Null if it is not installed: the test is then skipped, with `missingAgent(name)` as the reason. `older`: see
 * `needsOlderAgents`.
 */
export function agentBinary(name: AgentName, which: 'pinned' | 'older' = 'pinned'): string | null {
  const exe = process.platform === 'win32' ? '.exe' : '';
  // The packages' own binaries come first: those in .bin are stubs if npm ran no install scripts.
  const own = variants(name).map((variant) =>
    name === 'claude' ? `@anthropic-ai/claude-code-${variant}/claude${exe}` : `opencode-${variant}/bin/opencode${exe}`,
  );
  const places = which === 'older' ? own : [...own, `.bin/${name}`];
  const found = places.map((path) => nodeModules[which] + path).find((path) => existsSync(path));
  return found ?? null;
}

/** The version of the package that npm installed, which its binary says too. */
export function toldVersion(name: AgentName): string {
  const folder = name === 'claude' ? '@anthropic-ai/claude-code' : 'opencode-ai';
  return (JSON.parse(readFileSync(`${nodeModules.pinned}${folder}/package.json`, 'utf8')) as { version: string }).version;
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
