// Phase 3b: follows the pull requests of delivered tasks. At each host, one supervisor at a time looks at all of them in a
// round, as often as their standing calls for, and carries out what the rules say. A round runs beside the pulse; everything
// it does can be repeated, because each effect is looked for before it is made, or recorded before.
import { roundAfter, roundAfterFault, type ForgeState, type Unable } from '../../core/delivery/rounds.ts';
import type { Task } from '../../core/task/task.ts';
import { second, type Duration, type Instant } from '../../core/time.ts';
import type { World } from '../world.ts';
import { followed } from './followed.ts';
import { round, type Round } from './round.ts';

/** A supervisor of another machine is replaced if it did nothing for this time; one that is known to be gone, at once. */
const leadFor: Duration = 60 * second;

export async function followPulls(world: World): Promise<string | null> {
  const tasks = await followed(world);
  const hosts = Map.groupBy(tasks, (task) => hostOf(task));
  let begun = 0;
  for (const [host, of] of hosts) {
    if (host === null || !isDue(world, { host, tasks: of })) continue;
    if (world.memory.inflight.start(`forge ${host}`, (signal) => lead(world, { host, signal }))) begun += 1;
  }
  for (const host of world.memory.rounds.keys()) if (!hosts.has(host)) world.memory.rounds.delete(host);
  return begun === 0 ? null : `pull requests at ${begun} ${begun === 1 ? 'host' : 'hosts'} are looked at`;
}

function hostOf({ delivery }: Task): string | null {
  return delivery?.pull?.repository.host ?? null;
}

/** When the next round is due at any host; Infinity: none is. */
export function nextRound({ memory }: Pick<World, 'memory'>): Instant {
  return Math.min(Infinity, ...[...memory.rounds.values()].map(({ next }) => next));
}

/** When the last round at any host ended; -Infinity: there was none. */
export function lastRound({ memory }: Pick<World, 'memory'>): Instant {
  return Math.max(-Infinity, ...[...memory.rounds.values()].map(({ at }) => at));
}

/** A task that changed since the last round is looked at at once: a person asked for a merge, or a worker has answered. */
function isDue({ memory, clock }: World, { host, tasks }: { readonly host: string; readonly tasks: readonly Task[] }): boolean {
  const last = memory.rounds.get(host);
  if (last === undefined || clock.now() >= last.next || clock.now() < last.at) return true;
  const { looked } = last;
  return looked !== null && tasks.some(({ key, state, updatedAt }) => state !== 'running' && looked.get(key) !== updatedAt);
}

/** Only one supervisor uses up the host's requests, however many there are. */
async function lead(world: World, given: { readonly host: string; readonly signal: AbortSignal }): Promise<void> {
  const { host, signal } = given;
  const now = world.clock.now();
  const before = (await world.store.conditions('forge')).get(host)?.holder ?? null;
  const isGone = before !== null && world.host.isGone(before);
  const state = await world.store.changeCondition({
    kind: 'forge',
    name: host,
    change: (seen) => {
      const isTaken =
        seen !== null && seen.holder !== world.holder && !(isGone && seen.holder === before) && now >= seen.at && now - seen.at < leadFor;
      return isTaken ? seen : { ...seen, holder: world.holder, at: now, points: seen?.points ?? null };
    },
  });
  if (state.holder !== world.holder) {
    world.memory.rounds.set(host, { at: now, next: state.at + leadFor, looked: null, away: false });
    return;
  }
  const leading = new AbortController();
  void keepLead(world, { host, signal: AbortSignal.any([signal, leading.signal]) });
  try {
    const { looked, points, ...more } = await round(world, { host, signal, spent: state.points?.spent ?? [] });
    const at = world.clock.now();
    const unable = unableAfter(world, { host, fault: more.fault });
    const away = more.fault?.code === 'forge-away' || more.fault?.code === 'forge-limited';
    world.memory.rounds.set(host, { at, next: nextAfter({ ...more, points, now: at }), looked, away });
    await world.store.changeCondition({ kind: 'forge', name: host, change: leadingStill({ holder: world.holder, at, points, unable }) });
  } finally {
    leading.abort();
  }
}

function nextAfter(given: Omit<Round, 'looked'> & { readonly now: Instant }): Instant {
  const { fault, pause, now } = given;
  return fault === null ? roundAfter(given) : roundAfterFault({ until: fault.data['until'], pause, now });
}

/** What kept a round from looking at the pull requests. */
function unableAfter({ memory, clock }: World, { host, fault }: { readonly host: string; readonly fault: Round['fault'] }): Unable | null {
  const answer = memory.signIns.get(host)?.answer;
  const at = clock.now();
  if (answer?.signedIn === false) return { at, message: answer.message, hint: answer.hint, lasts: answer.why !== 'away' };
  if (fault === null) return null;
  return { at, message: fault.message, hint: fault.hint, lasts: fault.code !== 'forge-away' && fault.code !== 'forge-limited' };
}

/** A round may take long: commands that verify what was merged run in it. Until it ends, nobody else takes the lead. */
async function keepLead(world: World, { host, signal }: { readonly host: string; readonly signal: AbortSignal }): Promise<void> {
  for (;;) {
    await world.clock.sleep(leadFor / 3, signal);
    if (signal.aborted) return;
    const change = leadingStill({ holder: world.holder, at: world.clock.now() });
    // If it cannot be stored, the round itself fails as well.
    await world.store.changeCondition({ kind: 'forge', name: host, change }).catch(() => undefined);
  }
}

/** A supervisor that was stopped for a while may have been replaced: it does not take the lead back. */
function leadingStill(state: Omit<ForgeState, 'points'> & Partial<ForgeState>): (seen: ForgeState | null) => ForgeState {
  return (seen) => (seen === null || seen.holder === state.holder ? { points: null, ...seen, ...state } : seen);
}
