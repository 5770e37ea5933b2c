// How REST shows check runs, commit statuses, and the runs and jobs of GitHub Actions. The id of a job of Actions is that of
// its check run, as on GitHub.
import { latestStatuses } from './merge-rules.ts';
import { nodeId } from './node-id.ts';
import { api, apiOf, briefRepository, pageOf, person } from './rest-people-and-repositories.ts';
import type { CheckRun, Pull, Repository, Status } from './state.ts';
import { openPulls } from './state.ts';

export function checkShape(repository: Repository, check: CheckRun): object {
  const url = `${apiOf(repository)}/check-runs/${check.id}`;
  const page = checkPage(repository, check);
  return {
    ...{ id: check.id, name: check.name, node_id: nodeId('CheckRun', check.id), head_sha: check.sha, external_id: String(check.id), url },
    ...{ html_url: page, details_url: page, status: check.status, conclusion: check.conclusion },
    ...{ started_at: check.startedAt, completed_at: check.completedAt, check_suite: { id: check.run }, app: appOf(repository, check) },
    output: { title: check.title, summary: check.summary, text: null, annotations_count: 0, annotations_url: `${url}/annotations` },
    pull_requests: openPulls(repository)
      .filter((pull) => pull.shown === check.sha && pull.head.repository === repository)
      .map(minimalPull),
  };
}

export function checkPage(repository: Repository, check: CheckRun): string {
  const page = pageOf(repository);
  return check.actions ? `${page}/actions/runs/${check.run}/job/${check.id}` : `${page}/runs/${check.id}`;
}

export const appName = (check: CheckRun): string => (check.actions ? 'github-actions' : 'other-checks');

function appOf(repository: Repository, check: CheckRun): object {
  const slug = appName(check);
  const { world } = repository;
  return {
    id: check.actions ? 15368 : 900,
    slug,
    node_id: `A_${slug}`,
    owner: person(world, check.actions ? 'github' : repository.owner),
    name: slug,
    description: '',
    external_url: world.url,
    html_url: `${world.url}/apps/${slug}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    ...{ permissions: { checks: 'write', metadata: 'read' }, events: [] },
  };
}

function minimalPull(pull: Pull): object {
  const { repository } = pull;
  const repo = { id: repository.id, url: apiOf(repository), name: repository.name };
  return {
    ...{ id: pull.id, number: pull.number, url: `${apiOf(repository)}/pulls/${pull.number}` },
    head: { ref: pull.head.branch, sha: pull.shown, repo },
    base: { ref: pull.base, sha: repository.seen.get(pull.base) ?? pull.shown, repo },
  };
}

export function combinedStatus(repository: Repository, sha: string): object {
  const statuses = latestStatuses(repository, sha);
  const states = new Set(statuses.map(({ state }) => state));
  const failed = states.has('failure') || states.has('error');
  const url = `${apiOf(repository)}/commits/${sha}`;
  return {
    // Without any status the combined one is pending, not green.
    state: failed ? 'failure' : states.has('pending') || statuses.length === 0 ? 'pending' : 'success',
    ...{ statuses: statuses.map((status) => statusShape(repository, status)), sha, total_count: statuses.length },
    ...{ repository: briefRepository(repository), commit_url: url, url: `${url}/status` },
  };
}

export function statusShape(repository: Repository, status: Status): object {
  return {
    ...{ url: `${apiOf(repository)}/statuses/${status.sha}`, avatar_url: `${repository.world.url}/avatars/u/1`, id: status.id },
    ...{ node_id: nodeId('StatusContext', status.id), state: status.state, description: status.description, target_url: status.url },
    ...{ context: status.context, created_at: status.at, updated_at: status.at },
  };
}

export function jobShape(repository: Repository, check: CheckRun): object {
  const url = apiOf(repository);
  return {
    id: check.id,
    run_id: check.run,
    workflow_name: 'CI',
    head_branch: branchOf(repository, check),
    run_url: `${url}/actions/runs/${check.run}`,
    ...{ run_attempt: check.attempt, node_id: nodeId('CheckRun', check.id), head_sha: check.sha, url: `${url}/actions/jobs/${check.id}` },
    ...{ html_url: checkPage(repository, check), status: check.status, conclusion: check.conclusion, created_at: check.startedAt },
    started_at: check.startedAt,
    completed_at: check.completedAt,
    name: check.name,
    steps: [],
    check_run_url: `${url}/check-runs/${check.id}`,
    ...{ labels: ['ubuntu-latest'], runner_id: 1, runner_name: 'stage', runner_group_id: 1, runner_group_name: 'default' },
  };
}

function branchOf(repository: Repository, check: CheckRun): string | null {
  return [...repository.seen].find(([, sha]) => sha === check.sha)?.[0] ?? null;
}

/** The jobs of a run of Actions, each in its last attempt. */
export function jobsOf(repository: Repository, run: number): readonly CheckRun[] {
  const last = new Map<string, CheckRun>();
  for (const check of repository.checks) if (check.actions && check.run === run) last.set(check.name, check);
  return [...last.values()];
}

export function runShape(repository: Repository, run: number): object | null {
  const jobs = jobsOf(repository, run);
  const [first] = jobs;
  if (first === undefined) return null;
  const url = `${apiOf(repository)}/actions/runs/${run}`;
  const open = jobs.some((job) => job.status !== 'completed');
  const red = jobs.find((job) => !['success', 'skipped', 'neutral'].includes(job.conclusion ?? 'success'));
  const commit = repository.bare.commit(first.sha);
  const branch = branchOf(repository, first);
  const { author, committer } = commit;
  return {
    id: run,
    name: 'CI',
    node_id: nodeId('WorkflowRun', run),
    head_branch: branch,
    head_sha: first.sha,
    path: '.github/workflows/ci.yml',
    ...{ display_title: commit.message.split('\n')[0], run_number: 1, run_attempt: Math.max(...jobs.map((job) => job.attempt)) },
    event: openPulls(repository).some((pull) => pull.shown === first.sha) ? 'pull_request' : 'push',
    workflow_id: 1,
    check_suite_id: run,
    ...{ status: open ? 'in_progress' : 'completed', conclusion: open ? null : (red?.conclusion ?? 'success'), url },
    html_url: `${pageOf(repository)}/actions/runs/${run}`,
    created_at: first.startedAt,
    updated_at: first.completedAt ?? first.startedAt,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${apiOf(repository)}/check-suites/${run}`,
    artifacts_url: `${url}/artifacts`,
    ...{ cancel_url: `${url}/cancel`, rerun_url: `${url}/rerun`, workflow_url: `${api(repository.world)}/workflows/1`, pull_requests: [] },
    head_commit: { id: commit.sha, tree_id: commit.tree, message: commit.message, timestamp: committer.date, author, committer },
    ...{ repository: briefRepository(repository), head_repository: briefRepository(repository) },
  };
}
