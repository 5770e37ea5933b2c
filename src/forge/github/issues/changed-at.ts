// When anything of a repository's issues was changed last. GitHub answers both questions with an ETag, so asking again costs
// nothing while nothing has changed. Pull requests count too, because GitHub lists them among the issues.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import type { Instant } from '../../../core/time.ts';
import { fields, list } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { instantOf } from '../pulls/pull.ts';

export async function changedAt(desk: Desk, repository: ForgeRepository): Promise<Instant | null> {
  const newest = async (what: string): Promise<readonly Instant[]> => {
    const { data } = await desk.client.ask({
      route: `GET /repos/{owner}/{repo}/${what}`,
      with: { owner: repository.owner, repo: repository.name, ...(what === 'issues' ? { state: 'all' } : {}), ...latest },
      of: slug(repository),
      right: 'issues: read',
    });
    return list(data).flatMap((one) => instantOf(fields(one)?.['updated_at']) ?? []);
  };
  const times = (await Promise.all([newest('issues'), newest('issues/comments')])).flat();
  return times.length === 0 ? null : Math.max(...times);
}

const latest = { sort: 'updated', direction: 'desc', per_page: 1 };
