// Phase 1a: keeps TODO.md and the issues of each repository's forge the same, where `sources.issues.sync` says so. One
// supervisor at a time leads for a repository. A sync runs beside the pulse; everything it does can be repeated.
import { Fault } from '../../core/fault.ts';
import { repositoryName } from '../../core/delivery/pull-facts.ts';
import { roundAfterFault } from '../../core/delivery/rounds.ts';
import type { Settings } from '../../core/settings.ts';
import { lastSyncOf, leadAfter, longestLead } from '../../core/sync/issues-lead.ts';
import { minute, second, type Duration, type Instant } from '../../core/time.ts';
import type { ForgeAccount } from '../../ports/forge.ts';
import type { SyncOutcome } from '../../ports/issue-sync.ts';
import { forgeSettings, forgetSignIn, locate, signIn, triedAgainHint, type AtForge } from '../forge/accounts.ts';
import { warnAgain, warnOnce } from '../warn-once.ts';
import { describe, type World } from '../world.ts';
import { syncRepository } from './sync-repository.ts';
import { tellOutcome, tellRefusal } from './tell-issues.ts';

/** How often the forge is asked whether anything has changed there. */
const askedEvery: Duration = minute;

export async function followIssues(world: World): Promise<string | null> {
  const repos = world.scope.repo === null ? await world.store.repos() : [world.scope.repo];
  let begun = 0;
  for (const repo of repos) {
    // What is wrong with a repository's settings is told by the phases that start its tasks.
    const settings = await world.settings(repo).catch(() => null);
    if (settings === null || settings.sources.issues.sync === 'off') world.memory.issues.delete(repo);
    else if (isDue(world, repo) && world.memory.inflight.start(`issues ${repo}`, (signal) => follow(world, { repo, settings, signal })))
      begun += 1;
  }
  return begun === 0 ? null : `issues of ${begun} ${begun === 1 ? 'repository' : 'repositories'} are looked at`;
}

/** When issues are next asked about; Infinity: never. */
export function nextIssues({ memory }: Pick<World, 'memory'>): Instant {
  return Math.min(Infinity, ...[...memory.issues.values()].map(({ next }) => next));
}

/** At once after a change here; while work is in progress, with a pause, because a sync costs some of the forge's requests. */
function isDue({ memory, clock, issueSync }: World, repo: string): boolean {
  const last = memory.issues.get(repo);
  const now = clock.now();
  if (last === undefined || now >= last.next || now < last.at) return true;
  const isIdle = memory.held.size === 0 && memory.inflight.size === 0;
  return last.mark !== null && (isIdle || now >= last.soonest) && (memory.moved.has(repo) || issueSync.mark(repo) !== last.mark);
}

/** Whether an issue does not say yet what has become of its task, and this supervisor is to see to that. */
export function isUnsynced({ memory }: Pick<World, 'memory'>): boolean {
  return [...memory.issues].some(([repo, { mark }]) => mark !== null && memory.moved.has(repo));
}

interface Given {
  readonly repo: string;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

async function follow(world: World, given: Given): Promise<void> {
  const { repo, settings } = given;
  const { memory, clock } = world;
  const rest = (more: { readonly mark?: string | null; readonly next?: Instant; readonly pause?: Duration }): void => {
    const at = clock.now();
    const next = more.next ?? at + askedEvery;
    memory.issues.set(repo, { at, next, soonest: Math.min(next, at + (more.pause ?? askedEvery)), mark: more.mark ?? null });
  };
  const at = await locate(world, { repo, settings });
  if (at === null) {
    const hint = 'give the remote an address at the forge, or set sources.issues.sync to off';
    warnOnce(world, { repo, code: 'no-forge', message: `${repo}: its remote is at no forge, so no issues are synced`, hint });
    return rest({});
  }
  const until = await takeLead(world, { ...given, at });
  if (until !== null) return rest({ next: until });
  const leading = new AbortController();
  void keepLead(world, { ...given, at, signal: AbortSignal.any([given.signal, leading.signal]) });
  const pause = forgeSettings({ forge: at.forge, settings }).roundSeconds * second;
  try {
    rest(await round(world, { ...given, at, pause }));
  } catch (error) {
    rest({});
    if (!(error instanceof Fault) || error.code === 'stopped') throw error;
    // A person's command does it right now.
    if (error.code === 'issues-busy') return rest({ next: clock.now() + pause });
    const { host } = at.repository;
    const isOfForge = error.code.startsWith('forge-');
    if (error.code === 'forge-refused' && error.data['status'] === 401) forgetSignIn(world, host);
    const key = isOfForge ? `forge ${host}` : `issues ${repo}`;
    warnOnce(world, { repo, ...describe(error, repo), key });
    if (error.code === 'forge-refused') await tellRefusal(world, { repo, message: error.message, hint: error.hint });
    rest({ next: isOfForge ? roundAfterFault({ until: error.data['until'], pause, now: clock.now() }) : clock.now() + askedEvery });
  } finally {
    leading.abort();
  }
}

type Lead = Given & { readonly at: AtForge };

/** Null if this supervisor leads; else until when another one does. */
async function takeLead(world: World, { repo, at }: Lead): Promise<Instant | null> {
  const now = world.clock.now();
  const before = (await world.store.conditions('issues')).get(repo)?.holder ?? null;
  const gone = before !== null && world.host.isGone(before) ? before : null;
  const mine = { forge: repositoryName(at.repository), holder: world.holder, at: now };
  const state = await world.store.changeCondition({ kind: 'issues', name: repo, change: (seen) => leadAfter({ seen, mine, gone }) });
  return state.holder === world.holder ? null : state.at + longestLead;
}

/** A sync may take long. Until it ends, nobody else takes the lead. */
async function keepLead(world: World, { repo, signal }: Lead): Promise<void> {
  for (;;) {
    await world.clock.sleep(longestLead / 3, signal);
    if (signal.aborted) return;
    const [holder, at] = [world.holder, world.clock.now()];
    // If it cannot be stored, the sync itself fails as well.
    await world.store
      .changeCondition({
        kind: 'issues',
        name: repo,
        change: (seen) => (seen?.holder === holder ? { ...seen, at } : (seen ?? { forge: '', holder, at, last: null })),
      })
      .catch(() => undefined);
  }
}

async function round(
  world: World,
  given: Lead & { readonly pause: Duration },
): Promise<{ readonly mark: string | null; readonly next?: Instant; readonly pause?: Duration }> {
  const { repo, at, settings, signal, pause } = given;
  const { memory, clock } = world;
  const answer = await signIn(world, { ...at, settings, signal });
  if (!answer.signedIn) {
    const { why, message } = answer;
    const hint = why === 'away' ? answer.hint : triedAgainHint(answer.hint);
    warnOnce(world, { repo, code: why === 'away' ? 'forge-away' : 'forge-refused', message, hint, key: `forge ${at.repository.host}` });
    // A forge that does not answer needs nobody.
    if (why !== 'away') await tellRefusal(world, { repo, message, hint });
    return { mark: null };
  }
  const account = answer.account.within(signal);
  const mark = world.issueSync.mark(repo);
  const hasMoved = memory.moved.delete(repo);
  if (!hasMoved && !(await isNews(world, { ...given, account, mark }))) return { mark, pause };
  try {
    const outcome = await syncRepository(world, { repo, settings, at, account, holder: world.holder, signal, ask: askOf(settings) });
    warnAgain(world, `forge ${at.repository.host}`);
    warnAgain(world, `issues ${repo}`);
    await tellOutcome(world, { repo, outcome });
    return { mark: outcome.mark, next: nextAfter({ account, outcome, now: clock.now() }), pause };
  } catch (error) {
    if (hasMoved) memory.moved.add(repo);
    throw error;
  }
}

/** Whether anything has changed on any side, as far as a cheap question can tell. */
async function isNews(world: World, given: Lead & { readonly account: ForgeAccount; readonly mark: string | null }): Promise<boolean> {
  const { repo, at, account, mark } = given;
  const last = lastSyncOf({ state: (await world.store.conditions('issues')).get(repo) ?? null, forge: repositoryName(at.repository) });
  const seen = world.memory.issues.get(repo)?.mark ?? null;
  if (last === null || seen === null || seen !== mark) return true;
  // Other processes change tasks as well, such as a person's `cancel`.
  const tasks = await world.store.tasks({ repo });
  if (tasks.some(({ updatedAt }) => updatedAt >= last.at)) return true;
  return (await account.issues.changedAt(at.repository)) !== last.changedAt;
}

function askOf({ sources }: Settings): Parameters<typeof syncRepository>[1]['ask'] {
  const { sync } = sources.issues;
  const flows = sync === 'pull' ? 'todo' : sync === 'push' ? 'issue' : 'both';
  return { flows, keep: new Map(), push: [], only: null, dryRun: false, waitMs: 0 };
}

/** With little left of the hour's requests, the next sync comes later. What was left out is tried again soon. */
function nextAfter({
  account,
  outcome,
  now,
}: {
  readonly account: ForgeAccount;
  readonly outcome: SyncOutcome;
  readonly now: Instant;
}): Instant {
  const { left, limit } = account.points();
  const pause = outcome.left.length > 0 ? askedEvery / 4 : askedEvery;
  return now + Math.min(5 * minute, pause / Math.min(1, Math.max((2 * left) / limit, 0.05)));
}
