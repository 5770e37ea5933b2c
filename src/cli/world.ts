// A supervisor of this process: its identity, its scope, and what wakes it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { listen, ring } from '../lib/bell.ts';
import type { SupervisorEvent } from '../supervisor/events.ts';
import { newMemory, type Scope, type World } from '../supervisor/world.ts';
import type { Opened } from './compose.ts';
import { loadSettings, type Flags } from '../config/load.ts';
import type { CliContext } from './context.ts';
import { notifier } from './notify.ts';

export interface Made {
  readonly world: World;
  readonly pollMs: number;
  /** Resolves at the next wake-up; remembers one that came before. */
  readonly woken: (signal: AbortSignal) => Promise<void>;
  readonly end: () => void;
}

export async function makeWorld(
  context: CliContext,
  given: { opened: Opened; scope: Scope; flags: Flags; emit: (event: SupervisorEvent) => void },
): Promise<Made> {
  const { opened, scope, emit } = given;
  const { ports, home } = opened;
  const waker = newWaker();
  // What holds for all repositories at once comes from the one that is in view, or from the user's own file.
  const { settings } = await loadSettings({ env: context.env, repo: scope.repo, flags: given.flags });
  const world: World = {
    ...ports,
    // The identity first, so that the next supervisor need not wait for the leases of a dead one.
    holder: `${ports.place.identity()}|${randomUUID()}`,
    scope,
    concurrency: settings.supervisor.concurrency,
    emit,
    notify: notifier({
      env: context.env,
      place: ports.place,
      settings: async (repo) => (repo === null ? settings : ports.settings(repo)),
      bell: () => void (context.err.isTTY && context.err.write('\u0007')),
    }),
    wake: waker.wake,
    memory: newMemory({ emit, wake: waker.wake }),
  };
  await ring(home.bell);
  const repos = scope.repo === null ? await ports.store.repos() : [scope.repo];
  const watched = [home.bell, ...repos.map((repo) => join(repo, 'TODO.md'))].map((file) => listen({ file, onRing: waker.wake }));
  return {
    world,
    pollMs: settings.supervisor.pollMs,
    woken: waker.woken,
    end: () => {
      for (const one of watched) one.stop();
      for (const waiting of world.memory.awaited.values()) waiting.abort();
    },
  };
}

function newWaker(): { wake: () => void; woken: (signal: AbortSignal) => Promise<void> } {
  let pending = false;
  let resolve: (() => void) | null = null;
  const wake = (): void => {
    pending = true;
    resolve?.();
  };
  const woken = async (signal: AbortSignal): Promise<void> => {
    if (!pending) {
      await new Promise<void>((done) => {
        resolve = done;
        signal.addEventListener('abort', () => done(), { once: true });
      });
    }
    pending = false;
    resolve = null;
  };
  return { wake, woken };
}
