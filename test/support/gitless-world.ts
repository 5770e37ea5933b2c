// A supervisor that takes tasks from the queue to delivered with the machine in memory and without git: a site is its path
// in a set, every worker that succeeds has made one commit, and without a remote the branch is delivered.
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/core/settings.ts';
import { localHost } from '../../src/places/local/local-host.ts';
import type { Repo } from '../../src/ports/repo.ts';
import type { Vault } from '../../src/ports/vault.ts';
import type { World } from '../../src/supervisor/world.ts';
import type { FakeMachine } from './fake-place.ts';
import { inside } from './fake-site.ts';
import { phaseWorld } from './phase-world.ts';

/** The output of a worker that has done its work. */
export const success =
  '{"type":"step_start","sessionID":"s","part":{}}\n{"type":"step_finish","sessionID":"s","part":{"reason":"stop","cost":0,"tokens":{"input":1,"output":1,"cache":{}}}}\n';

/** `removed` is called with each site before it is removed. */
export function gitless(given: { readonly sites: Set<string>; readonly removed: (path: string) => Promise<void> }): Repo {
  const { sites, removed } = given;
  const place = { root: '/repo', common: '/repo/.git', remote: null, otherRemotes: [] };
  const repo = {
    within: () => repo,
    find: async () => place,
    describe: async () => ({ ...place, defaultBranch: 'main', outdated: null, unreachable: null, submodules: { empty: [] } }),
    isAncestor: async ({ ancestor, commit }) => ancestor === commit,
    makeSite: async ({ path }) => (sites.add(path), { base: 'main', branch: `yard/${path}` }),
    async removeSite({ path }) {
      await removed(path);
      sites.delete(path);
      return { preserved: null };
    },
    hasSite: async ({ path }) => sites.has(path),
    describeSite: async () => null,
    facts: async () => ({ head: 'c1', commits: 1, dirty: [] }),
    take: async () => null,
    emptySubmodules: async () => [],
    unreachableSubmodules: async () => [],
    takeLeftLocks: async () => [],
    log: async () => [],
    changes: async () => [],
  } as Partial<Repo> as Repo;
  return repo;
}

export async function gitlessWorld(
  given: Pick<World, 'store' | 'clock' | 'repo' | 'emit' | 'holder'> & {
    readonly machine: FakeMachine;
    readonly settings: Partial<Settings>;
  },
): Promise<World> {
  const { machine, ...ports } = given;
  for (const program of ['opencode', 'claude']) machine.files.set(`${inside}/bin/${program}`, '');
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  const account = {
    ...{ name: 'key', provider: 'anthropic', billing: 'token', agents: null, shared: false },
    secret: { kind: 'env', names: ['ANTHROPIC_API_KEY'] },
  } as const;
  const configured = {
    ...{ ...settings, places: { use: ['fake'] }, models: { ...settings.models, default: 'anthropic/small' } },
    worker: { ...settings.worker, protect: 'off' } as const,
    ...given.settings,
  };
  return phaseWorld({
    ...ports,
    ...{ places: [machine.place()], concurrency: 4, settings: async () => configured },
    // No process of the machine that runs the test may be ended.
    host: { ...localHost(), isGone: () => false, endCallsOfTheGone: async () => [] },
    vault: { accounts: async () => [account], credential: async () => null, sieve: () => null } as unknown as Vault,
  });
}
