// Asks for each right once, and says what the token lacks. Nothing is changed: rights to write are tried with requests that
// GitHub cannot carry out, and that it refuses for another reason if the right is there.
import type { ForgeRepository } from '../../core/delivery/pull-facts.ts';
import type { Lack } from '../../ports/forge.ts';
import { slug, type Desk } from './desk.ts';

interface Trial {
  readonly right: string;
  readonly follows: string;
  readonly route: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const nowhere = '0'.repeat(40);

function trialsFor(branch: string): readonly Trial[] {
  return [
    {
      right: 'checks: read',
      follows: 'checks of other apps than GitHub Actions are not seen',
      route: 'GET {repo}/commits/HEAD/check-runs',
    },
    {
      right: 'commit statuses: read',
      follows: 'statuses of commits are not seen, so nothing is merged by itself',
      route: 'GET {repo}/commits/HEAD/status',
    },
    { right: 'actions: read', follows: 'logs of failed jobs are not given to workers', route: 'GET {repo}/actions/runs' },
    { right: 'issues: read', follows: 'issues cannot be read', route: 'GET {repo}/issues' },
    // There is no issue without a title.
    {
      right: 'issues: write',
      follows: 'no issue can be opened or changed by TODO.md',
      route: 'POST {repo}/issues',
      with: { title: '' },
    },
    { right: 'pull requests: read', follows: 'pull requests cannot be seen', route: 'GET {repo}/pulls' },
    // A branch cannot be merged into itself.
    {
      right: 'pull requests: write',
      follows: 'no pull request can be opened or answered',
      route: 'POST {repo}/pulls',
      with: { title: 'probe', head: branch, base: branch },
    },
    // There is no such commit.
    {
      right: 'contents: write',
      follows: 'nothing can be merged, and no branch be deleted',
      route: 'POST {repo}/git/refs',
      with: { ref: 'refs/heads/yardmaster-probe', sha: nowhere },
    },
  ];
}

export async function probe(
  desk: Desk,
  given: { readonly repository: ForgeRepository; readonly branch: string },
): Promise<readonly Lack[]> {
  const { repository, branch } = given;
  await Promise.all(
    trialsFor(branch).map(async ({ right, follows, route, with: body = {} }) => {
      const { status } = await desk.client.ask({
        route: route.replace('{repo}', '/repos/{owner}/{repo}'),
        with: { owner: repository.owner, repo: repository.name, ...(route.startsWith('GET') ? { per_page: 1 } : body) },
        of: slug(repository),
        right,
        // 409: the repository is empty; 410: it has no issues. GitHub also answers "not found" where the token may not write.
        answers: [403, 404, 409, 410, 422],
      });
      if (status === 403 || (status === 404 && !route.startsWith('GET'))) desk.lacks.note({ right, follows });
    }),
  );
  return desk.lacks.all();
}
