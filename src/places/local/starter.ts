// Starts a program that waits at a gate, through a small shell that is kept ready. The cost of a fork grows with the size
// of the forking process, and blocks everything else: each worker held a supervisor up for 5 ms. The shell waits for the
// program's end, reports it, and is ready for another one. It ends with us, or after the program if that lives longer.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { processes, signal } from '../../lib/processes.ts';
import { shellWord } from '../../lib/shell-word.ts';

/**
 * The program prints `at PID` on its standard output when it runs, reads a line from its standard input (at end of file
 * it gives up), and prints `off` when it goes on. We may be dead by then, and it must survive that.
 */
export interface StartSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** An open file that becomes its file descriptor 3; null for none. */
  readonly table: number | null;
}

export interface AtGate {
  readonly pid: number;
  /** Opens the gate. Also resolves if the program is gone already, which a later look finds out. */
  open(): Promise<void>;
  /** Ends the program, and resolves when it has ended. */
  giveUp(): Promise<void>;
  /** Resolves when the program has ended. */
  readonly exited: Promise<void>;
}

/** From util-linux: gives the program a session of its own. */
const setsid = '/usr/bin/setsid';

/** Variables that some shells reserve for themselves. */
const ofShells = /^(?:_|E?UID|PPID|GROUPS|BASH\w*|FUNCNAME|SHELLOPTS|IFS|OPTIND|LINENO|RANDOM|SECONDS)$/;

/** Only a shell that hangs takes this long to start a program. */
const startMs = 15_000;

/** How many shells are kept ready, at about 0.2 MB each. */
const mostReady = 32;

const ready: Shell[] = [];

/** Rejects if the program cannot be started. */
export async function startAtGate(spec: StartSpec): Promise<AtGate> {
  // If the shell cannot do it, we start the program ourselves, or find out why that is impossible.
  return (isForShells(spec) ? await startByShell(spec) : null) ?? startByOurselves(spec);
}

function isForShells({ args, env, table }: StartSpec): boolean {
  const names = Object.keys(env);
  const plain = names.every((name) => /^[A-Za-z_]\w*$/.test(name) && !ofShells.test(name));
  const words = [...args, ...Object.values(env)];
  return plain && !words.some((word) => word.includes('\0')) && existsSync(setsid) && (table === null || isProcOurs());
}

/** False in a PID namespace whose /proc belongs to another one: there, our pid is a stranger's. */
function isProcOurs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

async function startByOurselves({ file, args, cwd, env, table }: StartSpec): Promise<AtGate> {
  const files = table === null ? [] : [table];
  const child: ChildProcess = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'ignore', 'ignore', ...files] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  await once(child, 'spawn');
  // From here on, an `error` event can only be a signal that could not be sent.
  child.on('error', () => {});
  const gate = child.stdin;
  gate?.on('error', () => {});
  const open = async (): Promise<void> => {
    await new Promise<void>((resolve) => (gate === null ? resolve() : gate.end('go\n', () => resolve())));
    gate?.destroy();
    child.unref();
  };
  const giveUp = (): Promise<void> => {
    // It is still our own child, so its pid cannot belong to another process, and it has not passed the gate.
    child.kill('SIGKILL');
    return exited;
  };
  return { pid: child.pid ?? 0, exited, open, giveUp };
}

interface Shell {
  /** Null if the shell did not start the program. */
  run(line: string): Promise<AtGate | null>;
}

async function startByShell(spec: StartSpec): Promise<AtGate | null> {
  const line = lineOf(spec);
  // Somebody may have ended a shell while it was kept ready.
  const gate = await ready.pop()?.run(line);
  return gate ?? openShell().run(line);
}

function lineOf({ file, args, cwd, env, table }: StartSpec): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)}`);
  const words = [...variables, setsid, ...[file, ...args].map(shellWord)].join(' ');
  const third = table === null ? '3<&-' : `3</proc/${process.pid}/fd/${table}`;
  // In the foreground, because a shell starts background jobs with INT and QUIT ignored. PWD and OLDPWD would be passed on.
  // The end is reported on a line of its own, because some shells abandon a line in which a variable cannot be set.
  return `cd ${shellWord(cwd)} && unset PWD OLDPWD && ${words} <&3 ${third}\necho "ended $?"; cd /\n`;
}

function openShell(): Shell {
  const child: ChildProcess = spawn('/bin/sh', { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'ignore', 'pipe'] });
  let job: Job | null = null;
  let gone = false;
  const lose = (): void => {
    gone = true;
    job?.lost();
  };
  child.on('error', lose);
  child.once('close', lose);
  const { stdin, stdout } = child;
  // If no file descriptor is left, there are no pipes, and not even a list of them, whatever the types say.
  const gate = (child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Writable | null | undefined;
  if (!stdin || !stdout || !gate) return { run: () => Promise.resolve(null) };
  for (const pipe of [stdin, gate]) pipe.on('error', () => {});
  // The shell must not keep a command alive that has nothing more to do.
  child.unref();
  for (const pipe of [stdin, stdout, gate]) (pipe as Socket).unref();
  createInterface({ input: stdout }).on('line', (said) => job?.hear(said));
  const shell: Shell = {
    run: async (line) => {
      if (gone) return null;
      const hung = setTimeout(() => {
        child.kill('SIGKILL');
        lose();
      }, startMs);
      job = newJob({
        gate,
        keepAlive: () => (stdout as Socket).ref(),
        over: (reusable) => {
          job = null;
          (stdout as Socket).unref();
          if (reusable && ready.length < mostReady) ready.push(shell);
          else for (const pipe of [stdin, gate]) pipe.end();
        },
      });
      stdin.write(line);
      return job.started.finally(() => clearTimeout(hung));
    },
  };
  return shell;
}

interface Job {
  readonly started: Promise<AtGate | null>;
  hear(said: string): void;
  /** The shell is gone. */
  lost(): void;
}

function newJob(given: {
  readonly gate: Writable;
  /** Keeps this process alive until the program's end. */
  readonly keepAlive: () => void;
  /** Called when the program has ended; the argument says whether the shell can start another one. */
  readonly over: (reusable: boolean) => void;
}): Job {
  const { gate } = given;
  const started = Promise.withResolvers<AtGate | null>();
  const exited = Promise.withResolvers<void>();
  const end = (reusable: boolean): void => {
    started.resolve(null);
    exited.resolve();
    given.over(reusable);
  };
  const begin = (pid: number): void => {
    const one = processes.look(pid);
    started.resolve({
      pid,
      exited: exited.promise,
      open: () => new Promise((resolve) => gate.write('go\n', () => resolve())),
      giveUp: () => {
        given.keepAlive();
        gate.end();
        // A stopped shell does not notice the end of its input.
        if (one !== null) signal(one, 'SIGKILL');
        return exited.promise;
      },
    });
  };
  let off = false;
  return {
    started: started.promise,
    hear: (said) => {
      const [word, value] = said.split(' ');
      if (word === 'at') begin(Number(value));
      else if (word === 'off') off = true;
      // A word left unread would open the next program's gate.
      else if (word === 'ended') end(off);
    },
    lost: () => end(false),
  };
}
