// The one place where git is executed: never with an open stdin or a controlling terminal, with limits of time and output,
// and in an environment of its own. At its deadline, and when its signal aborts, git ends with everything that it started
// (ssh, remote helpers, filters, hooks). A call that failed because somebody else holds a lock of git's is tried again for
// a limited time.
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
  /** For questions to a repository. All of these are in milliseconds. */
  readonly readMs: number;
  /** For commands on this machine, such as the checkout of a large repository. */
  readonly localMs: number;
  /** For asking and fetching from a remote. */
  readonly networkMs: number;
  /** For a push. */
  readonly pushMs: number;
  /** For a signed commit. An agent or a key that waits for a person is not waited for longer. */
  readonly signMs: number;
  /** How long to wait for a lock that another process holds. */
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
  /** Always ordinary text. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Instead of `input`, and cheaper: another git whose output it reads, or lines of ASCII text. */
  readonly reads?: Feeding | readonly string[];
  /** Another git that runs first and must end with 0; cheaper than a call of its own. Not together with `input`. */
  readonly first?: Pick<GitCall, 'cwd' | 'args' | 'env'>;
  /**
   * Each kind has its own limit. `read` takes no optional locks and is not tried again. Only `network` and `push` get
   * what identifies a person to a remote, and only `sign` what is needed for a signature. Default: `write`.
   */
  readonly kind?: GitKind;
  /** `args`, `cwd`, `input` and the answered standard output are latin1 text: each character stands for a byte. */
  readonly bytes?: boolean;
  /** For a call with input: gets standard output as it arrives, however much it is; the answer then has none. */
  readonly take?: (chunk: Buffer) => void;
  /** Ends the call and everything that it started. */
  readonly signal?: AbortSignal;
  /** A shorter limit than that of its kind, for each try. */
  readonly timeoutMs?: number;
  /** In bytes, for a call without input. */
  readonly mostMemory?: number;
}

/** A git within the call of another one; it reports how it ended. */
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
  /** What a person can remove to make it work; null if it worked, or if nothing of the kind is known. */
  readonly obstacle: Obstacle | null;
}

export interface Git {
  /** Never rejects because of git's answer. Faults: `git-missing`. */
  run(call: GitCall): Promise<GitAnswer>;
  /** Standard output without its last newline. Faults: `git-failed`, `stopped`. */
  text(call: GitCall): Promise<string>;
  /**
   * The same, but null if git ended with an error or a remote did not answer in time. Faults: `stopped`, and `git-failed`
   * if a call on this machine reached its limit: silence must not pass for the answer that there is none.
   */
  maybe(call: GitCall): Promise<string | null>;
  /** The same git, except that this signal ends each of its calls, and none is started after that. */
  within(signal: AbortSignal): Git;
  /** The signal that ends each of its calls. */
  readonly signal: AbortSignal | null;
}

const mostOutput = 200_000_000;

/** Takes this process's environment as it is now: reading it again costs more than everything else that we do for a call. */
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
  if (answer.aborted) return new Fault({ code: 'stopped', message: `${command} was stopped`, hint: 'run the command again', data });
  return new Fault({
    code: answer.obstacle?.code ?? 'git-failed',
    message: `${command} failed: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? `run git there to see the problem: git -C '${folderOf(call)}' status`,
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
    // Counted from the first refusal, because a slow fetch that is refused at its end must be tried again as well.
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
    // Randomized, so that processes that collided once do not collide again at each try.
    await systemClock.sleep(wait * (0.5 + Math.random()), signal ?? never);
  }
}

const never = new AbortController().signal;

const unasked: GitAnswer = { ok: false, code: null, stdout: '', stderr: '', timedOut: false, aborted: true, obstacle: null };

/** As text for people, and for functions that need ordinary text. */
function folderOf(call: GitCall): string {
  return call.bytes === true ? (textOf(call.cwd) ?? call.cwd) : call.cwd;
}

/**
 * Git's messages when another process holds one of its locks, or is creating or removing a worktree at that moment, so
 * that git sees half of it.
 */
const othersAtWork = new RegExp(
  [
    "\\.lock': File exists",
    'could not lock config file [^\\n]*: File exists',
    'failed to read [^\\n]*worktrees/[^\\n]*commondir',
    'bad object worktrees/[^\\n]*/HEAD',
    "Invalid path '[^\\n]*worktrees/[^\\n]*': No such file",
    // With the last worktree, git removes their common folder.
    "could not create directory of '[^\\n]*worktrees/[^\\n]*': No such file",
  ].join('|'),
);

/** Git's message for a fetch if somebody else fetched the same branch meanwhile. */
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
  // The words of a shell command cannot hold arbitrary input.
  const result =
    call.input === undefined
      ? await means.lane({ ...how, env })
      : await execute({ ...how, env: { ...standing, ...env }, input: call.input, ...(call.take !== undefined && { take: call.take }) });
  const { code, stdout, cut, unstarted } = result;
  // A missing folder causes the same error as a missing program.
  if (unstarted?.code === 'ENOENT' && existsSync(how.bytes ? Buffer.from(call.cwd, 'latin1') : call.cwd)) {
    throw new Fault({ code: 'git-missing', message: 'git is not installed', hint: 'install git, and put it on PATH' });
  }
  const failure =
    unstarted === null
      ? cut === 'output' && `git printed more than ${mostOutput / 1e6} MB`
      : `git cannot be started in ${folderOf(call)}: ${unstarted.message}`;
  const stderr = failure === false ? result.stderr : `fatal: ${failure}`;
  const ok = code === 0 && cut === null && failure === false;
  return { ok, code, stdout, stderr, timedOut: cut === 'deadline', aborted: cut === 'aborted', obstacle: null };
}
