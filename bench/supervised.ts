// The parent's side of bench/supervisor.ts, and the real program as a long-lived supervisor.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { profileFlags } from './profile.ts';
import type { Ground } from './ground.ts';
import type { Stage } from './stage.ts';
import type { Mark } from './world.ts';

export interface Supervised {
  readonly pid: number;
  /** All calls so far, in the order of their ends. */
  readonly marks: readonly Mark[];
  /** Resolves once `enough` returns true for the marks; it is called whenever new ones have arrived. */
  until(enough: (marks: readonly Mark[]) => boolean): Promise<void>;
  end(): Promise<void>;
}

export async function superviseNoted(ground: Ground, given: { readonly stage: Stage; readonly name: string }): Promise<Supervised> {
  const flags = profileFlags({ folder: ground.profiles, name: given.name });
  const child = spawn(process.execPath, [...flags, ground.bundle('bench/supervisor.ts')], {
    cwd: given.stage.folder,
    env: given.stage.env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  ground.own(child);
  const marks: Mark[] = [];
  child.on('message', (told) => marks.push(...(told as Mark[])));
  const until = async (enough: (marks: readonly Mark[]) => boolean): Promise<void> => {
    while (!enough(marks)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the supervisor of ${given.name} ended`);
      const controller = new AbortController();
      const { signal } = controller;
      await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })]);
      controller.abort();
    }
  };
  await until((so) => so.some((mark) => mark.call === 'opened'));
  return {
    pid: pidOf(child),
    marks,
    until,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.send('end');
      await exit;
    },
  };
}

/** Starts `yardmaster run --all` as people run it, and discards its output. */
export function startProgram(
  ground: Ground,
  given: { readonly stage: Stage; readonly name: string; readonly args: readonly string[] },
): ChildProcess & { readonly pid: number } {
  const flags = profileFlags({ folder: ground.profiles, name: given.name });
  const child = spawn(process.execPath, [...flags, ground.program(), ...given.args], {
    cwd: given.stage.folder,
    env: given.stage.env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return Object.assign(ground.own(child), { pid: pidOf(child) });
}

/**
 * Interrupts it until it exits at once, as after a third Ctrl-C: a profile is written, and its workers are left to the
 * ground.
 */
export async function leaveProgram(child: ChildProcess): Promise<void> {
  for (let tries = 0; child.exitCode === null && child.signalCode === null; tries += 1) {
    // Two signals alternate, because a pending signal would swallow another one of the same kind.
    child.kill(tries % 2 === 0 ? 'SIGINT' : 'SIGTERM');
    await sleep(20);
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process could not be started');
  return child.pid;
}
