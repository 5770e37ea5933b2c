// The one place where git is executed: never with an open stdin or a controlling terminal, bounded in time and output,
// in an environment of its own. At its deadline, and when its signal aborts, git ends with everything that it started
// (ssh, remote helpers, filters, hooks).
// A call that failed because somebody else holds a lock of git's is tried again for a bounded time.
import { existsSync } from 'node:fs';
import { Fault } from '../core/fault.ts';
import { systemClock } from '../lib/system-clock.ts';
import { execute } from './execute.ts';
import { askedSettings } from './git-settings.ts';
import { callEnvironments, standingEnvironment } from './git-environment.ts';
import type { GitKind } from './git-environment.ts';
import { openLanes } from './lanes.ts';
import { gitReason } from './git-reason.ts';
import { dropLeftLock, obstacleOf } from './obstacle.ts';
import type { Obstacle } from './obstacle.ts';
import { textOf } from './shell-words.ts';

export interface GitLimits {
  /** For questions to a repository. Milliseconds, as all of these. */
  readonly readMs: number;
  /** For commands on this machine; a checkout of a large repository is one. */
  readonly localMs: number;
  /** For asking and fetching from a remote. */
  readonly networkMs: number;
  /** For a push. */
  readonly pushMs: number;
  /** For a commit that is signed: an agent or a key that waits for a person is not waited for longer. */
  readonly signMs: number;
  /** How long a lock held by another process is waited for. */
  readonly lockMs: number;
  /** From asking git to end until it is killed. */
  readonly graceMs: number;
}

export const usualLimits: GitLimits = {
  readMs: 120_000,
  localMs: 600_000,
  networkMs: 120_000,
  pushMs: 900_000,
  signMs: 30_000,
  lockMs: 8_000,
  graceMs: 3_000,
};

export interface GitCall {
  readonly cwd: string;
  readonly args: readonly string[];
  /** Ordinary text in any case. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In place of `input`, for less: another git, whose output it reads, or lines of ASCII text. */
  readonly reads?: Feeding | readonly string[];
  /** Another git that is run before it, and has to end with 0, for less than a call of its own; not together with `input`. */
  readonly first?: Pick<GitCall, 'cwd' | 'args' | 'env'>;
  /**
   * Each has its own limit. `read` takes no optional locks and is not tried again; only `network` and `push` get what
   * makes a person known to a remote, only `sign` what is needed for a signature. Default `write`.
   */
  readonly kind?: GitKind;
  /** `args`, `cwd`, `input` and what is answered on standard output are latin1 text: each character stands for a byte. */
  readonly bytes?: boolean;
  /** Of a call with input: is given its standard output as it comes, however much it is; then none is answered. */
  readonly take?: (chunk: Buffer) => void;
  /** Ends the call, with everything that it started. */
  readonly signal?: AbortSignal;
  /** A shorter limit than that of its kind, for each try. */
  readonly timeoutMs?: number;
  /** In bytes, for a call without input. */
  readonly mostMemory?: number;
}

/** A git within the call of another one, which tells how it ended. */
export interface Feeding extends Pick<GitCall, 'cwd' | 'args' | 'env'> {
  readonly reads: readonly string[];
}

export interface GitAnswer {
  readonly ok: boolean;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** By a signal, before git could end. */
  readonly aborted: boolean;
  /** What a person can take away to make it work; null when it worked, or nothing of the kind is known. */
  readonly obstacle: Obstacle | null;
}

export interface Git {
  /** Never rejects for what git answers. Faults: `git-missing`. */
  run(call: GitCall): Promise<GitAnswer>;
  /** Standard output without its last newline. Faults: `git-failed`, `stopped`. */
  text(call: GitCall): Promise<string>;
  /**
   * The same, but null when git ended with an error, or a remote did not answer in time. Faults: `stopped`, and
   * `git-failed` at the limit of a call on this machine: what git did not come to say must not pass for "there is none".
   */
  maybe(call: GitCall): Promise<string | null>;
  /** The same git, each call of which is ended when this signal aborts; none is started after that. */
  within(signal: AbortSignal): Git;
  /** What ends each of its calls. */
  readonly signal: AbortSignal | null;
}

const mostOutput = 200_000_000;

/** With this process's environment as it is now: reading it costs more than all else that we do for a call. */
export function createGit(limits: GitLimits): Git {
  const inherited = { ...process.env };
  const standing = standingEnvironment(inherited);
  const lane = openLanes(standing);
  return gitWithin(null, { limits, standing, extra: callEnvironments(inherited), lane, settings: askedSettings(lane) });
}

interface Means {
  readonly limits: GitLimits;
  readonly standing: ReturnType<typeof standingEnvironment>;
  readonly extra: ReturnType<typeof callEnvironments>;
  readonly lane: ReturnType<typeof openLanes>;
  readonly settings: ReturnType<typeof askedSettings>;
}

function gitWithin(bound: AbortSignal | null, means: Means): Git {
  const run = (call: GitCall): Promise<GitAnswer> => untilFree(call, { means, signal: either(bound, call.signal ?? null) });
  const text = async (call: GitCall): Promise<string> => {
    const answer = await run(call);
    if (answer.ok) return answer.stdout;
    throw faultOf(call, answer);
  };
  const maybe = async (call: GitCall): Promise<string | null> => {
    const answer = await run(call);
    if (answer.ok) return answer.stdout;
    if (answer.aborted || (answer.timedOut && call.kind !== 'network')) throw faultOf(call, answer);
    return null;
  };
  return { run, text, maybe, within: (signal) => gitWithin(either(bound, signal), means), signal: bound };
}

function either(one: AbortSignal | null, other: AbortSignal | null): AbortSignal | null {
  return one === null || other === null ? (one ?? other) : AbortSignal.any([one, other]);
}

function faultOf(call: GitCall, answer: GitAnswer): Fault {
  const command = `git ${call.args[0] ?? ''}`;
  const data = { args: call.args, cwd: call.cwd, code: answer.code };
  if (answer.aborted) return new Fault({ code: 'stopped', message: `${command} was stopped`, hint: 'give the command again', data });
  return new Fault({
    code: answer.obstacle?.code ?? 'git-failed',
    message: `${command} failed: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? `see what git says in ${folderOf(call)}`,
    data,
  });
}

interface Asked {
  readonly means: Means;
  readonly signal: AbortSignal | null;
}

async function untilFree(call: GitCall, asked: Asked): Promise<GitAnswer> {
  const { signal } = asked;
  const { lockMs } = asked.means.limits;
  let until: number | null = null;
  let dropped = false;
  for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
    if (signal?.aborted === true) return unasked;
    const answer = await once(call, asked);
    if (answer.ok || answer.aborted) return answer;
    // From the first refusal on: a slow fetch that is refused at its end must be tried again, too.
    until ??= performance.now() + lockMs;
    if (!dropped && call.kind !== 'read') {
      dropped = await dropLeftLock({
        gitFolder: call.env?.['GIT_DIR'] ?? call.cwd,
        cwd: folderOf(call),
        args: call.args,
        stderr: answer.stderr,
      });
      if (dropped) continue;
    }
    if (!hindered(call, answer.stderr) || performance.now() + wait > until) {
      return { ...answer, obstacle: await obstacleOf({ cwd: folderOf(call), stderr: answer.stderr }) };
    }
    // With chance in it, so that processes which met once do not meet again at each try.
    await systemClock.sleep(wait * (0.5 + Math.random()), signal ?? never);
  }
}

const never = new AbortController().signal;

const unasked: GitAnswer = { ok: false, code: null, stdout: '', stderr: '', timedOut: false, aborted: true, obstacle: null };

/** For people, and for what takes ordinary text. */
function folderOf(call: GitCall): string {
  return call.bytes === true ? (textOf(call.cwd) ?? call.cwd) : call.cwd;
}

/** What git says when another process holds a lock of its, or is at that moment making or taking away a worktree, half of which git sees. */
const othersAtWork = new RegExp(
  [
    "\\.lock': File exists",
    'could not lock config file [^\\n]*: File exists',
    'failed to read [^\\n]*worktrees/[^\\n]*commondir',
    'bad object worktrees/[^\\n]*/HEAD',
    "Invalid path '[^\\n]*worktrees/[^\\n]*': No such file",
    // With the last worktree git takes their common folder away.
    "could not create directory of '[^\\n]*worktrees/[^\\n]*': No such file",
  ].join('|'),
);

/** What a fetch says when somebody else brought the same branch meanwhile. */
const fetchedTwice = /cannot lock ref '[^\n]*': (?:reference already exists|is at [0-9a-f]+ but expected)/;

function hindered(call: GitCall, stderr: string): boolean {
  if (call.kind === 'read') return false;
  return othersAtWork.test(stderr) || (call.kind === 'network' && fetchedTwice.test(stderr));
}

async function once(call: GitCall, { means, signal }: Asked): Promise<GitAnswer> {
  const { limits, standing, extra } = means;
  const kind = call.kind ?? 'write';
  const { readMs, localMs, networkMs, pushMs, signMs } = limits;
  const longest = { read: readMs, write: localMs, network: networkMs, push: pushMs, sign: signMs }[kind];
  const env = { ...extra[kind], ...call.env };
  const settings = await means.settings();
  const wordsOf = ({ cwd, args }: Pick<GitCall, 'cwd' | 'args'>) => ({ program: 'git', args: [...settings, ...args], cwd });
  const { reads, first } = call;
  const how = {
    ...wordsOf(call),
    ...(reads !== undefined && { reads: 'args' in reads ? { ...reads, ...wordsOf(reads), env: { ...extra[kind], ...reads.env } } : reads }),
    ...(first !== undefined && { first: { ...wordsOf(first), env: { ...extra[kind], ...first.env } } }),
    bytes: call.bytes === true,
    mostMemory: call.mostMemory ?? null,
    timeoutMs: Math.min(longest, call.timeoutMs ?? longest),
    graceMs: limits.graceMs,
    mostOutput,
    signal,
  };
  // A shell's words cannot hold what may stand in an input.
  const result =
    call.input === undefined
      ? await means.lane({ ...how, env })
      : await execute({ ...how, env: { ...standing, ...env }, input: call.input, ...(call.take !== undefined && { take: call.take }) });
  const { code, stdout, cut, unstarted } = result;
  // A folder that is missing is told in the same way as a program that is.
  if (unstarted?.code === 'ENOENT' && existsSync(how.bytes ? Buffer.from(call.cwd, 'latin1') : call.cwd)) {
    throw new Fault({ code: 'git-missing', message: 'git is not installed', hint: 'install git and have it on PATH' });
  }
  const failure =
    unstarted === null ? cut === 'output' && 'git answered too much' : `git cannot be started in ${folderOf(call)}: ${unstarted.message}`;
  const stderr = failure === false ? result.stderr : `fatal: ${failure}`;
  const ok = code === 0 && cut === null && failure === false;
  return { ok, code, stdout, stderr, timedOut: cut === 'deadline', aborted: cut === 'aborted', obstacle: null };
}
