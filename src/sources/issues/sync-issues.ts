// The sync of a repository's TODO.md with the issues of its forge, in rounds until nothing is left to do: new lines and issues
// get numbers, which their neighbours name only in the next round.
import { join } from 'node:path';
import { parseTodo } from '../../core/todo/line.ts';
import { numberOf, type Notice } from '../../core/sync/pair-up.ts';
import { aboutOf, pendingOf, type Pending } from '../../core/sync/pending.ts';
import { planSync } from '../../core/sync/plan.ts';
import type { Change, SyncPlan } from '../../core/sync/sync-plan.ts';
import type { IssueSync, SyncAsk, SyncOutcome } from '../../ports/issue-sync.ts';
import { carryOut } from './carry-out.ts';
import { gather, type Gathered, type Ports } from './gather.ts';
import { recordSync } from './last-sync.ts';
import { lockIssues } from './lock.ts';

export function issueSync(ports: Ports): IssueSync {
  const { file } = ports;
  const listOf = (repo: string): string => join(repo, 'TODO.md');
  return {
    run: (ask) => (ask.dryRun ? syncIssues(ports, ask) : alone(ports, ask)),
    mark: (repo) => file.mark(listOf(repo)),
    async issueOf({ repo, ids, task }) {
      const read = await file.read(listOf(repo)).catch(() => null);
      const todo = read === null ? undefined : parseTodo({ text: read.text, ids }).tasks.find(({ id }) => id === task);
      return todo === undefined ? null : numberOf(todo);
    },
  };
}

async function alone(ports: Ports, ask: SyncAsk): Promise<SyncOutcome> {
  const release = await lockIssues({ folder: ports.folder, repo: ask.repo, waitMs: ask.waitMs });
  try {
    return await syncIssues(ports, ask);
  } finally {
    await release();
  }
}

/** Each round brings the two sides nearer; more are needed only while people write at the same time. */
const mostRounds = 8;

async function syncIssues(ports: Ports, ask: SyncAsk): Promise<SyncOutcome> {
  const done: Pending[] = [];
  const refused: Notice[] = [];
  let left: ReadonlyMap<string, string> = new Map();
  let asked = ask;
  for (let round = 1; ; round += 1) {
    const gathered = await gather(ports, asked);
    const plan = planned({ gathered, only: ask.only });
    if (ask.dryRun) return outcome({ ask, gathered, plan, done: pendingOf(plan), left, refused });
    const carried = await carryOut(ports, { ask: asked, plan });
    done.push(...pendingOf({ changes: carried.done, numbers: plan.numbers }));
    refused.push(...carried.refused);
    ({ left } = carried);
    const isOver = carried.done.length === 0 || round === mostRounds;
    if (isOver) {
      const result = outcome({ ask, gathered, plan, done, left, refused });
      await record(ports, { ask, gathered, result });
      return result;
    }
    // What a person asked for is asked again only where it was left out.
    asked = {
      ...ask,
      keep: new Map([...asked.keep].filter(([task]) => carried.left.has(task))),
      push: asked.push.filter((task) => carried.left.has(task)),
    };
  }
}

function planned({ gathered, only }: { readonly gathered: Gathered; readonly only: SyncAsk['only'] }): SyncPlan {
  const { facts, byOthers } = gathered;
  const plan = planSync(facts);
  const isIn = (task: string): boolean => only === null || only.has(task);
  const isOurs = (change: Change): boolean => {
    const { task } = aboutOf({ change, numbers: plan.numbers });
    return isIn(task) && !(change.do === 'comment' && byOthers.has(task));
  };
  return { ...plan, changes: plan.changes.filter(isOurs), seen: plan.seen.filter(({ task }) => isIn(task)) };
}

function outcome(given: {
  readonly ask: SyncAsk;
  readonly gathered: Gathered;
  readonly plan: SyncPlan;
  readonly done: readonly Pending[];
  readonly left: ReadonlyMap<string, string>;
  readonly refused: readonly Notice[];
}): SyncOutcome {
  const { ask, gathered, plan, done, left, refused } = given;
  const { facts } = gathered;
  const isWhole = ask.only === null && facts.flows === 'both' && facts.keep.size === 0 && facts.push.length === 0;
  const full = isWhole
    ? plan
    : planned({ gathered: { ...gathered, facts: { ...facts, flows: 'both', keep: new Map(), push: [] } }, only: null });
  const pending = pendingOf(full);
  const { conflicts, numbers } = full;
  const notices = [...full.notices, ...refused];
  const others = new Set([...conflicts, ...pending].map(({ task }) => task));
  return {
    mark: gathered.mark,
    lines: new Set(parseTodo(facts.list).tasks.map(({ id }) => id)),
    ...{ done, pending, conflicts, notices, numbers, left: [...left].map(([task, why]) => ({ task, why })) },
    synced: [...numbers.keys()].filter((task) => !others.has(task)).length,
  };
}

async function record(
  ports: Ports,
  { ask, gathered, result }: { readonly ask: SyncAsk; readonly gathered: Gathered; readonly result: SyncOutcome },
): Promise<void> {
  const { repo, at, holder } = ask;
  const { begunAt, checkout, until, changedAt } = gathered;
  const { conflicts, pending, notices } = result;
  const attention = [...new Set([...conflicts, ...pending, ...notices].flatMap(({ number }) => number ?? []))];
  const last = { at: begunAt, until, changedAt, ...checkout, attention, conflicts, pending };
  await recordSync(ports.store, { repo, at, holder, last });
}
