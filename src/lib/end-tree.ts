// Ends a tree of processes: TERM, a time of grace, KILL, and looks until none is left, bounded in time. Two things
// make a process ours: it carries the marker, or it is in the group of a leader that is proved to be ours (or whose
// group holds a carrier). Nothing else is touched. Zombies do not count as left.
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { groupExists, isAlive, processes, signal, signalGroup } from './processes.ts';
import type { Marker, Process } from './process-table.ts';

/** Between two looks at known processes: two small reads of /proc each. */
const lookMs = 25;
/** What a leader gets to write down how its child ended, once that was killed. */
const spareMs = 200;
/** After KILL only uninterruptible waits of the kernel keep a process; it is not worth waiting for them for long. */
const killMs = 5000;

export interface Tree {
  readonly marker: Marker;
  /** null: only the marker counts, because there is no reference or it is of an earlier start of the machine. */
  readonly leader: { readonly pid: number; readonly startTime: string; readonly group: number } | null;
  /** The leader is to be killed last, because it reports on the others. */
  readonly leaderLast: boolean;
}

type Find = () => Promise<readonly Process[]>;

export async function endTree(tree: Tree, options: { readonly graceMs: number }): Promise<readonly number[]> {
  const find = finder(tree);
  let found = await terminate({ find, group: tree.leader?.group ?? null, graceMs: options.graceMs });
  if (found.length === 0) return [];
  if (tree.leaderLast) {
    for (const one of found) if (one.pid !== tree.leader?.pid) signal(one, 'SIGKILL');
    await gone(found, performance.now() + spareMs);
    found = await find();
  }
  const until = performance.now() + killMs;
  while (found.length > 0 && performance.now() < until) {
    const member = found.find((one) => one.group === tree.leader?.group && isAlive(one));
    if (member !== undefined) signalGroup(member.group, 'SIGKILL');
    const taken = found.filter((one) => signal(one, 'SIGKILL'));
    // None of them is ours to signal: waiting would not change it.
    if (taken.length === 0 && found.every((one) => isAlive(one))) break;
    await gone(found, Math.min(until, performance.now() + 4 * lookMs));
    found = await find();
  }
  return found.map((one) => one.pid);
}

/** TERM to each once (a second one means "at once" to some programs), also to those that are forked meanwhile; answers who is left. */
async function terminate(given: { readonly find: Find; readonly group: number | null; readonly graceMs: number }) {
  const told = new Set<string>();
  const until = performance.now() + given.graceMs;
  let found = await given.find();
  const inGroup = found.filter((one) => one.group === given.group);
  // The first word goes to the whole group at once: one by one, each could hand its work to a child before its turn.
  if (inGroup.some((one) => isAlive(one) && signalGroup(one.group, 'SIGTERM'))) for (const one of inGroup) told.add(key(one));
  while (found.length > 0) {
    for (const one of found) if (!told.has(key(one))) signal(one, 'SIGTERM');
    for (const one of found) told.add(key(one));
    await gone(found, until);
    found = await given.find();
    if (performance.now() >= until) break;
  }
  return found;
}

function finder(tree: Tree): Find {
  const { leader } = tree;
  // A group keeps its number while it has members: it stays ours as long as one is left of those that were.
  const proved = new Set<string>(leader === null ? [] : [key(leader)]);
  const look = async (): Promise<{ readonly found: readonly Process[]; readonly settled: boolean }> => {
    const { carriers, settled } = processes.carriers(tree.marker);
    const found = new Map<string, Process>(carriers.map((one) => [key(one), one]));
    if (leader !== null && groupExists(leader.group)) {
      // A turn for others: with a thousand processes each of the two scans blocks for ten milliseconds and more.
      await turn();
      const members = processes.members(leader.group);
      if (members.some((one) => found.has(key(one)) || proved.has(key(one)))) for (const one of members) found.set(key(one), one);
    }
    for (const one of found.keys()) proved.add(one);
    return { found: [...found.values()], settled };
  };
  return async () => {
    const first = await look();
    if (first.found.length > 0) return first.found;
    // "None" is believed the second time: a child may be forked behind the scan's back by a parent that ends before
    // the scan comes to it. Time is given only to those that were seen in the middle of `exec`.
    await (first.settled ? turn() : sleep(lookMs));
    return (await look()).found;
  };
}

function key(one: { readonly pid: number; readonly startTime: string }): string {
  return `${one.pid} ${one.startTime}`;
}

/** Resolves when all of them are gone, or at the time given. Most go within a millisecond or two. */
async function gone(these: readonly Process[], until: number): Promise<void> {
  for (let pause = 2; ; pause = lookMs) {
    await sleep(Math.max(1, Math.min(pause, until - performance.now())));
    if (performance.now() >= until || !these.some((one) => isAlive(one))) return;
  }
}
