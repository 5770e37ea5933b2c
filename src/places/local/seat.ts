// A command with the terminal handed over. It shares our process group, so that the terminal's keys reach it, and this
// process keeps still until it has ended. A program that dies in full-screen mode leaves the terminal raw, in its
// other screen and with the mouse on: what `stty` said before is put back, and the rest is switched off.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Exit } from '../../core/transcript/transcript.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import { launchFault, layFiles } from './launch.ts';
import { exitSeen } from './worker-folder.ts';

/** For a command that does not heed TERM. */
const graceMs = 5000;

/**
 * Other screen, mouse, focus events, bracketed paste, keyboard modes, cursor, colours. 1047 and not 1049: that one
 * would also put the cursor to where it was before, over what the command said last; it goes to the last line instead.
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

/** In the form that `stty` itself takes back; null where there is no terminal. */
function terminalState(): string | null {
  const told = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return told.status === 0 ? told.stdout.trim() : null;
}

/** What the keys send is the command's; what others send to us is passed on. */
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
