// Ends a tree of processes: TERM, a time of grace, KILL, and looks until none is left, bounded in time. Two things
// make a process ours: it carries the marker, or it is in the group of a leader that is proved to be ours (or whose
// group holds a carrier). Nothing else is touched. Zombies do not count as left.
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, markerName, processes, signal, signalGroup } from './processes.ts';
import type { Found, Process } from './processes.ts';

/** Between two looks at known processes: two small reads of /proc each. */
const lookMs = 25;
/** What a leader gets to write down how its child ended, once that was killed. */
const spareMs = 200;
/** After KILL only uninterruptible waits of the kernel keep a process; it is not worth waiting for them for long. */
const killMs = 5000;

export interface Tree {
  readonly marker: string;
  readonly leader: { readonly pid: number; readonly startTime: string; readonly group: number };
  /** False when the reference is of an earlier start of the machine: then only the marker counts. */
  readonly sameBoot: boolean;
  /** The leader is to be killed last, because it reports on the others. */
  readonly leaderLast: boolean;
}

type Find = () => Promise<readonly Found[]>;

export async function endTree(tree: Tree, options: { readonly graceMs: number }): Promise<readonly number[]> {
  const find = finder(tree);
  let found = await terminate({ find, graceMs: options.graceMs });
  if (found.length === 0) return [];
  if (tree.leaderLast) {
    for (const one of found) if (one.pid !== tree.leader.pid) signal(one, 'SIGKILL');
    await gone(found, performance.now() + spareMs);
    found = await find();
  }
  const until = performance.now() + killMs;
  while (found.length > 0 && performance.now() < until) {
    if (found.some((one) => one.group === tree.leader.group && isAlive(one))) signalGroup(tree.leader.group, 'SIGKILL');
    for (const one of found) signal(one, 'SIGKILL');
    await gone(found, Math.min(until, performance.now() + 4 * lookMs));
    found = await find();
  }
  return found.map((one) => one.pid);
}

/** TERM to each once (a second one means "at once" to some programs), also to those that are forked meanwhile; answers who is left. */
async function terminate(given: { readonly find: Find; readonly graceMs: number }): Promise<readonly Found[]> {
  const told = new Set<string>();
  const until = performance.now() + given.graceMs;
  let found = await given.find();
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
  const group = tree.sameBoot && leader.group > 1 ? leader.group : null;
  // A group keeps its number while it has members: it stays ours as long as one is left of those that were.
  const proved = new Set<string>([key(leader)]);
  const look = (): readonly Found[] => {
    const found = processes.find({ entry: `${markerName}=${tree.marker}`, group });
    const ours = found.some((one) => one.group === group && (one.carries || proved.has(key(one))));
    const kept = ours ? found : found.filter((one) => one.carries);
    for (const one of kept) proved.add(key(one));
    return kept;
  };
  return async () => {
    const found = look();
    if (found.length > 0) return found;
    // A process that is in the middle of `exec` shows no environment for a moment: "none" is believed the second time.
    await sleep(lookMs);
    return look();
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
