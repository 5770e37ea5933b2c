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
    ...{
      sha,
      node_id: `C_${nodeId('Repository', repository.id)}_${sha}`,
      html_url: `${pageOf(repository)}/commit/${sha}`,
      url,
      comments_url: `${url}/comments`,
    },
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
