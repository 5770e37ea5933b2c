// Runs one program with limits of time and output, in a session of its own: ssh cannot ask on our terminal, and Ctrl-C
// there does not interrupt the program. (`child_process` is used directly, because a call took 2.4 ms of our own CPU time
// against 6.1 ms through execa, and a task makes many calls.)
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { callLedBy } from '../lib/calls.ts';
import { watchBounds } from './bounds.ts';
import type { Bounds, Cut } from './bounds.ts';
import { notFound, startable } from './shell-words.ts';
import type { Words } from './shell-words.ts';

export interface Execution {
  /** Null if it was ended by a signal, was cut off or could not be started. */
  readonly code: number | null;
  /** Without its last line end; latin1 text if the call was made with `bytes`. */
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was ended early. */
  readonly cut: Cut | null;
  /** Why it could not be started. */
  readonly unstarted: NodeJS.ErrnoException | null;
}

/** How long to wait for a background process that still holds the output after the program has ended. */
const drainMs = 2_000;

export function execute(
  given: Words &
    Bounds & {
      readonly env: Readonly<Record<string, string>>;
      /** Latin1 text if the call is made with `bytes`. */
      readonly input: string;
      /** Gets standard output as it arrives; that output counts for no limit and is not part of the answer. */
      readonly take?: (chunk: Buffer) => void;
    },
): Promise<Execution> {
  const { file, args, cwd } = startable(given);
  // The leader would be known too late, and the program ends when its input does.
  const marker = callLedBy(null);
  const env = { ...given.env, [marker.name]: marker.value };
  // If no file descriptors are left, the child has no pipes, whatever its type says.
  const child: ChildProcess = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let unstarted: NodeJS.ErrnoException | null = null;
    let drain: NodeJS.Timeout | undefined;
    const ended = (): void => {
      clearTimeout(drain);
      const [out, words] = [withoutLineEnd(stdout(), given.bytes), withoutLineEnd(stderr(), false)];
      const code = watch.cut() === null ? child.exitCode : null;
      if (file !== given.program) unstarted ??= notFound({ code, stderr: words });
      resolve({ code: unstarted === null ? code : null, stdout: out, stderr: words, cut: watch.cut(), unstarted });
    };
    const watch = watchBounds({ bounds: given, child, marker, ended, failed: reject });
    const counted = (chunk: Buffer): boolean => watch.count(chunk.length);
    const stdout = collect(child.stdout, given.take === undefined ? counted : handedOn(given.take));
    const stderr = collect(child.stderr, counted);
    child.on('error', (error) => (unstarted ??= child.pid === undefined ? error : null));
    child.once('exit', () => {
      drain = setTimeout(() => closeOutput(child), drainMs);
    });
    child.once('close', () => {
      if (watch.cut() !== null) return;
      watch.release();
      ended();
    });
    // A program that does not read its standard input is no error.
    child.stdin?.on('error', () => {}).end(given.input, given.bytes ? 'latin1' : 'utf8');
  });
}

/** The output as git's callers read it. A file's name may end with a carriage return, which is kept if bytes matter. */
export function withoutLineEnd(output: Buffer, bytes: boolean): string {
  return bytes ? output.toString('latin1').replace(/\n$/, '') : output.toString('utf8').replace(/\r?\n$/, '');
}

function handedOn(take: (chunk: Buffer) => void): (chunk: Buffer) => boolean {
  return (chunk) => {
    take(chunk);
    return false;
  };
}

/** Returns a function that gives the part that was kept. */
function collect(stream: Readable | null, isKept: (chunk: Buffer) => boolean): () => Buffer {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => {
    if (isKept(chunk)) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

function closeOutput(child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
}
