// Finds what the global ids of GraphQL stand for, among what the viewer may read.
import { checkView } from './graphql-checks-view.ts';
import { issueView } from './graphql-whole-issue-view.ts';
import { threadView } from './graphql-pull-view.ts';
import type { View, Viewing } from './graphql-viewing.ts';
import { readNodeId } from './node-id.ts';
import { notFound } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Issue, Pull, Repository, Thread } from './state.ts';
import { isPull, may } from './state.ts';

const unknownNode = (id: string): Refusal => notFound(`Could not resolve to a node with the global id of '${id}'`);

/** The repositories that the viewer may read. */
function readable({ world, token }: Viewing): readonly Repository[] {
  return [...world.repositories.values()].filter((repository) => may(repository, token.login, 'read'));
}

export function itemById(viewing: Viewing, id: string): Issue | Pull {
  const read = readNodeId(id);
  for (const repository of readable(viewing))
    for (const item of repository.items.values())
      if (item.id === read?.id && item.gone === null && (read.type === 'PullRequest') === isPull(item)) return item;
  throw unknownNode(id);
}

export function pullById(viewing: Viewing, id: string): Pull {
  const item = itemById(viewing, id);
  if (!isPull(item)) throw unknownNode(id);
  return item;
}

export function threadById(viewing: Viewing, id: string): { readonly pull: Pull; readonly thread: Thread } {
  const read = readNodeId(id);
  for (const repository of readable(viewing)) {
    for (const pull of repository.items.values()) {
      const thread = isPull(pull) && read?.type === 'PullRequestReviewThread' ? pull.threads.find((one) => one.id === read.id) : undefined;
      if (thread !== undefined) return { pull: pull as Pull, thread };
    }
  }
  throw unknownNode(id);
}

/** The view of whatever the id stands for; an error for what the token may not read. */
export function nodeById(viewing: Viewing, id: string): View | Refusal {
  const read = readNodeId(id);
  if (read?.type === 'PullRequest') return viewing.show.pull(pullById(viewing, id));
  if (read?.type === 'Issue') return issueView(viewing, itemById(viewing, id));
  if (read?.type === 'PullRequestReviewThread') return threadView(viewing, threadById(viewing, id));
  for (const repository of readable(viewing)) {
    if (read?.type === 'Repository' && repository.id === read.id) return viewing.show.repository(repository);
    const check = read?.type === 'CheckRun' ? repository.checks.find((one) => one.id === read.id) : undefined;
    if (check !== undefined) return checkView(viewing, { repository, check });
  }
  throw unknownNode(id);
}
