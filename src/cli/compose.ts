// The only file that sees every adapter: it puts the program together. Adapters and the modules that only they need are
// imported when they are needed, because a command that only reads the database and TODO.md must start fast.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt } from '../core/task/attempt.ts';
import { Fault, nullFor } from '../core/fault.ts';
import { filterNotes, repositoryNotes, type RepositoryNote } from '../core/delivery/repository-notes.ts';
import type { Settings } from '../core/settings.ts';
import type { Asked } from '../api/standings.ts';
import type { Flags } from '../config/load.ts';
import { stateHome, type Home } from '../config/paths.ts';
import { systemClock } from '../lib/system-clock.ts';
import { markerName } from '../places/local/marker.ts';
import { pauseAt } from './pause.ts';
import type { Agent } from '../ports/agent.ts';
import type { Deployer } from '../ports/deployer.ts';
import type { Forge } from '../ports/forge.ts';
import type { Host } from '../ports/host.ts';
import type { IssueSync } from '../ports/issue-sync.ts';
import type { Place, WorkerView } from '../ports/place.ts';
import type { PlaceSite } from '../ports/place-site.ts';
import type { Repo, RepoFacts } from '../ports/repo.ts';
import type { Source } from '../ports/source.ts';
import type { Store } from '../ports/store.ts';
import type { TodoFile } from '../ports/todo-file.ts';
import type { Vault } from '../ports/vault.ts';
import { topFolder } from '../repo/top-folder.ts';
import { todoFile } from '../sources/todo/list-file.ts';
import { todoSource } from '../sources/todo/list-source.ts';
import { openStore as openDatabase } from '../store/open.ts';
import type { Ports } from '../supervisor/world.ts';

export interface Around {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function homeOf(around: Pick<Around, 'env'>): Home {
  return stateHome(around.env);
}

/** Whether this command was called by a worker, not by a person. */
export function isWorker(around: Pick<Around, 'env'>): boolean {
  return around.env[markerName] !== undefined;
}

export async function openStore(around: Pick<Around, 'env'>): Promise<Store> {
  const lives = async (holder: string): Promise<boolean> => !(await lookingHost.isGone(holder));
  const store = await openDatabase({ file: homeOf(around).database, lives }).catch((error: unknown) => {
    if (!isWorker(around) || !(error instanceof Fault) || error.code !== 'database-unwritable') throw error;
    const hint = 'a worker of Yardmaster must not change its state; say in your last message what should be done';
    throw new Fault({ code: error.code, message: error.message, hint, data: error.data, cause: error });
  });
  // Loaded only if it may be needed, which is at the first start of a home.
  if (!existsSync(homeOf(around).trustBegun))
    await (await import('../config/trust.ts')).adoptTrust({ env: around.env, repos: () => store.repos() });
  return store;
}

/**
 * Opens a database of any version. `down` needs this to end an older supervisor, which keeps the database from being
 * updated.
 */
export async function openStoreAsItIs(around: Pick<Around, 'env'>): Promise<Store> {
  return openDatabase({ file: homeOf(around).database, updates: false });
}

/**
 * The part of the host that read-only commands need. The rest is loaded when a process has to be checked, which is seldom.
 */
const lookingHost = {
  isGone: async (identity: string): Promise<boolean> => (await openHost()).isGone(identity),
};

/** For queries that read only what is stored. The configuration is loaded only where a task may start from another one's branch. */
export function asking(around: Around, store: Store): Asked {
  return { store, host: lookingHost, clock: systemClock, settings: settingsReader({ around, flags: {} }) };
}

/** The workers of these attempts, by the attempt's id. Places are loaded only if a worker was started. */
export async function viewWorkers(attempts: readonly Pick<Attempt, 'id' | 'launch'>[]): Promise<ReadonlyMap<string, WorkerView>> {
  const launched = attempts.flatMap(({ id, launch }) => (launch === null ? [] : [{ id, launch }]));
  if (launched.length === 0) return new Map();
  const places = await openPlaces();
  return new Map(launched.map(({ id, launch }) => [id, places.get(launch.place)?.view(launch) ?? { pid: null, output: null }]));
}

async function openRepo(): Promise<Repo> {
  const { gitRepo } = await import('../repo/git-repo.ts');
  return gitRepo();
}

/** The references under which work of these attempts was saved, if their repository exists. */
export async function savedWork(given: {
  readonly repo: string;
  readonly attempts: readonly Pick<Attempt, 'id'>[];
}): Promise<readonly string[]> {
  if (given.attempts.length === 0) return [];
  const repo = await openRepo();
  return repo.preserved({ root: given.repo, attempts: given.attempts.map(({ id }) => id) }).catch((error: unknown) => {
    if (error instanceof Fault) return [];
    throw error;
  });
}

export function openTodo(): TodoFile {
  return todoFile;
}

/** The places where tasks come from. `ids`: the prefix of ids in a repository's TODO.md. */
export function openSources(ids: (repo: string) => Promise<string>): readonly Source[] {
  return [todoSource({ file: todoFile, ids })];
}

/** One line for each agent; its other entry is in config/defaults.ts. */
const agentAdapters: readonly (() => Promise<Agent>)[] = [
  async () => (await import('../agents/opencode/adapter.ts')).opencode,
  async () => (await import('../agents/claude/adapter.ts')).claude,
];

export async function openAgents(): Promise<ReadonlyMap<string, Agent>> {
  const agents = await Promise.all(agentAdapters.map((adapter) => adapter()));
  return new Map(agents.map((agent) => [agent.facts.name, agent]));
}

export async function openHost(): Promise<Host> {
  const { localHost } = await import('../places/local/local-host.ts');
  return localHost();
}

async function openPlaces(): Promise<ReadonlyMap<string, Place>> {
  const { localPlace } = await import('../places/local/local-place.ts');
  return new Map([localPlace()].map((place) => [place.facts.name, place]));
}

export async function openVault(given: { env: Around['env']; agents: ReadonlyMap<string, Agent> }): Promise<Vault> {
  const { vault } = await import('../accounts/vault.ts');
  return vault(given);
}

async function openForges(given: { readonly vault: Vault; readonly env: Around['env'] }): Promise<readonly Forge[]> {
  const { github } = await import('../forge/github/adapter.ts');
  return [github({ ...given, clock: systemClock })];
}

async function openIssueSync({
  store,
  repo: git,
  ...more
}: {
  readonly store: Store;
  readonly repo: Repo;
  readonly folder: string;
  readonly passing: ReturnType<typeof pauseAt>;
}): Promise<IssueSync> {
  const { issueSync } = await import('../sources/issues/sync-issues.ts');
  return issueSync({ file: todoFile, store, git, now: () => systemClock.now(), ...more });
}

export async function openDeployer(around: Pick<Around, 'env'>): Promise<Deployer> {
  const { deployer } = await import('../parity/deployer.ts');
  return deployer(homeOf(around).root);
}

export interface Opened {
  readonly ports: Ports;
  readonly home: Home;
  readonly end: () => Promise<void>;
}

export async function openPorts(around: Around, flags: Flags = {}): Promise<Opened> {
  const home = homeOf(around);
  const [store, agents, repo, host, places, { maskedStore }, { mkdir, readdir, rm }, { canonical }] = await Promise.all([
    openStore(around),
    openAgents(),
    openRepo(),
    openHost(),
    openPlaces(),
    import('../store/masked-store.ts'),
    import('node:fs/promises'),
    import('../repo/registry.ts'),
  ]);
  const read = settingsReader({ around, flags });
  const folders = [home.worktrees, home.readers, home.attempts, home.tasks];
  const made = await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  if (made.some((first) => first !== undefined)) await (await import('../lib/spread-out.ts')).spreadOut(folders);
  const vault = await openVault({ env: around.env, agents });
  const settings: Ports['settings'] = async (repo) => {
    const found = await read(repo);
    vault.know(found);
    return found;
  };
  const kept = maskedStore(store, vault);
  const passing = pauseAt(around.env);
  const ports: Ports = {
    store: kept,
    agents,
    repo,
    sources: openSources(async (root) => (await settings(root)).todo.ids),
    host,
    places,
    issueSync: await openIssueSync({ store: kept, repo, folder: join(home.root, 'issues'), passing }),
    forges: await openForges({ vault, env: around.env }),
    vault,
    clock: systemClock,
    settings,
    env: around.env,
    folders: home,
    passing,
    listFolder: async (path) => (await readdir(path).catch(nullFor('ENOENT'))) ?? [],
    realPath: canonical,
    removeFolder: (path) => rm(path, { recursive: true, force: true, maxRetries: 2 }),
  };
  return { ports, home, end: () => store.end() };
}

interface ReadSettings {
  readonly settings: Settings;
  readonly mark: string | null;
}

/**
 * Reads a repository's configuration, and reads it again when it was changed and a pulse asks for it more than a few
 * seconds later, because people edit it while a supervisor runs.
 */
function settingsReader(given: { around: Around; flags: Flags }): (repo: string) => Promise<Settings> {
  const known = new Map<string, { at: number; read: Promise<ReadSettings> }>();
  return async (repo) => {
    const now = systemClock.now();
    const last = known.get(repo);
    if (last !== undefined && Math.abs(now - last.at) < 2000) return (await last.read).settings;
    const read = readSettings({ ...given, repo, now, last: last?.read ?? null });
    known.set(repo, { at: now, read });
    return (await read).settings;
  };
}

async function readSettings(given: {
  around: Around;
  flags: Flags;
  repo: string;
  now: number;
  last: Promise<ReadSettings> | null;
}): Promise<ReadSettings> {
  const { repo, flags, now } = given;
  const { env } = given.around;
  // After a failure it is read again in any case, because not every cause shows in a file.
  const last = (await given.last?.catch(() => null)) ?? null;
  const [{ loadSettings }, { settingsMark }] = await Promise.all([import('../config/load.ts'), import('../config/settings-mark.ts')]);
  // Taken before the files are read, so that a change made during the read is noticed at the next call.
  const mark = settingsMark({ env, repo, now });
  if (last !== null && mark !== null && mark === last.mark) return last;
  return { settings: (await loadSettings({ env, repo, flags })).settings, mark };
}

/** The site for running an agent's program on this machine outside of a task. */
export function siteHere(given: { readonly around: Around; readonly host: Host }): Promise<PlaceSite> {
  const { around, host } = given;
  const { root } = homeOf(around);
  return host.site({ checkout: around.cwd, taskFolder: root, privateFolder: root, env: around.env });
}

/**
 * The top folder of the repository at `dir`. Null outside of a repository, and in one that cannot be used, such as a bare
 * one. For read-only commands: it neither checks whether the repository can be worked in nor asks its remote.
 */
export async function repoAt(dir: string): Promise<string | null> {
  const found = topFolder(dir);
  if (found !== 'ask git') return found.root;
  return workableRepoAt(dir).catch(nullFor('unusable-repository'));
}

/** The same for a repository that can be worked in; null only outside of any repository. Faults: those of `find`. */
export async function workableRepoAt(dir: string): Promise<string | null> {
  const repo = await openRepo();
  const found = await repo.find(dir, { remote: 'origin' }).catch(nullFor('not-a-repository'));
  return found?.root ?? null;
}

/** For a folder where `repoAt` found nothing: if a repository is there but cannot be used, the refusal names it. */
export async function refuseNone(given: { readonly dir: string; readonly hint: string }): Promise<never> {
  const { dir, hint } = given;
  await workableRepoAt(dir);
  throw new Fault({ code: 'not-a-repository', message: `${dir} is not in a git repository`, hint });
}

export interface Noted {
  readonly facts: RepoFacts;
  readonly notes: readonly RepositoryNote[];
}

/**
 * The facts about a repository that are needed before work starts in it; its remote is asked. Faults: those of `describe`.
 */
export async function repositoryNoted(given: { readonly root: string; readonly delivery: Settings['delivery'] }): Promise<Noted> {
  const { root, delivery } = given;
  const repo = await openRepo();
  const facts = await repo.describe(root, delivery);
  const filters = await repo.unconfiguredFilters({ root, commit: 'HEAD' }).catch(() => []);
  return { facts, notes: [...repositoryNotes({ facts, delivery }), ...filterNotes(filters)] };
}
