// Runs a command that takes over the terminal. It shares our process group, so the terminal's keys reach it, and this
// process ignores them until it has ended. A program that dies in full-screen mode leaves the terminal in raw mode, on its
// alternate screen and with the mouse enabled: the settings that `stty` reported before are restored, and the rest is
// switched off.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Exit } from '../../core/transcript/transcript.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import { launchFault, layFiles } from './launch.ts';
import { exitSeen } from './worker-folder.ts';

/** For a command that ignores TERM. */
const graceMs = 5000;

/**
 * Alternate screen, mouse, focus events, bracketed paste, keyboard modes, cursor, colours. 1047 instead of 1049: the
 * latter would also move the cursor back to where it was before, over the command's last words; we move it to the last
 * line instead.
 */
const switchOff =
  '\u001b[?1047l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?1004l\u001b[?2004l\u001b[<u\u001b[>4;0m\u001b[?25h\u001b[0m\u001b[9999;1H\r\n';

export async function seat(spec: CommandSpec, started: (pid: number) => Promise<void>): Promise<Exit> {
  const before = terminalState();
  const { promise, resolve, reject } = Promise.withResolvers<Exit>();
  try {
    layFiles(spec.files);
    const child = spawn(spec.file, spec.args, { cwd: spec.cwd, env: spec.env.set, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(exitSeen(code, signal)));
    const keys = keepStill(child);
    if (child.pid !== undefined) {
      await started(child.pid).catch(async (error: unknown) => {
        child.kill('SIGTERM');
        await promise;
        throw error;
      });
    }
    const exit = await promise.finally(() => keys.stop());
    if (exit.code !== 0 && before !== null) process.stdout.write(switchOff);
    return exit;
  } catch (error) {
    throw launchFault({ what: `${spec.file} could not be started`, cwd: spec.cwd, error });
  } finally {
    if (before !== null) spawnSync('stty', [before], { stdio: ['inherit', 'ignore', 'ignore'] });
  }
}

/** In the form that `stty` itself accepts; null if there is no terminal. */
function terminalState(): string | null {
  const told = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return told.status === 0 ? told.stdout.trim() : null;
}

/** Signals from the keyboard are meant for the command; signals that other processes send us are passed on. */
function keepStill(child: ChildProcess): { stop(): void } {
  let kill: NodeJS.Timeout | undefined;
  const nothing = (): void => {};
  const end = (): void => {
    child.kill('SIGTERM');
    kill ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const handlers = { SIGINT: nothing, SIGQUIT: nothing, SIGTERM: end, SIGHUP: end } as const;
  const names = Object.keys(handlers) as (keyof typeof handlers)[];
  for (const name of names) process.on(name, handlers[name]);
  return {
    stop: () => {
      clearTimeout(kill);
      for (const name of names) process.off(name, handlers[name]);
    },
  };
}
