// The world of a supervisor in this process: its identity, its scope, and what wakes it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { minute } from '../core/time.ts';
import type { FeedEvent } from '../ports/feed-store.ts';
import { endWaits } from '../supervisor/held.ts';
import { collectForFeed } from '../supervisor/feed.ts';
import { listen, ring } from '../lib/bell.ts';
import type { SupervisorEvent } from '../supervisor/events.ts';
import type { Waker } from '../supervisor/run.ts';
import { newMemory, type Scope, type World } from '../supervisor/world.ts';
import type { Opened } from './compose.ts';
import { loadSettings, type Flags } from '../config/load.ts';
import type { CliContext } from './context.ts';
import { notifier } from './notify.ts';

export interface Made {
  readonly world: World;
  readonly pollMs: number;
  readonly waker: Waker;
  readonly end: () => void;
}

export async function makeWorld(
  context: CliContext,
  given: { opened: Opened; scope: Scope; flags: Flags; emit: (event: SupervisorEvent) => void },
): Promise<Made> {
  const { opened, scope, emit } = given;
  const { ports, home } = opened;
  const waker = newWaker();
  // Settings that apply to all repositories at once come from the repository in view, or else from the user's own file.
  const { settings } = await loadSettings({ env: context.env, repo: scope.repo, flags: given.flags });
  const { vault } = ports;
  vault.know(settings);
  const unfed: FeedEvent[] = [];
  const said = unrepeated(
    (event) => {
      const masked = vault.masked(event);
      collectForFeed(unfed, { event: masked, at: ports.clock.now() });
      emit(masked);
    },
    () => ports.clock.now(),
  );
  const tell = notifier({
    env: context.env,
    host: ports.host,
    settings: async (repo) => (repo === null ? settings : ports.settings(repo)),
    bell: () => context.err.ring(),
  });
  const world: World = {
    ...ports,
    // The host identity comes first, so that the next supervisor need not wait until the leases of a dead one run out.
    holder: `${ports.host.identity()}|${randomUUID()}`,
    scope,
    concurrency: settings.supervisor.concurrency,
    emit: said,
    notify: (notice) => tell(vault.masked(notice)),
    wake: waker.wake,
    memory: { ...newMemory({ emit: said, wake: waker.wake }), unfed },
  };
  await ring(home.bell);
  const repos = scope.repo === null ? await ports.store.repos() : [scope.repo];
  const watched = [home.bell, ...repos.map((repo) => join(repo, 'TODO.md'))].map((file) => listen({ file, onRing: waker.wake }));
  return {
    world,
    pollMs: settings.supervisor.pollMs,
    waker,
    end: () => {
      for (const one of watched) one.stop();
      endWaits(world);
    },
  };
}

/**
 * A lasting problem is reported once a minute, not at every pulse: on a full disk the log would be the next file to fill
 * it.
 */
function unrepeated(emit: World['emit'], now: () => number): World['emit'] {
  const told = new Map<string, number>();
  return (event) => {
    if (event.type !== 'warning') return emit(event);
    const at = now();
    const { task, attempt, code, message } = event;
    const key = JSON.stringify([task, attempt, code, message]);
    for (const [known, when] of told) if (Math.abs(at - when) >= minute) told.delete(known);
    if (told.has(key)) return;
    told.set(key, at);
    emit(event);
  };
}

function newWaker(): Waker & { wake: () => void } {
  let pending = false;
  let resolve: (() => void) | null = null;
  return {
    wake: () => {
      pending = true;
      resolve?.();
    },
    woken: (signal) =>
      new Promise((done) => {
        resolve = done;
        if (pending || signal.aborted) done();
        else signal.addEventListener('abort', () => done(), { once: true });
      }),
    taken: () => {
      const was = pending;
      pending = false;
      return was;
    },
  };
}
