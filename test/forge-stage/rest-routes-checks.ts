// The routes about commits, checks, commit statuses, and the runs and jobs of GitHub Actions.
import { created, neededText, numberParam, ok, textField } from './api-call.ts';
import type { Answer, Call, Route } from './api-call.ts';
import { putStatus, runAgain } from './check-acts.ts';
import { latestChecks } from './merge-rules.ts';
import { notFound, Refusal } from './refusal.ts';
import { appName, checkShape, combinedStatus, jobShape, jobsOf, runShape, statusShape } from './rest-checks-shapes.ts';
import { commitShape, comparisonShape } from './rest-commits.ts';
import { person } from './rest-people-and-repositories.ts';
import type { CheckRun, Status } from './state.ts';

const base = '/repos/{owner}/{repo}';
const checksRead = { rights: ['checks:read'], least: null } as const;
const actionsRead = { rights: ['actions:read'], least: null } as const;
const actionsWrite = { rights: ['actions:write'], least: 'write' } as const;

export const checkRoutes: readonly Route[] = [
  { method: 'GET', path: `${base}/commits/{ref}/check-runs`, ...checksRead, handle: checksOfCommit },
  {
    method: 'GET',
    path: `${base}/commits/{ref}/status`,
    rights: ['statuses:read'],
    least: null,
    handle: (call) => ok(combinedStatus(call.repository, commitOf(call))),
  },
  { method: 'GET', path: `${base}/commits/{ref}/statuses`, rights: ['statuses:read'], least: null, handle: statuses },
  {
    method: 'GET',
    path: `${base}/commits/{ref}`,
    rights: ['contents:read'],
    least: null,
    handle: (call) => ok(commitShape(call.repository, commitOf(call))),
  },
  { method: 'GET', path: `${base}/compare/{basehead}`, rights: ['contents:read'], least: null, handle: compare },
  { method: 'POST', path: `${base}/statuses/{sha}`, rights: ['statuses:write'], least: 'write', handle: addStatus },
  {
    method: 'GET',
    path: `${base}/check-runs/{check_run_id}`,
    ...checksRead,
    handle: (call) => ok(checkShape(call.repository, check(call, 'check_run_id'))),
  },
  { method: 'POST', path: `${base}/check-runs/{check_run_id}/rerequest`, rights: ['checks:write'], least: 'write', handle: rerequest },
  { method: 'GET', path: `${base}/actions/runs`, ...actionsRead, handle: runs },
  { method: 'GET', path: `${base}/actions/runs/{run_id}`, ...actionsRead, handle: run },
  { method: 'GET', path: `${base}/actions/runs/{run_id}/jobs`, ...actionsRead, handle: jobs },
  { method: 'POST', path: `${base}/actions/runs/{run_id}/rerun-failed-jobs`, ...actionsWrite, handle: rerunFailed },
  { method: 'POST', path: `${base}/actions/runs/{run_id}/rerun`, ...actionsWrite, handle: rerunAll },
  {
    method: 'GET',
    path: `${base}/actions/jobs/{job_id}`,
    ...actionsRead,
    handle: (call) => ok(jobShape(call.repository, check(call, 'job_id'))),
  },
  { method: 'POST', path: `${base}/actions/jobs/{job_id}/rerun`, ...actionsWrite, handle: rerunJob },
  { method: 'GET', path: `${base}/actions/jobs/{job_id}/logs`, ...actionsRead, handle: logs },
];

const commitOf = (call: Call): string => commitNamed(call, call.params['ref'] ?? '');

function commitNamed({ repository }: Call, name: string): string {
  const sha = repository.seen.get(name.replace(/^heads\//, '')) ?? repository.bare.resolve(name);
  if (sha === null) throw new Refusal({ status: 422, message: `No commit found for SHA: ${name}` });
  return sha;
}

function compare(call: Call): Answer {
  const name = call.params['basehead'] ?? '';
  const [base, head] = name.split('...').map((side) => commitNamed(call, side.replace(/^[^:]*:/, '')));
  if (base === undefined || head === undefined) throw notFound();
  return ok(comparisonShape(call.repository, { base, head, name }));
}

function checksOfCommit(call: Call): Answer {
  const { repository, query } = call;
  const sha = commitOf(call);
  const named = query.get('check_name');
  const status = query.get('status');
  const all = query.get('filter') === 'all' ? repository.checks.filter((one) => one.sha === sha) : latestChecks(repository, sha);
  const found = all.filter((one) => (named === null || one.name === named) && (status === null || one.status === status));
  return ok({ total_count: found.length, check_runs: call.page(found).map((one) => checkShape(repository, one)) });
}

function statuses(call: Call): Answer {
  const sha = commitOf(call);
  const found = call.repository.statuses.filter((status) => status.sha === sha).toReversed();
  return ok(call.page(found).map((status) => ({ ...statusShape(call.repository, status), creator: person(call.world, status.by) })));
}

function addStatus(call: Call): Answer {
  const sha = call.params['sha'] ?? '';
  if (call.repository.bare.resolve(sha) === null) throw new Refusal({ status: 422, message: `No commit found for SHA: ${sha}` });
  const state = neededText(call, 'state') as Status['state'];
  const more = { description: textField(call, 'description') ?? null, url: textField(call, 'target_url') ?? null };
  const made = putStatus(call.repository, { sha, state, context: textField(call, 'context') ?? 'default', ...more, by: call.viewer });
  return created({ ...statusShape(call.repository, made), creator: person(call.world, made.by) });
}

function check(call: Call, param: string): CheckRun {
  const id = numberParam(call, param);
  const found = call.repository.checks.find((one) => one.id === id && (param !== 'job_id' || one.actions));
  if (found === undefined) throw notFound();
  return found;
}

function rerequest(call: Call): Answer {
  runAgain(call.repository, check(call, 'check_run_id'));
  return created({});
}

function runs(call: Call): Answer {
  const sha = call.query.get('head_sha');
  const branch = call.query.get('branch');
  const status = call.query.get('status');
  const ids = [...new Set(call.repository.checks.filter((one) => one.actions && (sha === null || one.sha === sha)).map((one) => one.run))];
  const found = ids
    .map((id) => runShape(call.repository, id) as { status: string; conclusion: string | null; head_branch: string | null })
    .filter(
      (one) => (branch === null || one.head_branch === branch) && (status === null || one.status === status || one.conclusion === status),
    );
  return ok({ total_count: found.length, workflow_runs: call.page(found.toReversed()) });
}

function run(call: Call): Answer {
  const found = runShape(call.repository, numberParam(call, 'run_id'));
  if (found === null) throw notFound();
  return ok(found);
}

function jobs(call: Call): Answer {
  const id = numberParam(call, 'run_id');
  const latest = jobsOf(call.repository, id);
  if (latest.length === 0) throw notFound();
  const all = call.query.get('filter') === 'all' ? call.repository.checks.filter((one) => one.actions && one.run === id) : latest;
  return ok({ total_count: all.length, jobs: call.page(all).map((one) => jobShape(call.repository, one)) });
}

const red = (one: CheckRun): boolean => !['success', 'neutral', 'skipped'].includes(one.conclusion ?? 'success');

function again(call: Call, chosen: readonly CheckRun[]): Answer {
  const all = jobsOf(call.repository, numberParam(call, 'run_id'));
  if (all.length === 0) throw notFound();
  if (all.some((one) => one.status !== 'completed')) throw new Refusal({ status: 403, message: 'This workflow is already running' });
  if (chosen.length === 0) throw new Refusal({ status: 403, message: 'The workflow run has no failed jobs to rerun' });
  for (const one of chosen) runAgain(call.repository, one);
  return created({});
}

function rerunFailed(call: Call): Answer {
  return again(call, jobsOf(call.repository, numberParam(call, 'run_id')).filter(red));
}
function rerunAll(call: Call): Answer {
  return again(call, jobsOf(call.repository, numberParam(call, 'run_id')));
}

function rerunJob(call: Call): Answer {
  runAgain(call.repository, check(call, 'job_id'));
  return created({});
}

/** The log lies at another address, which is open for a minute to everybody who has it. */
function logs(call: Call): Answer {
  const job = check(call, 'job_id');
  if (job.status !== 'completed') throw notFound();
  return { status: 302, headers: { location: `${call.world.url}/_logs/${call.repository.id}/${job.id}?by=${appName(job)}` } };
}
