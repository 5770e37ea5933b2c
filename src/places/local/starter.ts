// Starts a program that waits at a gate, by way of a small shell that stands ready. To fork costs by the size of the process
// that forks, and all else waits meanwhile: a supervisor was held up for 5 ms by each worker. The shell waits for the end of
// the program, says so, and stands ready for another one. It ends with us, or after the program where that lives on.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { shellWord } from '../../lib/shell-word.ts';

/**
 * The program says `at PID` on its standard output when it is there, reads a line from its standard input (at the end of
 * that it gives up), and says `off` when it has gone on.
 */
export interface StartSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** An open file that it has as file descriptor 3; null: nothing. */
  readonly table: number | null;
}

export interface AtGate {
  readonly pid: number;
  /** Lets it go on. Resolves also when it is gone already: that is found by looking at it. */
  open(): Promise<void>;
  /** Resolves when it has ended. */
  giveUp(): Promise<void>;
  /** Resolves when it has ended. */
  readonly exited: Promise<void>;
}

/** Of util-linux: the program gets a session of its own. */
const setsid = '/usr/bin/setsid';

/** Some shells keep these for themselves. */
const ofShells = /^(?:E?UID|PPID|GROUPS|BASH\w*|SHELLOPTS|IFS|OPTIND|LINENO|RANDOM|SECONDS)$/;

/** As many stand ready, at some 0.2 MB each. */
const mostReady = 32;

const ready: Shell[] = [];

/** Rejects where it cannot be started. */
export function startAtGate(spec: StartSpec): Promise<AtGate> {
  const names = Object.keys(spec.env);
  const plain = names.every((name) => /^[A-Za-z_]\w*$/.test(name) && !ofShells.test(name));
  return plain && existsSync(setsid) ? startByShell(spec) : startByOurselves(spec);
}

async function startByOurselves({ file, args, cwd, env, table }: StartSpec): Promise<AtGate> {
  const files = table === null ? [] : [table];
  const child: ChildProcess = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'ignore', 'ignore', ...files] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  await once(child, 'spawn');
  // From here on an `error` can only be a signal that could not be sent.
  child.on('error', () => {});
  const gate = child.stdin;
  gate?.on('error', () => {});
  const shut = async (word: string): Promise<void> => {
    await new Promise<void>((resolve) => (gate === null ? resolve() : gate.end(word, () => resolve())));
    gate?.destroy();
    child.unref();
  };
  return { pid: child.pid ?? 0, exited, open: () => shut('go\n'), giveUp: () => shut('').then(() => exited) };
}

interface Shell {
  /** Null: somebody ended the shell before the program was there. */
  run(line: string): Promise<AtGate | null>;
}

async function startByShell(spec: StartSpec): Promise<AtGate> {
  const line = lineOf(spec);
  for (let shell = ready.pop(); shell !== undefined; shell = ready.pop()) {
    const gate = await shell.run(line);
    if (gate !== null) return gate;
  }
  const gate = await openShell().run(line);
  if (gate === null) throw new Error('the shell that was to start it was ended');
  return gate;
}

function lineOf({ file, args, cwd, env, table }: StartSpec): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)}`);
  const words = [...variables, setsid, ...[file, ...args].map(shellWord)].join(' ');
  const third = table === null ? '3<&-' : `3</proc/${process.pid}/fd/${table}`;
  // In the foreground, because a shell starts background jobs with INT and QUIT ignored. PWD and OLDPWD would be handed on.
  return `if cd ${shellWord(cwd)}; then unset PWD OLDPWD; ${words} <&3 ${third}; else (exit 127); fi; echo "ended $?"; cd /\n`;
}

function openShell(): Shell {
  const child: ChildProcess = spawn('/bin/sh', { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'ignore', 'pipe'] });
  const { stdin, stdout } = child;
  const gate = child.stdio[3] as Writable | null | undefined;
  // Where no file descriptor is left there are no pipes, whatever the types say.
  if (!stdin || !stdout || !gate) return { run: () => once(child, 'spawn').then(() => null) };
  for (const pipe of [stdin, gate]) pipe.on('error', () => {});
  // It must not keep a command alive that has nothing more to do.
  child.unref();
  for (const pipe of [stdin, stdout, gate]) (pipe as Socket).unref();
  let job: Job | null = null;
  let over: Error | 'closed' | null = null;
  child.on('error', (error) => (over ??= error));
  child.once('close', () => {
    over ??= 'closed';
    job?.lost(over);
  });
  createInterface({ input: stdout }).on('line', (said) => job?.hear(said));
  const shell: Shell = {
    run: (line) => {
      if (over === 'closed') return Promise.resolve(null);
      // What is waited for keeps us alive.
      (stdout as Socket).ref();
      job = newJob({
        gate,
        passed: () => void (stdout as Socket).unref(),
        ended: (reusable) => {
          job = null;
          if (reusable && ready.length < mostReady) ready.push(shell);
          else for (const pipe of [stdin, gate]) pipe.end();
        },
      });
      stdin.write(line);
      return job.started;
    },
  };
  return shell;
}

interface Job {
  readonly started: Promise<AtGate | null>;
  hear(said: string): void;
  /** The shell is gone. */
  lost(why: Error | 'closed'): void;
}

function newJob(given: {
  readonly gate: Writable;
  /** Nobody waits for it at the gate any more. */
  readonly passed: () => void;
  readonly ended: (reusable: boolean) => void;
}): Job {
  const { gate } = given;
  const started = Promise.withResolvers<AtGate | null>();
  const [passed, exited] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const open = (): Promise<void> => {
    gate.write('go\n');
    return passed.promise;
  };
  const giveUp = (): Promise<void> => {
    gate.end();
    return exited.promise;
  };
  const pass = (): void => {
    passed.resolve();
    given.passed();
  };
  let off = false;
  const end = (): void => {
    pass();
    exited.resolve();
    // A word that was not read would let the next one through.
    given.ended(off);
  };
  return {
    started: started.promise,
    hear: (said) => {
      const [word, value] = said.split(' ');
      if (word === 'at') started.resolve({ pid: Number(value), exited: exited.promise, open, giveUp });
      else if (word === 'off') {
        off = true;
        pass();
      } else if (word === 'ended') {
        started.reject(new Error(whyNot(value)));
        end();
      }
    },
    lost: (why) => {
      if (why === 'closed') started.resolve(null);
      else started.reject(why);
      off = false;
      end();
    },
  };
}

/** By the exit code with which shells tell it (POSIX, Shell Command Language, 2.8.2). */
function whyNot(code: string | undefined): string {
  if (code === '127') return 'its folder is missing';
  if (code === '126') return 'the system does not execute it, as where its arguments are too long';
  return `the shell that was to start it says ${code}`;
}
