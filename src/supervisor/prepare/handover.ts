// Hands earlier work over to a worker: it continues the last worker's session, or, if it cannot, its prompt describes the
// work that is there.
import type { Attempt } from '../../core/task/attempt.ts';
import { answerOf } from '../../core/delivery/delivery.ts';
import { saidText } from '../../core/reason/said-words.ts';
import { goesOnIn } from '../../core/task/decide.ts';
import { continuePrompt, taskPrompt, type EarlierWork } from '../../core/task/prompt.ts';
import type { Settings } from '../../core/settings.ts';
import { tallyOf } from '../../core/transcript/tally.ts';
import { isCounted, type Task } from '../../core/task/task.ts';
import type { Verdict } from '../../core/task/verdict.ts';
import type { Agent } from '../../ports/agent.ts';
import type { SiteFacts } from '../../ports/place-site.ts';
import type { ReadySite } from './make-site.ts';
import type { World } from '../world.ts';

export interface Earlier {
  readonly session: string;
  readonly feedback: string;
}

/** The session of the last attempt, if this attempt may continue it. */
export function earlierSession(given: {
  task: Task;
  attempt: Attempt;
  agent: Agent;
  last: Attempt | null;
  worktree: string;
  role: string | null;
}): Earlier | null {
  const { task, last, worktree, role } = given;
  if (given.agent.sessions === null) return null;
  if (last?.verdict == null || last.session === null) return null;
  // The attempts that an answer continues ended before it was asked for.
  if (!isCounted({ task, attempt: last }) && given.attempt.answer === null) return null;
  const { route, answer } = given.attempt;
  if (!goesOnIn({ last, verdict: last.verdict.kind, next: { route, worktree, role, answer } })) return null;
  return { session: last.session, feedback: feedbackOf(task, last.verdict) };
}

function feedbackOf(task: Task, verdict: Verdict): string {
  const asked = answerOf(task)?.feedback ?? null;
  if (asked !== null && (verdict.kind === 'work' || verdict.kind === 'no-change')) return asked;
  const cut =
    verdict.feedback ??
    `Your last turn was cut short (${verdict.kind}: ${saidText(verdict.said)}). Look at \`git status\` and go on where you were.`;
  return asked === null ? cut : `${cut}\n\n${asked}`;
}

/** A description of the last worker's work, for a worker without its session; null: there is no such work. */
export async function leftWork(
  world: World,
  given: { task: Task; last: Attempt | null; ready: ReadySite; signal: AbortSignal },
): Promise<EarlierWork | null> {
  const { task, last, ready } = given;
  if (last?.verdict == null || last.worktree !== ready.checkout || !isCounted({ task, attempt: last }) || last.outOffset === 0) return null;
  const { checkout: worktree, base } = ready;
  const repo = world.repo.within(given.signal);
  const events = (await world.store.events({ attempt: last.id, last: lastEvents })).map(({ event }) => event);
  const { kind, said } = last.verdict;
  return {
    agent: last.route.agent,
    why: `${kind}: ${saidText(said)}`,
    lastWords: tallyOf(events).lastWords,
    changes: await repo.changes({ worktree, base }),
    uncommitted: (await repo.facts({ worktree, base })).dirty,
  };
}

/** The last words of a worker are sought in this many of its latest events. */
const lastEvents = 200;

export function promptOf(given: {
  task: Task;
  ready: ReadySite;
  site: SiteFacts;
  settings: Settings;
  earlier: Earlier | null;
  left: EarlierWork | null;
}): string {
  const { task, ready, site, settings, earlier, left } = given;
  if (earlier !== null) return continuePrompt({ ...task, feedback: earlier.feedback });
  const asked = answerOf(task)?.feedback ?? null;
  const prompt = taskPrompt({
    id: task.id,
    title: task.title,
    body: task.body,
    branch: ready.branch,
    stackedOn: ready.stackedOn,
    worktree: site.checkout,
    commits: ready.commits,
    checks: settings.delivery.checks,
    emptySubmodules: ready.emptySubmodules,
    earlier: left,
  });
  return asked === null ? prompt : `${prompt}\n# What is asked of you now\n${asked}\n`;
}
