// Check runs and commit statuses: made by tests, and made again when somebody asks for it.
import { unprocessable } from './pull-acts.ts';
import type { CheckRun, Conclusion, Repository, Status } from './state.ts';
import { nextId, nowOf } from './state.ts';

export interface NewCheck {
  readonly name: string;
  readonly sha: string;
  /** Null: it is still running. */
  readonly conclusion: Conclusion | null;
  readonly log: string;
  /** By GitHub Actions; false: by another App. */
  readonly actions: boolean;
  readonly title: string | null;
  readonly summary: string | null;
}

/** A check run on this commit. The same name again, while the last one is still running, ends that one. */
export function putCheck(repository: Repository, given: NewCheck): CheckRun {
  const { world } = repository;
  const { name, sha, conclusion, log, actions, title, summary } = given;
  const at = nowOf(world);
  const running = repository.checks.findLast(
    (check) => check.sha === sha && check.name === name && check.actions === actions && check.status !== 'completed',
  );
  if (running !== undefined) {
    if (conclusion !== null) Object.assign(running, { status: 'completed', conclusion, completedAt: at });
    Object.assign(running, { log, title, summary });
    return running;
  }
  const run = actions ? repository.checks.findLast((check) => check.actions && check.sha === sha) : undefined;
  const check: CheckRun = {
    ...{ id: nextId(world), name, sha, status: conclusion === null ? 'in_progress' : 'completed', conclusion, startedAt: at },
    completedAt: conclusion === null ? null : at,
    actions,
    run: run?.run ?? nextId(world),
    attempt: run?.attempt ?? 1,
    log,
    title,
    summary,
  };
  repository.checks.push(check);
  return check;
}

/** Runs it again: a new check run with the same name is queued, and the test is told. */
export function runAgain(repository: Repository, check: CheckRun): CheckRun {
  const { world } = repository;
  if (check.status !== 'completed') throw unprocessable('This check run is not rerequestable');
  const again: CheckRun = {
    ...check,
    ...{ id: nextId(world), status: 'queued', conclusion: null, startedAt: nowOf(world), completedAt: null },
    ...{ attempt: check.attempt + 1, log: '', title: null, summary: null },
  };
  repository.checks.push(again);
  world.onRerun({ repository, check: again });
  return again;
}

export function putStatus(repository: Repository, given: Pick<Status, 'sha' | 'context' | 'state' | 'description' | 'url' | 'by'>): Status {
  const status: Status = { ...given, id: nextId(repository.world), at: nowOf(repository.world) };
  repository.statuses.push(status);
  return status;
}
