// `doctor`: reports what is broken and what to do about it. Exits 1 when something is broken.
import { statfs } from 'node:fs/promises';
import { conditionText } from '../../core/reason/words.ts';
import { loadSettings } from '../../config/load.ts';
import { deliveryEnvironmentNotes } from '../../core/security/delivery-environment.ts';
import { unseen, type Account, type AccountState } from '../../core/route/account.ts';
import { nullFor } from '../../core/fault.ts';
import { faultOf } from '../../core/system-fault.ts';
import type { Settings } from '../../core/settings.ts';
import { distrustOf } from '../../core/security/trust.ts';
import type { Agent, SignInAdvice } from '../../ports/agent.ts';
import type { Source, SourceProblem } from '../../ports/source.ts';
import type { Ports } from '../../supervisor/world.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import { homeOf, openPorts, repoAt, repositoryNoted, siteHere, workableRepoAt } from '../compose.ts';
import { exitCodes, printJson, type CliContext } from '../context.ts';
import { accountUseHere, lookAtAgents, signInAdvice, type AgentView } from '../../api/agents.ts';
import { paint } from '../paint.ts';
import { keptFrom, problemsOf } from '../../supervisor/prepare/protect.ts';
import { broken, type Check } from './doctor-check.ts';
import { forgeChecks } from './doctor-forge.ts';

export async function doctor(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const checks = [
    ...(await Promise.all([
      guarded('git', () => git(this)),
      guarded('config', () => configuration(this)),
      guarded('trust', () => trust(this)),
      guarded('disk', () => disk(this)),
      guarded('clock', clock),
    ])),
    ...(await deliveryEnvironment(this)),
    ...(await repository(this)),
    ...(await stateAndAgents(this)),
  ];
  if (checks.some((check) => check.state === 'broken')) this.exit = exitCodes.failed;
  if (flags.json === true) return printJson(this, checks);
  const { good, bad, bold } = paint(this.out);
  const mark = { ok: good('ok'), warning: bold('warn'), broken: bad('BROKEN') };
  this.out.write(table(checks.map((check) => [mark[check.state], check.name, check.found, check.todo === null ? '' : `→ ${check.todo}`])));
}

async function guarded(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    return broken(name, error);
  }
}

/** Everything that is used here, such as `worktree add --no-track`, exists in git 2.30. */
const oldestGit = [2, 30];

async function git(context: CliContext): Promise<Check> {
  const { execa } = await import('execa');
  const answer = await execa('git', ['--version'], { reject: false, timeout: 10_000, env: context.env, extendEnv: false });
  if (answer.exitCode !== 0) return { name: 'git', state: 'broken', found: 'git does not run', todo: 'install git 2.30 or later' };
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(answer.stdout) ?? []).map(Number);
  const old = major < (oldestGit[0] ?? 0) || (major === oldestGit[0] && minor < (oldestGit[1] ?? 0));
  return { name: 'git', state: old ? 'broken' : 'ok', found: answer.stdout.trim(), todo: old ? 'install git 2.30 or later' : null };
}

async function configuration(context: CliContext): Promise<Check> {
  const { settings } = await loadSettings({ env: context.env, repo: await repoAt(context.cwd), flags: {} });
  return { name: 'config', state: 'ok', found: `default model ${settings.models.default}`, todo: null };
}

async function trust(context: CliContext): Promise<Check> {
  const repo = await repoAt(context.cwd);
  const configured = await loadSettings({ env: context.env, repo, flags: {} }).catch(nullFor('config'));
  if (configured === null)
    return {
      name: 'trust',
      state: 'warning',
      found: 'the configuration cannot be read',
      todo: 'fix the problem that the check of the configuration reports',
    };
  const told = repo === null ? null : distrustOf({ ...configured.settings, repo });
  const found = repo === null ? 'only your own configuration applies here' : 'nothing needs your trust';
  if (told === null) return { name: 'trust', state: 'ok', found, todo: null };
  return { name: 'trust', state: 'warning', found: told.message, todo: told.hint };
}

/** A wrong configuration and an unreadable repository are reported by checks of their own. */
async function deliveryEnvironment(context: CliContext): Promise<Check[]> {
  const name = 'delivery';
  try {
    const { settings } = await loadSettings({ env: context.env, repo: await repoAt(context.cwd), flags: {} });
    const notes = deliveryEnvironmentNotes({ env: context.env, delivery: settings.delivery });
    return notes.map(({ message, hint }) => ({ name, state: 'warning', found: message, todo: hint }));
  } catch (error) {
    return faultOf(error) === null ? [broken(name, error)] : [];
  }
}

/** Returns nothing outside of a repository. A wrong configuration is reported by its own check. */
async function repository(context: CliContext): Promise<Check[]> {
  const name = 'repository';
  try {
    const root = await workableRepoAt(context.cwd);
    if (root === null) return [];
    const configured = await loadSettings({ env: context.env, repo: root, flags: {} }).catch(nullFor('config'));
    if (configured === null) return [];
    const { facts, notes } = await repositoryNoted({ root, delivery: configured.settings.delivery });
    const from = facts.remote === null ? `${facts.defaultBranch}, without a remote` : `${facts.remote}/${facts.defaultBranch}`;
    return [
      { name, state: 'ok', found: `${root}, from ${from}`, todo: null },
      ...notes.map(({ message, hint }): Check => ({ name, state: 'warning', found: message, todo: hint })),
    ];
  } catch (error) {
    return [broken(name, error)];
  }
}

/** Room for the worktrees and transcripts of a few workers. With less, files end up half written. */
const leastDisk = 1 << 30;

async function disk(context: CliContext): Promise<Check> {
  const { root } = homeOf(context);
  // The state home does not exist before its first use.
  const facts = (await statfs(root).catch(nullFor('ENOENT'))) ?? (await statfs(context.env['HOME'] ?? '/'));
  const free = facts.bavail * facts.bsize;
  const found = `${(free / 2 ** 30).toFixed(1)} GiB free at ${root}`;
  return free < leastDisk
    ? { name: 'disk', state: 'broken', found, todo: 'free some space, or set YARDMASTER_HOME to a folder on another disk' }
    : { name: 'disk', state: 'ok', found, todo: null };
}

/**
 * This program was built later than this, so an earlier clock is wrong. A wrong clock breaks certificates, records and
 * back-off.
 */
const sane = Date.UTC(2026, 0, 1);

function clock(): Promise<Check> {
  const now = systemClock.now();
  const found = new Date(now).toISOString();
  return Promise.resolve(
    now < sane
      ? { name: 'clock', state: 'broken', found, todo: 'set the clock: certificates and schedules depend on it' }
      : { name: 'clock', state: 'ok', found, todo: null },
  );
}

async function stateAndAgents(context: CliContext): Promise<Check[]> {
  let opened;
  try {
    opened = await openPorts(context);
  } catch (error) {
    return [broken('database', error)];
  }
  try {
    const { ports, home } = opened;
    const counted = await ports.store.tasks({});
    const database: Check = { name: 'database', state: 'ok', found: `${counted.length} tasks in ${home.database}`, todo: null };
    // A failure is reported by the check of the configuration, which makes the same call.
    const repo = await repoAt(context.cwd).catch(() => null);
    const { settings } = await loadSettings({ env: context.env, repo, flags: {} });
    const views = await lookAtAgents({
      site: await siteHere({ around: context, host: ports.host }),
      settings,
      agents: ports.agents,
      host: ports.host,
      vault: ports.vault,
      states: await ports.store.conditions('account'),
      now: systemClock.now(),
    });
    const usable = views.some((view) => view.version !== null);
    const accounts = await ports.vault.accounts(settings);
    const states = await ports.store.conditions('account');
    return [
      database,
      ...(repo === null ? [] : await checksOf(ports, { repo, settings })),
      ...views.map((view) => agentCheck({ view, usable, signIn: ports.agents.get(view.name)?.accounts?.advice.signIn ?? null })),
      ...accounts.flatMap((account) => [
        ...accountChecks({ account, state: states.get(account.name) ?? unseen, advice: signInAdvice(ports.agents, account) }),
        useCheck({ env: context.env, settings, account, agents: [...ports.agents.values()], views }),
      ]),
    ];
  } catch (error) {
    return [broken('agents', error)];
  } finally {
    await opened.end();
  }
}

async function checksOf(ports: Ports, given: { repo: string; settings: Settings }): Promise<Check[]> {
  const checks = [protectionChecks(ports, given), sourceChecks(ports, given.repo), forgeChecks(ports, given)];
  return (await Promise.all(checks)).flat();
}

/** Whether the repository is read-only for workers, decided as a run would decide it. */
async function protectionChecks(ports: Ports, given: { repo: string; settings: Settings }): Promise<Check[]> {
  const name = 'protection';
  if (given.settings.worker.protect === 'off')
    return [{ name, state: 'ok', found: 'off: workers can write to the repository (worker.protect)', todo: null }];
  try {
    const places = given.settings.places.use.flatMap((used) => ports.places.get(used) ?? []);
    const kept = await Promise.all(places.map((place) => keptFrom(ports, { ...given, place, writable: [] })));
    const problems = kept.flatMap(problemsOf).map(({ message, hint }): Check => ({ name, state: 'warning', found: message, todo: hint }));
    return problems.length > 0 ? problems : [{ name, state: 'ok', found: `${given.repo} is read-only for workers`, todo: null }];
  } catch (error) {
    return [broken(name, error)];
  }
}

/**
 * Reports entries of the sources that probably mean something else. A source without anything for this repository gets no
 * check.
 */
async function sourceChecks(ports: Ports, repo: string): Promise<Check[]> {
  return (await Promise.all(ports.sources.map((source) => checkSource(ports, { source, repo })))).flat();
}

async function checkSource({ store }: Ports, given: { source: Source; repo: string }): Promise<Check[]> {
  const { source, repo } = given;
  const { name } = source;
  const problems: SourceProblem[] = [];
  let tasks: number | null = null;
  try {
    for await (const news of source.read({ repo, tasks: (filter) => store.tasks(filter), isThere: async () => false })) {
      if (news.news === 'problems') for (const problem of news.problems) problems.push(problem);
      if (news.news === 'all') ({ tasks } = news);
    }
  } catch (error) {
    return [broken(name, error)];
  }
  if (tasks === null) return [];
  if (problems.length === 0) return [{ name, state: 'ok', found: `${tasks} tasks`, todo: null }];
  return problems.slice(0, 20).map(({ line, message, hint }) => {
    return { name, state: 'warning', found: line === null ? message : `line ${line}: ${message}`, todo: hint };
  });
}

function useCheck(given: {
  readonly env: CliContext['env'];
  readonly settings: Settings;
  readonly account: Account;
  readonly agents: readonly Agent[];
  readonly views: readonly AgentView[];
}): Check {
  const agents = given.agents.map(({ facts }) => ({
    ...facts,
    installed: given.views.some(({ name, installed }) => name === facts.name && installed),
  }));
  const { words, advice, address } = accountUseHere({ ...given, agents });
  const found = address === null ? words : `${words}; requests go to ${address}`;
  return { name: `account ${given.account.name}`, state: 'ok', found, todo: advice };
}

function accountChecks(given: { account: Account; state: AccountState; advice: SignInAdvice | null }): Check[] {
  const { account, state, advice } = given;
  const name = `account ${account.name}`;
  const refused = state.failed?.why ?? (state.proof?.ok === false ? state.proof.why : null);
  const warning = (found: string, todo: string | null): Check => ({ name, state: 'warning', found, todo });
  return [
    ...(state.paused === null
      ? []
      : [warning(`paused: ${conditionText(state.paused.why)}`, `to use it again: yardmaster accounts resume ${account.name}`)]),
    ...(refused === null
      ? []
      : [
          warning(
            conditionText(refused),
            `${advice?.signIn ?? 'fix the problem above'}, then run: yardmaster accounts test ${account.name}`,
          ),
        ]),
    ...(account.shared
      ? [
          warning(
            'its sign-in is shared with other processes, which can invalidate it, because its refresh tokens are single-use',
            advice?.unshared ?? null,
          ),
        ]
      : []),
  ];
}

/** One working agent is enough; a missing second one is only mentioned. */
function agentCheck(given: { view: AgentView; usable: boolean; signIn: string | null }): Check {
  const { view, usable, signIn } = given;
  const missing = usable ? 'warning' : 'broken';
  if (!view.installed)
    return { name: view.name, state: missing, found: 'not installed', todo: `install it, or set agents.${view.name}.path` };
  if (view.version === null)
    return {
      name: view.name,
      state: 'broken',
      found: `${view.path ?? ''} does not report its version`,
      todo: 'run it by hand to see why, or install it again',
    };
  if (view.auth.state === 'none')
    return {
      name: view.name,
      state: 'warning',
      found: `${view.version}, no credential found`,
      todo: signIn,
    };
  return {
    name: view.name,
    state: 'ok',
    found: `${view.version}, account ${view.auth.kind ?? ''}${view.auth.state === 'ok' ? ': its sign-in was proved' : ' (run yardmaster accounts test to prove its sign-in)'}`,
    todo: null,
  };
}
