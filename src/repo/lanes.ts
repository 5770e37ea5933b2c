// Runs programs by way of small shells that stand ready, each of which runs one at a time. To fork costs by the size of
// the process that forks: 1.3 ms of CPU at 50 MB, 4 ms at 110, 13 at 290, and all else waits meanwhile; by way of a shell
// 0.4 ms, whatever our size. A lane ends with us: its standard input is at its end then.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Execution } from './execute.ts';

/** As many stand ready, at some 0.2 MB each; what is asked beyond them gets one for the occasion. */
const mostIdle = 32;

export interface LaneCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beside what the lanes were opened with. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** Bytes of both streams together. */
  readonly mostOutput: number;
}

export function openLanes(env: Readonly<Record<string, string>>): (call: LaneCall) => Promise<Execution> {
  const idle: Lane[] = [];
  return async (call) => {
    let lane = idle.pop();
    // Somebody may have ended one that stood ready.
    while (lane?.isAlive() === false) lane = idle.pop();
    lane ??= openLane(env);
    const { answer, reusable } = await lane.run(call);
    if (reusable && idle.length < mostIdle) idle.push(lane);
    else lane.close();
    return answer;
  };
}

interface Lane {
  run(call: LaneCall): Promise<Ran>;
  isAlive(): boolean;
  close(): void;
}

interface Ran {
  readonly answer: Execution;
  /** The shell stands ready for another call. */
  readonly reusable: boolean;
}

interface Shell {
  readonly process: ChildProcessWithoutNullStreams;
  /** To it and all that it runs. */
  signal(name: NodeJS.Signals): void;
  /** Why it could not be started; null: it was. */
  broken(): NodeJS.ErrnoException | null;
}

function openLane(env: Readonly<Record<string, string>>): Lane {
  const shell = startShell(env);
  return {
    isAlive: () => shell.process.exitCode === null && shell.process.signalCode === null,
    close: () => void shell.process.stdin.end(),
    run: (call) => new Promise((resolve) => runIn(shell, { call, resolve })),
  };
}

function startShell(env: Readonly<Record<string, string>>): Shell {
  const child = spawn('/bin/sh', { cwd: '/', env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let broken: NodeJS.ErrnoException | null = null;
  child.on('error', (error) => (broken ??= error));
  child.stdin.on('error', () => {});
  // It must not keep a command alive that has nothing more to do; the time limit of a call does so while there is one.
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref();
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // All of it has ended.
    }
  };
  return { process: child, signal, broken: () => broken };
}

function runIn(shell: Shell, given: { readonly call: LaneCall; readonly resolve: (ran: Ran) => void }): void {
  const { call } = given;
  const { stdin, stdout, stderr } = shell.process;
  const token = randomUUID();
  const [said, complained] = [reader(token), reader(token)];
  let [timedOut, tooMuch, ending] = [false, false, false];
  const end = (): void => {
    if (ending) return;
    ending = true;
    // TERM lets git take its own lock files away; what does not heed it is killed.
    shell.signal('SIGTERM');
    setTimeout(() => shell.signal('SIGKILL'), call.graceMs);
  };
  const limit = setTimeout(() => {
    timedOut = true;
    end();
  }, call.timeoutMs);
  const finish = (code: number | null): void => {
    clearTimeout(limit);
    shell.process.removeAllListeners('close');
    for (const pipe of [stdout, stderr]) pipe.removeAllListeners('data');
    const words = complained.text();
    const missing = code === 127 && words.endsWith('not found') ? Object.assign(new Error(words), { code: 'ENOENT' }) : null;
    const unstarted = shell.broken() ?? missing;
    const answer = { code: missing === null ? code : null, stdout: said.text(), stderr: words, timedOut, tooMuch, unstarted };
    given.resolve({ answer, reusable: code !== null && !ending && shell.broken() === null });
  };
  const take = (into: Reader) => (chunk: Buffer) => {
    into.add(chunk);
    tooMuch ||= said.size() + complained.size() > call.mostOutput;
    if (tooMuch) end();
    const code = said.end();
    if (code !== null && complained.end() !== null) finish(Number(code));
  };
  stdout.on('data', take(said));
  stderr.on('data', take(complained));
  shell.process.once('close', () => finish(null));
  stdin.write(lineOf({ ...call, token }));
}

/** A folder that is missing is told as a program that is: both could not be started. */
function lineOf(call: LaneCall & { readonly token: string }): string {
  const { token } = call;
  const variables = Object.entries(call.env).map(([name, value]) => `${name}=${quoted(value)}`);
  const command = [...variables, 'exec', call.program, ...call.args.map(quoted)].join(' ');
  const missing = `{ echo 'not found' >&2; exit 127; }`;
  return `(cd ${quoted(call.cwd)} 2>/dev/null || ${missing}; ${command}) </dev/null; printf '${token} %d\\n' $?; printf '${token} 0\\n' >&2\n`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

interface Reader {
  add(chunk: Buffer): void;
  size(): number;
  /** What follows the token, once it is there: all before it is the program's. */
  end(): string | null;
  /** Without the last line end. */
  text(): string;
}

function reader(token: string): Reader {
  const mark = Buffer.from(token);
  const tail = mark.length + 8;
  let all: Buffer[] = [];
  let size = 0;
  let last = Buffer.alloc(0);
  const at = (): number => {
    if (!last.includes(mark) || !last.subarray(-1).equals(lineEnd)) return -1;
    all = [Buffer.concat(all)];
    return all[0]?.lastIndexOf(mark) ?? -1;
  };
  return {
    add: (chunk) => {
      all.push(chunk);
      size += chunk.length;
      // The token may come in two pieces.
      last = Buffer.concat([last.subarray(-tail), chunk]).subarray(-tail);
    },
    size: () => size,
    end: () => {
      const found = at();
      return found === -1 ? null : (all[0]?.toString('latin1', found + mark.length + 1).trim() ?? null);
    },
    text: () => {
      const found = at();
      const bytes = Buffer.concat(all);
      return bytes.toString('utf8', 0, found === -1 ? bytes.length : found).replace(/\r?\n$/, '');
    },
  };
}

const lineEnd = Buffer.from('\n');
