// The one place where git is executed: never with an open stdin or a controlling terminal, bounded
// in time and output. At the time limit git ends with everything that it started (ssh, remote helpers, hooks).
// A call that failed because somebody else holds a lock of git's is tried again for a bounded time.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../core/fault.ts';
import { execute } from './execute.ts';
import { gitEnvironment } from './git-environment.ts';
import { openLanes } from './lanes.ts';
import { gitReason } from './git-reason.ts';
import { obstacleOf } from './obstacle.ts';
import type { Obstacle } from './obstacle.ts';

export interface GitLimits {
  /** For commands on this machine; a checkout of a large repository is one. Milliseconds, as all of these. */
  readonly localMs: number;
  /** For asking and fetching from a remote. */
  readonly networkMs: number;
  /** For a push, the user's pre-push hook included. */
  readonly pushMs: number;
  /** How long a lock held by another process is waited for. */
  readonly lockMs: number;
  /** From asking git to end until it is killed. */
  readonly graceMs: number;
}

export const usualLimits: GitLimits = { localMs: 600_000, networkMs: 120_000, pushMs: 900_000, lockMs: 8_000, graceMs: 3_000 };

export interface GitCall {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** `read` takes no optional locks and is not tried again; `network` and `push` have their own limits; default `write`. */
  readonly kind?: 'read' | 'write' | 'network' | 'push';
  /** In the place of its kind's own limit. */
  readonly timeoutMs?: number;
}

export interface GitAnswer {
  readonly ok: boolean;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** What a person can take away to make it work; null when it worked, or nothing of the kind is known. */
  readonly obstacle: Obstacle | null;
}

export interface Git {
  /** Never rejects for what git answers. Faults: `git-missing`. */
  run(call: GitCall): Promise<GitAnswer>;
  /** Standard output without its last newline. Faults: `git-failed`. */
  text(call: GitCall): Promise<string>;
  /** The same, but null when git ended with an error. */
  maybe(call: GitCall): Promise<string | null>;
}

/**
 * No collection or file watcher is left running in the background: it would hold locks, or outlive the worktree
 * that it was started in. Colour "always" would get into what is parsed.
 */
const quiet = ['gc.auto=0', 'maintenance.auto=false', 'core.fsmonitor=false', 'color.ui=false', 'advice.addEmbeddedRepo=false'].flatMap(
  (setting) => ['-c', setting],
);

/** Hooks belong to people's own commits and checkouts; only on a push they speak for the project, and are heeded. */
const withoutHooks = ['-c', 'core.hooksPath=/dev/null'];

const mostOutput = 200_000_000;

/** With this process's environment as it is now: reading it costs more than all else that we do for a call. */
export function createGit(limits: GitLimits): Git {
  const inherited = { ...process.env };
  const lane = openLanes(gitEnvironment({ inherited, own: {} }));
  const run = async (call: GitCall): Promise<GitAnswer> => {
    let until: number | null = null;
    for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
      const answer = await once(call, { limits, inherited, lane });
      if (answer.ok) return answer;
      // From the first refusal on: a slow fetch that is refused at its end must be tried again, too.
      until ??= performance.now() + limits.lockMs;
      if (!hindered(call, answer.stderr) || performance.now() + wait > until) {
        return { ...answer, obstacle: await obstacleOf({ cwd: call.cwd, stderr: answer.stderr }) };
      }
      // With chance in it, so that processes which met once do not meet again at each try.
      await sleep(wait * (0.5 + Math.random()));
    }
  };
  const text = async (call: GitCall): Promise<string> => {
    const answer = await run(call);
    if (answer.ok) return answer.stdout;
    throw new Fault({
      code: answer.obstacle?.code ?? 'git-failed',
      message: `git ${call.args[0] ?? ''} failed: ${gitReason(answer)}`,
      hint: answer.obstacle?.hint ?? `see what git says in ${call.cwd}`,
      data: { args: call.args, cwd: call.cwd, code: answer.code },
    });
  };
  const maybe = async (call: GitCall): Promise<string | null> => {
    const answer = await run(call);
    return answer.ok ? answer.stdout : null;
  };
  return { run, text, maybe };
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

async function once(
  call: GitCall,
  given: {
    readonly limits: GitLimits;
    readonly inherited: Readonly<Record<string, string | undefined>>;
    readonly lane: ReturnType<typeof openLanes>;
  },
): Promise<GitAnswer> {
  const { limits, inherited } = given;
  const kind = call.kind ?? 'write';
  const how = {
    program: 'git',
    args: [...quiet, ...(kind === 'push' ? [] : withoutHooks), ...call.args],
    cwd: call.cwd,
    timeoutMs: call.timeoutMs ?? (kind === 'network' ? limits.networkMs : kind === 'push' ? limits.pushMs : limits.localMs),
    graceMs: limits.graceMs,
    mostOutput,
  };
  // A read that refreshes the index would take index.lock, and fail the agent's own git at that moment.
  const own = { ...call.env, ...(kind === 'read' ? { GIT_OPTIONAL_LOCKS: '0' } : {}) };
  // A shell's words cannot hold what may stand in an input.
  const result =
    call.input === undefined
      ? await given.lane({ ...how, env: own })
      : await execute({ ...how, env: gitEnvironment({ inherited, own }), input: call.input });
  const { code, stdout, timedOut, unstarted } = result;
  // A folder that is missing is told in the same way as a program that is.
  if (unstarted?.code === 'ENOENT' && existsSync(call.cwd)) {
    throw new Fault({ code: 'git-missing', message: 'git is not installed', hint: 'install git and have it on PATH' });
  }
  const failure =
    unstarted === null ? result.tooMuch && 'git answered too much' : `git cannot be started in ${call.cwd}: ${unstarted.message}`;
  const stderr = failure === false ? result.stderr : `fatal: ${failure}`;
  return { ok: code === 0 && !timedOut && failure === false, code, stdout, stderr, timedOut, obstacle: null };
}
