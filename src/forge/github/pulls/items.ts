// Reads what people said about a pull request: reviews, comments in threads about lines, and comments on the pull request.
// Left out are reviews without a word and without a verdict, which GitHub makes for each answer in a thread, and reviews that
// are not sent yet.
import type { ReviewItem } from '../../../core/delivery/pull-facts.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import { instantOf, isBot, loginOf, nodesOf } from './pull.ts';

export function itemsOf(pull: Fields): readonly ReviewItem[] {
  const items = [
    ...nodesOf(pull['reviews']).map(reviewOf),
    ...nodesOf(pull['reviewThreads']).flatMap(threadOf),
    ...nodesOf(pull['comments']).map((value) => item(value, { kind: 'comment' })),
  ];
  return items.filter((one) => one !== null).toSorted((a, b) => a.at - b.at);
}

function reviewOf(value: unknown): ReviewItem | null {
  const review = fields(value);
  const state = text(review?.['state']);
  const verdict = state === 'CHANGES_REQUESTED' ? 'changes' : state === 'APPROVED' ? 'approved' : null;
  const isEmpty = verdict === null && (text(review?.['body']) ?? '') === '';
  if (review === null || state === 'PENDING' || isEmpty) return null;
  const at = instantOf(review['submittedAt']);
  const commit = text(fields(review['commit'])?.['oid']);
  return item(review, { kind: 'review', verdict, commit, isClosed: state === 'DISMISSED', ...(at === null ? {} : { at }) });
}

function threadOf(value: unknown): readonly (ReviewItem | null)[] {
  const thread = fields(value);
  const [id, path] = [text(thread?.['id']), text(thread?.['path'])];
  if (thread === null || id === null || path === null) return [];
  const line = [thread['line'], thread['originalLine']].find((one) => typeof one === 'number') ?? null;
  const isClosed = thread['isResolved'] === true;
  return nodesOf(thread['comments']).map((comment) => {
    const commit = text(fields(fields(comment)?.['originalCommit'])?.['oid']) ?? text(fields(fields(comment)?.['commit'])?.['oid']);
    return item(comment, { kind: 'thread', thread: id, place: { path, line }, isClosed, commit });
  });
}

interface Beside extends Pick<ReviewItem, 'kind'>, Partial<Pick<ReviewItem, 'thread' | 'place' | 'verdict' | 'commit' | 'at'>> {
  readonly isClosed?: boolean;
}

function item(value: unknown, beside: Beside): ReviewItem | null {
  const said = fields(value);
  const id = text(said?.['id']);
  if (said === null || id === null) return null;
  const { kind, thread = null, place = null, verdict = null, commit = null, isClosed = false } = beside;
  return {
    ...{ id, kind, thread, place, verdict, commit },
    author: {
      // GitHub shows the authors of deleted accounts as `ghost`.
      login: loginOf(said['author']) ?? 'ghost',
      association: text(said['authorAssociation']) ?? 'NONE',
      bot: isBot(said['author']),
    },
    text: text(said['body']) ?? '',
    closed: isClosed || said['isMinimized'] === true,
    url: text(said['url']) ?? '',
    at: beside.at ?? instantOf(said['createdAt']) ?? 0,
  };
}
