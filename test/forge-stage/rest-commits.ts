// How REST shows commits.
import type { Commit } from './bare-repository.ts';
import { nodeId } from './node-id.ts';
import { apiOf, pageOf } from './rest-people-and-repositories.ts';
import type { Repository } from './state.ts';

export function commitShape(repository: Repository, sha: string): object {
  const commit: Commit = repository.bare.commit(sha);
  const url = `${apiOf(repository)}/commits/${sha}`;
  const inGit = `${apiOf(repository)}/git/commits/${sha}`;
  const verification = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
  return {
    sha,
    node_id: `C_${nodeId('Repository', repository.id)}_${sha}`,
    html_url: `${pageOf(repository)}/commit/${sha}`,
    url,
    comments_url: `${url}/comments`,
    commit: {
      ...{ url: inGit, author: commit.author, committer: commit.committer, message: commit.message, comment_count: 0, verification },
      tree: { sha: commit.tree, url: `${apiOf(repository)}/git/trees/${commit.tree}` },
    },
    ...{ author: null, committer: null },
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${apiOf(repository)}/commits/${parent}`,
      html_url: `${pageOf(repository)}/commit/${parent}`,
    })),
  };
}

/** How far two commits have gone apart. */
export function comparison(repository: Repository, { base, head }: { readonly base: string; readonly head: string }) {
  const ahead = repository.bare.between(base, head);
  const behind = repository.bare.between(head, base);
  const status = ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
  return { ahead, behind, status };
}

export function comparisonShape(
  repository: Repository,
  given: { readonly base: string; readonly head: string; readonly name: string },
): object {
  const { base, head, name } = given;
  const { ahead, behind, status } = comparison(repository, { base, head });
  const page = `${pageOf(repository)}/compare/${name}`;
  const common = repository.bare.mergeBase(base, head) ?? base;
  return {
    ...{
      url: `${apiOf(repository)}/compare/${name}`,
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
    },
    ...{ base_commit: commitShape(repository, base), merge_base_commit: commitShape(repository, common), status },
    ...{ ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length },
    ...{ commits: ahead.map(({ sha }) => commitShape(repository, sha)), files: [] },
  };
}
