// TODO.md and the issues of a forge, as people and scripts ask about them and act on them.
import { Fault } from '../core/fault.ts';
import { repositoryName } from '../core/delivery/pull-facts.ts';
import type { Settings } from '../core/settings.ts';
import type { Field } from '../core/sync/fields.ts';
import { lastSyncOf } from '../core/sync/issues-lead.ts';
import type { ConflictOf } from '../core/sync/issues-state.ts';
import type { Side } from '../core/sync/merge-fields.ts';
import type { Pending } from '../core/sync/pending.ts';
import type { SyncFacts } from '../core/sync/sync-facts.ts';
import { minute } from '../core/time.ts';
import type { ForgeAccount } from '../ports/forge.ts';
import type { SyncAsk, SyncOutcome } from '../ports/issue-sync.ts';
import { accountAt, locate, signIn, type AtForge } from '../supervisor/forge/accounts.ts';
import { syncRepository } from '../supervisor/issues/sync-repository.ts';
import type { World } from '../supervisor/world.ts';

type IssuesWorld = Pick<World, 'store' | 'clock' | 'emit' | 'memory' | 'sources' | 'issueSync' | 'repo' | 'forges' | 'settings' | 'holder'>;

export interface IssuesAsk {
  readonly repo: string;
  readonly signal: AbortSignal;
}

interface Signed {
  readonly settings: Settings;
  readonly at: AtForge;
  readonly account: ForgeAccount;
}

/** Faults: `no-forge`, `forge-refused` and `forge-away` if nobody is signed in. */
async function signedIn(world: IssuesWorld, { repo, signal }: IssuesAsk): Promise<Signed> {
  const settings = await world.settings(repo);
  const at = await locate(world, { repo, settings });
  if (at === null) {
    const { remote } = settings.delivery;
    throw new Fault({
      code: 'no-forge',
      message: `${repo}: its remote ${remote} is at no forge that has issues`,
      hint: `give it the address of the repository at the forge: git remote add ${remote} ADDRESS (for a host of your own, add it to forge.github.hosts)`,
    });
  }
  const account = await accountAt(world, { ...at, settings, signal });
  if (account !== null) return { settings, at, account };
  const answer = await signIn(world, { ...at, settings, signal });
  const { why, message, hint } = answer.signedIn ? { why: 'none', message: 'nobody is signed in', hint: 'yardmaster doctor' } : answer;
  throw new Fault({ code: why === 'away' ? 'forge-away' : 'forge-refused', message, hint });
}

const longestWait = 2 * minute;

/** `ids`: tasks whose lines become issues, and of which alone something is carried out; none: everything. */
export async function syncIssues(
  world: IssuesWorld,
  given: IssuesAsk & { readonly flows: SyncFacts['flows']; readonly ids: readonly string[]; readonly dryRun: boolean },
): Promise<SyncOutcome> {
  const { repo, signal, flows, ids, dryRun } = given;
  const signed = await signedIn(world, given);
  const only = ids.length === 0 ? null : new Set(ids);
  const outcome = await run(world, { ...signed, repo, signal, ask: { flows, push: ids, only, dryRun, keep: new Map() } });
  const unknown = ids.filter((id) => !outcome.lines.has(id));
  if (unknown.length > 0) throw unknownTask({ id: unknown.join(', '), repo });
  return outcome;
}

function run(
  world: IssuesWorld,
  given: Signed & IssuesAsk & { readonly ask: Omit<Parameters<typeof syncRepository>[1]['ask'], 'waitMs'> },
): Promise<SyncOutcome> {
  const { ask, ...more } = given;
  return syncRepository(world, { ...more, holder: world.holder, ask: { ...ask, waitMs: longestWait } });
}

export function issuesStatus(world: IssuesWorld, given: IssuesAsk): Promise<SyncOutcome> {
  return syncIssues(world, { ...given, flows: 'both', ids: [], dryRun: true });
}

export interface Resolved {
  readonly outcome: SyncOutcome;
  readonly resolved: readonly ConflictOf[];
}

/** Settles the conflicts of a task for one side. Faults: `unknown-task`, `no-issue`, `no-conflict`. */
export async function resolveConflicts(
  world: IssuesWorld,
  given: IssuesAsk & { readonly id: string; readonly keep: Side; readonly field: Field | null; readonly dryRun: boolean },
): Promise<Resolved> {
  const { repo, signal, id, keep, field, dryRun } = given;
  const signed = await signedIn(world, given);
  const ask: SyncAskOf = { flows: 'both', push: [], only: new Set([id]), dryRun: true, keep: new Map() };
  const before = await run(world, { ...signed, repo, signal, ask });
  if (!before.lines.has(id)) throw unknownTask({ id, repo });
  if (!before.numbers.has(id))
    throw new Fault({
      code: 'no-issue',
      message: `the line of ${id} has no issue`,
      hint: `to make one, run: yardmaster issues push ${id}`,
    });
  const resolved = before.conflicts.filter((one) => one.task === id && (field === null || one.field === field));
  if (resolved.length === 0)
    throw new Fault({
      code: 'no-conflict',
      message: `there is no conflict about ${field === null ? id : `the ${field} of ${id}`}`,
      hint: 'yardmaster issues status shows all conflicts',
    });
  const kept = new Map([[id, Object.fromEntries(resolved.map((one) => [one.field, keep]))]]);
  return { resolved, outcome: await run(world, { ...signed, repo, signal, ask: { ...ask, dryRun, keep: kept } }) };
}

type SyncAskOf = Pick<SyncAsk, 'flows' | 'keep' | 'push' | 'only' | 'dryRun'>;

function unknownTask({ id, repo }: { readonly id: string; readonly repo: string }): Fault {
  return new Fault({ code: 'unknown-task', message: `TODO.md of ${repo} has no line of ${id}`, hint: 'yardmaster ls shows all tasks' });
}

/** The conflicts of a task, as of the last sync; nobody is asked. */
export async function conflictsOf(
  world: Pick<World, 'store' | 'settings' | 'repo' | 'forges'>,
  { repo, id }: { readonly repo: string; readonly id: string },
): Promise<readonly ConflictOf[]> {
  const state = (await world.store.conditions('issues')).get(repo) ?? null;
  if (state?.last == null || !state.last.conflicts.some(({ task }) => task === id)) return [];
  const at = await locate(world, { repo, settings: await world.settings(repo) });
  const last = at === null ? null : lastSyncOf({ state, forge: repositoryName(at.repository) });
  return (last?.conflicts ?? []).filter(({ task }) => task === id);
}

/** The shape that scripts rely on (`issues status --json`). Keys may be added but never changed. */
export function issuesView({ synced, conflicts, pending, notices }: SyncOutcome): Record<string, unknown> {
  return { synced, conflicts: conflicts.map(conflictView), pending: pending.map(pendingView), notices };
}

export function conflictView({ task, number, field, todo, issue, base, why }: ConflictOf): Record<string, unknown> {
  return { task, number, field, todo, issue, base, why };
}

function pendingView({ task, number, direction, field }: Pending): Record<string, unknown> {
  return { task, number, direction, field };
}

/** The shape of `issues pull|push|sync|resolve --json`. */
export function syncView(outcome: SyncOutcome): Record<string, unknown> {
  return { done: outcome.done.map(pendingView), left: outcome.left, ...issuesView(outcome) };
}
