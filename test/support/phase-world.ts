// A supervisor whose phases a test runs, over a store, places and a clock from the test. Ports that a test does not give
// are missing, so the phases it runs must not need them.
import { claude } from '../../src/agents/claude/adapter.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { loadSettings } from '../../src/config/load.ts';
import { localHost } from '../../src/places/local/local-host.ts';
import type { Place } from '../../src/ports/place.ts';
import type { Repo } from '../../src/ports/repo.ts';
import type { Source } from '../../src/ports/source.ts';
import type { TodoFile } from '../../src/ports/todo-file.ts';
import type { Vault } from '../../src/ports/vault.ts';
import { todoFile } from '../../src/sources/todo/list-file.ts';
import { todoSource } from '../../src/sources/todo/list-source.ts';
import { newMemory, type World } from '../../src/supervisor/world.ts';

export async function phaseWorld(
  given: Pick<World, 'store' | 'clock' | 'holder' | 'emit'> & { readonly places: readonly Place[] } & Partial<Omit<World, 'places'>>,
): Promise<World> {
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  return {
    host: localHost(),
    agents: new Map([opencode, claude].map((agent) => [agent.facts.name, agent])),
    repo: { find: async (root: string) => ({ root, common: root, remote: null, otherRemotes: [] }) } as Partial<Repo> as Repo,
    sources: [],
    issueSync: noIssueSync,
    forges: [],
    vault: {} as Vault,
    settings: async () => settings,
    env: {},
    folders: { root: '/s', worktrees: '/w', readers: '/r', attempts: '/a', tasks: '/t', trash: '/x' },
    passing: () => {},
    realPath: (path) => path,
    listFolder: async () => [],
    removeFolder: async () => {},
    notify: async () => {},
    wake: () => {},
    scope: { repo: null, batch: null, named: null },
    concurrency: 1,
    memory: newMemory({ emit: given.emit, wake: () => {} }),
    ...given,
    places: new Map(given.places.map((place) => [place.facts.name, place])),
  };
}

const noIssueSync: World['issueSync'] = {
  run: () => Promise.reject(new Error('this test syncs no issues')),
  issueOf: async () => null,
  mark: () => null,
};

/** TODO.md alone, with the default form of ids. */
export function todoSources(file: Partial<TodoFile> = {}): readonly Source[] {
  return [todoSource({ file: { ...todoFile, ...file }, ids: async () => 't' })];
}
