// Runs programs through small shells that are kept ready, each of which runs one program at a time. The cost of a fork
// grows with the size of the forking process: 1.3 ms of CPU at 50 MB, 4 ms at 110, 13 at 290, and everything else waits
// meanwhile. Through a shell it is 0.4 ms, whatever our size. A lane ends with us, because its standard input then ends.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { callLedBy, type Identity } from '../lib/calls.ts';
import { processes } from '../lib/processes.ts';
import type { Marker } from '../lib/process-table.ts';
import { watchBounds } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { withoutLineEnd } from './execute.ts';
import type { Execution } from './execute.ts';
import { commandIn, notFound } from './shell-words.ts';
import type { Words } from './shell-words.ts';

/** How many are kept ready, at about 0.2 MB each. Further calls get a temporary one. */
const mostIdle = 32;

export interface LaneCall extends Words, Bounds {
  /**
   * Variables for this call alone, besides those that the lanes were opened with; the shell's own environment never
   * contains them.
   */
  readonly env: Readonly<Record<string, string>>;
}

export function openLanes(env: Readonly<Record<string, string>>): (call: LaneCall) => Promise<Execution> {
  const idle: Lane[] = [];
  return async (call) => {
    let lane = idle.pop();
    for (; lane?.isUsable() === false; lane = idle.pop()) lane.close();
    lane ??= openLane(env);
    const { answer, reusable } = await lane.run(call);
    if (reusable && idle.length < mostIdle) idle.push(lane);
    else lane.close();
    return answer;
  };
}

interface Lane {
  run(call: LaneCall): Promise<Ran>;
  /** Whether nobody has ended it while it was kept ready, and no process of an earlier call has written since. */
  isUsable(): boolean;
  close(): void;
}

/**
 * Exit codes from here on: git ends with 128 when it gives up, and a shell reports death by a signal as 128 plus its
 * number.
 */
const fatal = 128;

interface Ran {
  readonly answer: Execution;
  /** Whether the shell is ready for another call. */
  readonly reusable: boolean;
}

interface Shell {
  readonly process: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The identity of the shell process. */
  readonly leader: Identity | null;
  /** Why it could not be started; null if it was. */
  broken(): NodeJS.ErrnoException | null;
}

function openLane(env: Readonly<Record<string, string>>): Lane {
  const child: ChildProcess = spawn('/bin/sh', { cwd: '/', env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let broken: NodeJS.ErrnoException | null = null;
  child.on('error', (error) => (broken ??= error));
  const { stdin, stdout, stderr } = child;
  // If no file descriptor is left, there are no pipes, whatever the types say.
  if (!stdin || !stdout || !stderr) return unstartable(child);
  stdin.on('error', () => {});
  // It must not keep a command alive that has nothing more to do; the time limit of a call does that while there is a call.
  child.unref();
  for (const pipe of [stdin, stdout, stderr]) (pipe as Socket).unref();
  const shell: Shell = {
    ...{ process: child, stdin, stdout, stderr },
    leader: child.pid === undefined ? null : processes.look(child.pid),
    broken: () => broken,
  };
  let spoken = false;
  let busy = false;
  for (const pipe of [stdout, stderr]) pipe.on('data', () => (spoken ||= !busy));
  return {
    isUsable: () => child.exitCode === null && child.signalCode === null && !spoken,
    close: () => void stdin.end(),
    run: (call) => {
      busy = true;
      return new Promise<Ran>((resolve, reject) => runIn(shell, { call, resolve, reject })).finally(() => (busy = false));
    },
  };
}

function unstartable(child: ChildProcess): Lane {
  return {
    isUsable: () => false,
    close: () => {},
    run: () =>
      new Promise((resolve) => {
        child.once('error', (unstarted) =>
          resolve({ answer: { code: null, stdout: '', stderr: '', cut: null, unstarted }, reusable: false }),
        );
      }),
  };
}

function runIn(
  shell: Shell,
  given: { readonly call: LaneCall; readonly resolve: (ran: Ran) => void; readonly reject: (error: unknown) => void },
): void {
  const { call } = given;
  const { stdin, stdout, stderr } = shell;
  const token = randomUUID();
  const [said, complained] = [reader(token), reader(token)];
  const finish = (ended: number | null): void => {
    shell.process.removeListener('close', closed);
    stdout.removeListener('data', hear);
    stderr.removeListener('data', hearComplaints);
    const words = withoutLineEnd(complained.output(), false);
    const missing = notFound({ code: ended, stderr: words });
    const unstarted = shell.broken() ?? missing;
    const code = missing === null ? ended : null;
    const answer = { code, stdout: withoutLineEnd(said.output(), call.bytes), stderr: words, cut: watch.cut(), unstarted };
    // A program that ends fatally may leave another one behind that still writes, as a refused fetch leaves the program at
    // its other end.
    const isQuiet = !said.goesOn() && !complained.goesOn();
    const reusable = ended !== null && ended < fatal && isQuiet && shell.broken() === null;
    given.resolve({ answer, reusable });
  };
  const itself = (code: number | null): void => {
    if (watch.cut() !== null) return;
    watch.release();
    finish(code);
  };
  const closed = (): void => itself(null);
  const marker = callLedBy(shell.leader);
  const watch = watchBounds({ bounds: call, child: shell.process, marker, ended: () => finish(null), failed: given.reject });
  const take = (into: Reader) => (chunk: Buffer) => {
    if (!watch.count(chunk.length)) return;
    into.add(chunk);
    const code = said.end();
    if (code !== null && complained.end() !== null) itself(Number(code));
  };
  const [hear, hearComplaints] = [take(said), take(complained)];
  stdout.on('data', hear);
  stderr.on('data', hearComplaints);
  shell.process.once('close', closed);
  stdin.write(lineOf({ ...call, token, marker }), call.bytes ? 'latin1' : 'utf8');
}

function lineOf(call: LaneCall & { readonly token: string; readonly marker: Marker }): string {
  const { token } = call;
  // Back to the root, so that an idle shell keeps no folder busy. `hash -r` makes the shell forget the program's location:
  // otherwise it would never find one that is installed later in an earlier folder of PATH.
  return `${commandIn(call)} </dev/null; ended=$?; cd /; hash -r; printf '${token} %d\n' $ended; printf '${token} 0\n' >&2\n`;
}

interface Reader {
  add(chunk: Buffer): void;
  /** The text behind the token, once its line is complete; everything before it is the program's output. */
  end(): string | null;
  /** The program's output. */
  output(): Buffer;
  /** Whether a process that the program left running has written something after it. */
  goesOn(): boolean;
}

function reader(token: string): Reader {
  const mark = Buffer.from(token);
  let all: Buffer[] = [];
  let size = 0;
  /** The offset of the token. */
  let at = -1;
  let tail = Buffer.alloc(0);
  const text = (): Buffer => {
    all = [Buffer.concat(all)];
    return all[0] ?? Buffer.alloc(0);
  };
  const lineEnd = (): number => (at === -1 ? -1 : text().indexOf('\n', at));
  return {
    add: (chunk) => {
      all.push(chunk);
      if (at === -1) {
        // The token may arrive in two pieces.
        const both = Buffer.concat([tail, chunk]);
        const found = both.indexOf(mark);
        if (found !== -1) at = size - tail.length + found;
        tail = both.subarray(-mark.length);
      }
      size += chunk.length;
    },
    end: () => {
      const to = lineEnd();
      return to === -1 ? null : text().toString('latin1', at + mark.length + 1, to);
    },
    output: () => text().subarray(0, at === -1 ? size : at),
    goesOn: () => lineEnd() < size - 1,
  };
}
