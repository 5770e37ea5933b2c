// Runs one program, without a shell, bounded in time and output, in a session of its own: ssh cannot ask on our
// terminal, Ctrl-C there does not cut it off, and at the limit it ends with everything that it started.
// (`child_process` itself: measured 2.4 ms of our own CPU for a call against 6.1 ms through execa, and a task is calls.)
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Execution {
  /** Null when it was ended by a signal or could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly tooMuch: boolean;
  /** Why it could not be started. */
  readonly unstarted: NodeJS.ErrnoException | null;
}

/** A background process that still holds the output when the program itself has ended is not waited for longer. */
const drainMs = 2_000;

export function execute(given: {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | null;
  readonly timeoutMs: number;
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** Bytes of both streams together. */
  readonly mostOutput: number;
}): Promise<Execution> {
  const { cwd, env, input } = given;
  const child = spawn(given.program, given.args, { cwd, env, detached: true, stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  let [timedOut, tooMuch, size, ending] = [false, false, 0, false];
  let unstarted: NodeJS.ErrnoException | null = null;
  const end = (): void => {
    if (ending) return;
    ending = true;
    // TERM lets git take its own lock files away; what does not heed it is killed.
    signalGroup(child, 'SIGTERM');
    setTimeout(() => signalGroup(child, 'SIGKILL'), given.graceMs);
  };
  const limit = setTimeout(() => {
    timedOut = true;
    end();
  }, given.timeoutMs);
  const count = (bytes: number): void => {
    size += bytes;
    tooMuch ||= size > given.mostOutput;
    if (tooMuch) end();
  };
  const stdout = collect(child.stdout, count);
  const stderr = collect(child.stderr, count);
  // A program that does not read its standard input is not an error.
  child.stdin?.on('error', () => {}).end(input);
  let drain: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    drain = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()), ending ? given.graceMs : drainMs);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      unstarted ??= child.pid === undefined ? error : null;
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      clearTimeout(drain);
      resolve({ code: unstarted === null ? code : null, stdout: stdout(), stderr: stderr(), timedOut, tooMuch, unstarted });
    });
  });
}

function collect(stream: Readable | null, count: (bytes: number) => void): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    count(chunk.length);
  });
  return () =>
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    // The number stays taken while anything is left in the group, also after its leader has ended.
    process.kill(-child.pid, signal);
  } catch {
    // All of it has ended.
  }
}
