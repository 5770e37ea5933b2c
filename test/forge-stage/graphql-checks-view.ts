// How GraphQL sees checks and statuses. A fine-grained token gets an error in the place of every check run, as GitHub answers.
import { hasRight } from './rest-dispatch.ts';
import { isRequired, latestChecks, latestStatuses, rollup } from './merge-rules.ts';
import { nodeId } from './node-id.ts';
import type { Args, View, Viewing } from './graphql-viewing.ts';
import { actorView, connection } from './graphql-viewing.ts';
import { notFound, Refusal } from './refusal.ts';
import { appName, checkPage } from './rest-checks-shapes.ts';
import type { CheckRun, Repository, Status } from './state.ts';
import { fullName, isPull, pullsOf } from './state.ts';

interface AtCommit {
  readonly repository: Repository;
  readonly sha: string;
}

export function rollupView(viewing: Viewing, { repository, sha }: AtCommit): View | null {
  const state = rollup(repository, sha);
  if (state === null) return null;
  return {
    __typename: 'StatusCheckRollup',
    ...{ id: `SCR_${repository.id}_${sha}`, state, commit: () => viewing.show.commit(repository, sha) },
    contexts: (args: Args) => {
      const checks = latestChecks(repository, sha);
      const statuses = latestStatuses(repository, sha);
      const all = [
        ...checks.map((check) => checkView(viewing, { repository, check })),
        ...statuses.map((status) => statusView(viewing, { repository, status })),
      ];
      return { ...connection(all, args), checkRunCount: checks.length, statusContextCount: statuses.length };
    },
  };
}

export function checkView(
  viewing: Viewing,
  { repository, check }: { readonly repository: Repository; readonly check: CheckRun },
): View | Refusal {
  if (!hasRight(viewing.token, { right: 'checks:read', repository }))
    return new Refusal({
      status: 403,
      message: `Resource not accessible by ${viewing.token.kind === 'app' ? 'integration' : 'personal access token'}`,
    });
  const page = checkPage(repository, check);
  return {
    __typename: 'CheckRun',
    ...{ id: nodeId('CheckRun', check.id), databaseId: check.id, name: check.name, status: check.status.toUpperCase() },
    conclusion: check.conclusion?.toUpperCase() ?? null,
    startedAt: check.startedAt,
    completedAt: check.completedAt,
    detailsUrl: page,
    url: page,
    permalink: page,
    resourcePath: page.slice(viewing.world.url.length),
    externalId: String(check.id),
    title: check.title,
    summary: check.summary,
    text: null,
    isRequired: (args: Args) => requiredFor(repository, { args, name: check.name }),
    repository: () => viewing.show.repository(repository),
    checkSuite: () => suiteView(viewing, { repository, checks: [check] }),
  };
}

function statusView(viewing: Viewing, { repository, status }: { readonly repository: Repository; readonly status: Status }): View {
  return {
    __typename: 'StatusContext',
    id: nodeId('StatusContext', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    ...{ targetUrl: status.url, createdAt: status.at, avatarUrl: null, creator: () => actorView(viewing, status.by) },
    commit: () => viewing.show.commit(repository, status.sha),
    isRequired: (args: Args) => requiredFor(repository, { args, name: status.context }),
  };
}

function requiredFor(repository: Repository, { args, name }: { readonly args: Args; readonly name: string }): boolean {
  const { pullRequestNumber: number, pullRequestId: id } = args;
  const pull = pullsOf(repository).find((one) => one.number === number || nodeId('PullRequest', one.id) === id);
  if (pull === undefined || !isPull(pull)) throw notFound(`Could not resolve to a PullRequest with the number of ${String(number ?? id)}.`);
  return isRequired(pull, name);
}

/** The check suites of a commit: one for each run of Actions, and one for each other App. */
export function checkSuites(viewing: Viewing, { repository, sha }: AtCommit): readonly View[] {
  const runs = Map.groupBy(latestChecks(repository, sha), (check) => check.run);
  return [...runs.values()].map((checks) => suiteView(viewing, { repository, checks }));
}

function suiteView(
  viewing: Viewing,
  { repository, checks }: { readonly repository: Repository; readonly checks: readonly CheckRun[] },
): View {
  const [first] = checks;
  if (first === undefined) throw new Error('a check suite has at least one check');
  const open = checks.some((check) => check.status !== 'completed');
  const red = checks.find((check) => check.conclusion !== null && !['success', 'neutral', 'skipped'].includes(check.conclusion));
  const page = `${viewing.world.url}/${fullName(repository)}/actions/runs/${first.run}`;
  const at = {
    createdAt: first.startedAt,
    updatedAt: first.completedAt ?? first.startedAt,
    url: page,
    resourcePath: page.slice(viewing.world.url.length),
  };
  const suite: View = {
    __typename: 'CheckSuite',
    ...{ id: nodeId('CheckSuite', first.run), databaseId: first.run, ...at, status: open ? 'IN_PROGRESS' : 'COMPLETED' },
    conclusion: open ? null : (red?.conclusion ?? 'success').toUpperCase(),
    app: {
      __typename: 'App',
      id: `A_${appName(first)}`,
      slug: appName(first),
      name: appName(first),
      databaseId: first.actions ? 15368 : 900,
    },
    commit: () => viewing.show.commit(repository, first.sha),
    repository: () => viewing.show.repository(repository),
    checkRuns: (args: Args) =>
      connection(
        checks.map((check) => checkView(viewing, { repository, check })),
        args,
      ),
    workflowRun: () => (first.actions ? workflowRun() : null),
  };
  return suite;

  function workflowRun(): View {
    return {
      __typename: 'WorkflowRun',
      id: nodeId('WorkflowRun', first?.run ?? 0),
      databaseId: first?.run,
      runNumber: 1,
      event: 'pull_request',
      ...at,
      checkSuite: () => suite,
      workflow: { __typename: 'Workflow', id: 'W_1', databaseId: 1, name: 'CI' },
    };
  }
}
