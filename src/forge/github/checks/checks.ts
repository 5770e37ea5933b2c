// The checks of one commit: check runs and commit statuses. A token that may not read check runs (a fine-grained one never
// may) gets the jobs of GitHub Actions in their place. What cannot be read is never taken for green: then it is not known.
import type { Check, Checks, ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { Fault } from '../../../core/fault.ts';
import { fields } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { requiredNames, withRequired } from './required.ts';
import { checkOfJob, checkOfRun, checkOfStatus } from './runs.ts';

export interface ChecksOf {
  readonly repository: ForgeRepository;
  readonly commit: string;
  readonly base: string;
}

export async function checks(desk: Desk, given: ChecksOf): Promise<Checks> {
  const [runs, statuses, required] = await Promise.all([runsOf(desk, given), statusesOf(desk, given), requiredNames(desk, given)]);
  if (runs === null) return { known: false, lacking: 'checks: read' };
  if (statuses === null) return { known: false, lacking: 'commit statuses: read' };
  return { known: true, checks: withRequired([...runs, ...statuses], required) };
}

async function runsOf(desk: Desk, given: ChecksOf): Promise<readonly Check[] | null> {
  const { repository, commit } = given;
  const ask = { route: 'GET /repos/{owner}/{repo}/commits/{commit}/check-runs', ...named(given, 'checks: read') };
  const runs = desk.lacks.has('checks: read')
    ? null
    : await orNull(desk.client.all({ ...ask, with: { ...ask.with, commit, filter: 'latest' } }, { field: 'check_runs' }));
  if (runs !== null) return runs.map(checkOfRun).filter((check) => check !== null);
  const jobs = await jobsOf(desk, given);
  const others = 'the checks of other apps than GitHub Actions are not seen';
  const nothing = 'no check runs are seen, so nothing is merged by itself and no failed check is given to a worker';
  desk.lacks.note({ right: 'checks: read', follows: `in ${slug(repository)}, ${jobs === null ? nothing : others}` });
  if (jobs === null)
    desk.lacks.note({ right: 'actions: read', follows: `in ${slug(repository)}, the jobs of GitHub Actions are not seen either` });
  return jobs;
}

async function jobsOf(desk: Desk, given: ChecksOf): Promise<readonly Check[] | null> {
  const { commit } = given;
  const ask = named(given, 'actions: read');
  const route = 'GET /repos/{owner}/{repo}/actions/runs';
  const runs = await orNull(desk.client.all({ ...ask, route, with: { ...ask.with, head_sha: commit } }, { field: 'workflow_runs' }));
  if (runs === null) return null;
  const ids = runs.flatMap((run) => fields(run)?.['id'] ?? []);
  const ofRun = 'GET /repos/{owner}/{repo}/actions/runs/{run}/jobs';
  const jobs = await Promise.all(
    ids.map((run) => desk.client.all({ ...ask, route: ofRun, with: { ...ask.with, run, filter: 'latest' } }, { field: 'jobs' })),
  );
  return jobs
    .flat()
    .map(checkOfJob)
    .filter((check) => check !== null);
}

async function statusesOf(desk: Desk, given: ChecksOf): Promise<readonly Check[] | null> {
  const ask = named(given, 'commit statuses: read');
  const route = 'GET /repos/{owner}/{repo}/commits/{commit}/status';
  const found = await orNull(desk.client.all({ ...ask, route, with: { ...ask.with, commit: given.commit } }, { field: 'statuses' }));
  if (found !== null) return found.map(checkOfStatus).filter((check) => check !== null);
  const follows = `in ${slug(given.repository)}, statuses of commits are not seen, so nothing is merged by itself`;
  desk.lacks.note({ right: 'commit statuses: read', follows });
  return null;
}

interface Named {
  readonly of: string;
  readonly right: string;
  readonly with: Readonly<Record<string, unknown>>;
}

function named({ repository }: ChecksOf, right: string): Named {
  return { of: slug(repository), right, with: { owner: repository.owner, repo: repository.name } };
}

/** Null if the token may not read it. GitHub answers "not found" too where it does not want to say so. */
async function orNull<Of>(asking: Promise<Of>): Promise<Of | null> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof Fault && error.code === 'forge-refused' && error.data['status'] === 403) return null;
    throw error;
  }
}
