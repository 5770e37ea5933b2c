// `run`: supervises in the foreground until nothing is left. The first Ctrl-C drains, the second one stops the workers, the
// third one exits at once.
import { Fault } from '../../core/fault.ts';
import { dollars } from '../../lib/table.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Summary } from '../../supervisor/run.ts';
import type { Scope } from '../../supervisor/world.ts';
import type { Flags } from '../../config/load.ts';
import { askForPullRequests } from '../ask-pull-requests.ts';
import { openPorts, repoAt, type Opened } from '../compose.ts';
import { exitCodes, refuse, type CliContext } from '../context.ts';
import { takeNamed } from '../find-task.ts';
import { registeredRepo } from '../registered.ts';
import { waitLine } from '../progress.ts';
import { supervise, type Supervised } from '../supervise.ts';
import { requireTrust, requireTrustOfEach } from '../trust.ts';
import { requireBatch } from './add.ts';

export interface RunFlags {
  json?: boolean;
  batch?: string;
  task?: readonly string[];
  until?: 'idle' | 'done';
  concurrency?: number;
  repo?: string;
  all?: boolean;
  agent?: string;
  model?: string;
  trust?: boolean;
}

export async function run(this: CliContext, flags: RunFlags): Promise<void> {
  const over: Flags = {
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
  };
  const opened = await openPorts(this, over);
  try {
    if (flags.batch !== undefined) await requireBatch(opened.ports.store, flags.batch);
    const scope = await scopeOf(this, { opened, flags });
    const until = flags.until ?? 'done';
    const summary = await supervise(this, { opened, scope, over, json: flags.json === true, kind: 'run', until });
    conclude(this, { summary, flags });
  } finally {
    await opened.end();
  }
}

async function scopeOf(context: CliContext, { opened: { ports }, flags }: { opened: Opened; flags: RunFlags }): Promise<Scope> {
  const here = flags.repo !== undefined || (await repoAt(context.cwd)) !== null;
  const everywhere = flags.all === true || !here;
  if (everywhere && (await ports.store.repos()).length === 0) {
    throw new Fault({
      code: 'no-repository',
      message: 'no repository is registered, and this folder is not in one',
      hint: 'change into a git repository, or run `yardmaster init DIR`',
    });
  }
  const repo = everywhere ? null : await registeredRepo(context, { store: ports.store, dir: flags.repo });
  const given = flags.trust === true;
  if (repo === null) await requireTrustOfEach(context, { repos: await ports.store.repos(), given });
  else await requireTrust(context, { repo, given });
  await askForPullRequests(context, { ports, repos: repo === null ? await ports.store.repos() : [repo] });
  const named = flags.task === undefined ? null : new Set<number>();
  for (const id of flags.task ?? []) named?.add((await takeNamed(context, { store: ports.store, id, repo: flags.repo })).key);
  return { repo, batch: flags.batch ?? null, named };
}

function told({ counts }: Summary): string {
  const states = ['done', 'delivered', 'blocked', 'failed', 'cancelled', 'running', 'queued'] as const;
  return states.flatMap((state) => (counts[state] === 0 ? [] : [`${counts[state]} ${state}`])).join(', ');
}

/** These tasks are among those that are delivered. */
function reviewText(inReview: number): string {
  return `${inReview} in review; \`yardmaster up\` goes on with ${inReview === 1 ? 'it' : 'them'}`;
}

function nothingToDo(summary: Summary): string {
  const left = told(summary);
  if (left === '')
    return 'nothing to do: no task is ready. Add #auto-dispatch to one in TODO.md, or start one with --task; `yardmaster ls` says what each task waits for';
  const { next } = summary.waiting;
  const wait = next === null ? '' : `; the next to start is ${waitLine(next, systemClock.now())}`;
  const review = summary.inReview === 0 ? '' : `; ${reviewText(summary.inReview)}`;
  return `nothing to do now: ${left}${review}${wait}; \`yardmaster explain ID\` says for each what would move it`;
}

function conclude(context: CliContext, given: { summary: Supervised; flags: RunFlags }): void {
  const { summary } = given;
  if (summary.interrupted) context.exit = exitCodes.interrupted;
  else if (summary.nothing) return refuse(context, nothingToDo(summary));
  else if (summary.failing) context.exit = exitCodes.failed;
  if (given.flags.json === true) return;
  context.out.write(`${told(summary) || 'no task'}; ${dollars(summary.costUsd)}\n`);
  const { mismatched, inReview } = summary;
  if (inReview > 0) context.out.write(`${reviewText(inReview)}\n`);
  if (mismatched.length === 0) return;
  const attempts = mismatched.length === 1 ? '1 attempt was' : `${mismatched.length} attempts were`;
  const commands = [...new Set(mismatched)].slice(0, 5).map((task) => `yardmaster show ${task}`);
  context.err.write(`WARNING: ${attempts} billed in another way than planned (${commands.join(', ')})\n`);
}
