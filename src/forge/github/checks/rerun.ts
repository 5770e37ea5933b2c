// Runs checks again. All failed jobs of one workflow run are run again together, because GitHub refuses a second request
// while the first is carried out. What runs already is left alone, so a repeated call does no harm.
import type { Check, ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';

export async function rerun(
  desk: Desk,
  { repository, checks }: { readonly repository: ForgeRepository; readonly checks: readonly Check[] },
): Promise<void> {
  const ids = checks.filter(({ canRerun }) => canRerun).map(({ id }) => id.split(':'));
  const jobs = Map.groupBy(
    ids.filter(([kind]) => kind === 'job'),
    ([, job = '', run = '']) => (run === '' ? `job ${job}` : run),
  );
  for (const [run, [first, ...more]] of jobs) {
    const [, job = ''] = first ?? [];
    if (!(await hasEnded(desk, { repository, route: 'actions/jobs/{id}', id: job }))) continue;
    await start(desk, {
      repository,
      ...(more.length === 0 ? { route: 'actions/jobs/{id}/rerun', id: job } : { route: 'actions/runs/{id}/rerun-failed-jobs', id: run }),
    });
  }
  for (const [kind, id = ''] of ids)
    if (kind === 'run' && (await hasEnded(desk, { repository, route: 'check-runs/{id}', id })))
      await start(desk, { repository, route: 'check-runs/{id}/rerequest', id });
}

interface One {
  readonly repository: ForgeRepository;
  readonly route: string;
  readonly id: string;
}

async function hasEnded(desk: Desk, { repository, route, id }: One): Promise<boolean> {
  const { data } = await desk.client.ask({
    route: `GET /repos/{owner}/{repo}/${route}`,
    with: { owner: repository.owner, repo: repository.name, id },
    of: slug(repository),
    right: route.startsWith('actions') ? 'actions: read' : 'checks: read',
  });
  return fields(data)?.['status'] === 'completed';
}

async function start(desk: Desk, { repository, route, id }: One): Promise<void> {
  await desk.client.ask({
    route: `POST /repos/{owner}/{repo}/${route}`,
    with: { owner: repository.owner, repo: repository.name, id },
    of: slug(repository),
    right: route.startsWith('actions') ? 'actions: write' : 'checks: write',
  });
}
