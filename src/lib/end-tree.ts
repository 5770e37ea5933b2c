// Ends a tree of processes: TERM, a time of grace, KILL, and repeated searches until none is left, bounded in time. A
// process is ours if it carries the marker, or if it is in the group of a leader that is proved to be ours (or in a group
// that contains a carrier). No other process is touched. Zombies do not count as left.
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { groupExists, isAlive, processes, signal, signalGroup } from './processes.ts';
import type { Marker, Process } from './process-table.ts';

/** The pause between two checks of known processes; each check takes two small reads of /proc. */
const lookMs = 25;
/** How long a leader may take to record how its child ended, after that child was killed. */
const spareMs = 200;
/** After KILL, only uninterruptible waits in the kernel keep a process alive; waiting long for them is useless. */
const killMs = 5000;

export interface Tree {
  readonly marker: Marker;
  /** null: only the marker counts, because there is no stored reference, or it is from an earlier boot. */
  readonly leader: { readonly pid: number; readonly startTime: string; readonly group: number } | null;
  /** The leader is killed last, because it reports on the others. */
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
    // We may signal none of them, so waiting would not change anything.
    if (taken.length === 0 && found.every((one) => isAlive(one))) break;
    await gone(found, Math.min(until, performance.now() + 4 * lookMs));
    found = await find();
  }
  return found.map((one) => one.pid);
}

/**
 * Sends TERM once to each process (to some programs a second one means "at once"), including those that are forked
 * meanwhile. Returns the processes that are left.
 */
async function terminate(given: { readonly find: Find; readonly group: number | null; readonly graceMs: number }) {
  const told = new Set<string>();
  const until = performance.now() + given.graceMs;
  let found = await given.find();
  const inGroup = found.filter((one) => one.group === given.group);
  // The first signal goes to the whole group at once. Signalled one by one, each process could hand its work to a child
  // before its turn.
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
  // A group keeps its number while it has members, so it stays ours as long as one of the earlier members is left.
  const proved = new Set<string>(leader === null ? [] : [key(leader)]);
  const look = async (): Promise<{ readonly found: readonly Process[]; readonly settled: boolean }> => {
    const { carriers, settled } = processes.carriers(tree.marker);
    const found = new Map<string, Process>(carriers.map((one) => [key(one), one]));
    if (leader !== null && groupExists(leader.group)) {
      // Lets other work run: with a thousand processes, each of the two scans blocks for ten milliseconds and more.
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
    // An empty result is believed only the second time: a parent may fork a child after the scan has passed, and end before
    // the scan reaches it. A pause is needed only if some process was seen in the middle of `exec`.
    await (first.settled ? turn() : sleep(lookMs));
    return (await look()).found;
  };
}

function key(one: { readonly pid: number; readonly startTime: string }): string {
  return `${one.pid} ${one.startTime}`;
}

/** Resolves when all of them are gone, or at the given time. Most are gone within a millisecond or two. */
async function gone(these: readonly Process[], until: number): Promise<void> {
  for (let pause = 2; ; pause = lookMs) {
    await sleep(Math.max(1, Math.min(pause, until - performance.now())));
    if (performance.now() >= until || !these.some((one) => isAlive(one))) return;
  }
}
