// `show`: shows everything that is stored of one task.
import { iso } from '../../lib/iso.ts';
import { dollars, elapsed, table } from '../../lib/table.ts';
import { billedOtherwise, type Attempt } from '../../core/task/attempt.ts';
import { saidText } from '../../core/reason/said-words.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Task } from '../../core/task/task.ts';
import { asking, openStore, savedWork, viewWorkers } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { lookUp } from '../find-task.ts';
import { paint } from '../paint.ts';
import { showTask, shownView } from '../../api/show-task.ts';
import { charged } from '../../api/task-view.ts';

export async function show(this: CliContext, flags: { json?: boolean; repo?: string }, id: string): Promise<void> {
  const opened = await openStore(this);
  try {
    const { task, store } = await lookUp(this, { store: opened, id, repo: flags.repo });
    const shown = await showTask(asking(this, store), task);
    const { attempts, transitions, stands } = shown;
    const saved = await savedWork({ repo: task.repo, attempts });
    if (flags.json === true) return printJson(this, shownView({ ...shown, saved, workers: await viewWorkers(attempts) }));
    const told = transitions.map((one) => [iso(one.at), `${one.from} → ${one.to}`, textOf(one.reason)]);
    this.out.write(
      `${head(this, { task, saved, why: stands.text })}\nTRANSITIONS\n${table(told)}\nATTEMPTS\n${table(attempts.map(attemptRow))}`,
    );
  } finally {
    await opened.end();
  }
}

function head(context: CliContext, given: { task: Task; saved: readonly string[]; why: string }): string {
  const { task, saved } = given;
  const { stackedOn = null } = task.delivery ?? {};
  const { bold, state } = paint(context.out);
  const facts: [string, string | null][] = [
    ['why', given.why],
    ['evidence', task.delivery?.evidence ?? null],
    ['branch', task.delivery?.branch ?? null],
    ['builds on', stackedOn === null ? null : `${stackedOn.branch} (${stackedOn.task})`],
    ['checkout', task.site?.checkout ?? null],
    ['saved work', saved.length === 0 ? null : `git log --graph --stat ${saved.join(' ')}`],
    ['blocked by', task.blockedBy.join(', ') || null],
    ['mcp', task.mcp?.join(', ') ?? null],
    ['role', task.role],
    ['tags', task.tags.map((tag) => `#${tag}`).join(' ') || null],
    ['batch', task.batch],
    ['repository', task.repo],
  ];
  const rows = facts.flatMap(([name, value]) => (value === null ? [] : [[`  ${name}`, value]]));
  return `${bold(task.id)}  ${state(task.state)}  ${task.title}\n${table(rows)}${task.body === null ? '' : `\n${task.body.trimEnd()}\n`}`;
}

function attemptRow(attempt: Attempt): string[] {
  const took = attempt.endedAt === null ? '…' : elapsed(attempt.endedAt - attempt.startedAt);
  return [
    `#${attempt.number}`,
    attempt.route.agent,
    attempt.route.model,
    attempt.verdict?.kind ?? attempt.state,
    `${attempt.commits} ${attempt.commits === 1 ? 'commit' : 'commits'}`,
    took,
    dollars(charged(attempt)),
    [
      ...(billedOtherwise(attempt) ? [`WARNING: billed by ${attempt.billing}, but planned on the account ${attempt.route.account}`] : []),
      attempt.verdict === null ? '' : saidText(attempt.verdict.said),
    ].join('; '),
  ];
}
