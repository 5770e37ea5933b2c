// The mutations of GraphQL, over the same acts as REST.
import { reply, say } from './conversation.ts';
import { commentView } from './graphql-issue-view.ts';
import { lineCommentView, pullView, threadView } from './graphql-pull-view.ts';
import { itemById, pullById, threadById } from './graphql-nodes.ts';
import type { Viewing } from './graphql-viewing.ts';
import { actorView } from './graphql-viewing.ts';
import { enqueue } from './merge-queue.ts';
import { tryMerge } from './merging.ts';
import { disableAutoMerge, editPull, enableAutoMerge, setDraft, unprocessable, updateBranch } from './pull-acts.ts';
import { leaveQueue } from './pull-ends.ts';
import { Refusal } from './refusal.ts';
import { hasRight } from './rest-dispatch.ts';
import type { Right } from './api-call.ts';
import type { Issue, MergeMethod, Permission, Pull } from './state.ts';
import { isPull, may } from './state.ts';

type Input = Readonly<Record<string, unknown>>;
type Mutation = (given: { readonly input: Input }) => object;

/** One function for each mutation that the stage has, by its name. */
export function mutations(viewing: Viewing): Readonly<Record<string, Mutation>> {
  const by = viewing.token.login;
  /** An act of somebody on a pull request, whose answer shows it. */
  const onPull = (given: {
    readonly name: string;
    readonly key?: string;
    readonly right?: Right;
    readonly least?: Permission;
    readonly act: (pull: Pull, input: Input) => void;
  }): Mutation => {
    return ({ input }) => {
      const pull = pullById(viewing, String(input[given.key ?? 'pullRequestId']));
      permit(viewing, pull, { name: given.name, right: given.right ?? 'pull_requests:write', least: given.least ?? 'write' });
      given.act(pull, input);
      return { ...echo(input), pullRequest: () => pullView(viewing, pull), actor: () => actorView(viewing, by) };
    };
  };
  const head = (input: Input): string | null => textOrNull(input['expectedHeadOid']);
  return {
    markPullRequestReadyForReview: onPull({ name: 'MarkPullRequestReadyForReview', act: (pull) => setDraft(pull, { by, draft: false }) }),
    convertPullRequestToDraft: onPull({ name: 'ConvertPullRequestToDraft', act: (pull) => setDraft(pull, { by, draft: true }) }),
    enablePullRequestAutoMerge: onPull({
      name: 'EnablePullRequestAutoMerge',
      act: (pull, input) =>
        enableAutoMerge(pull, { by, method: method(input, 'merge'), head: head(input), title: textOrNull(input['commitHeadline']) }),
    }),
    disablePullRequestAutoMerge: onPull({ name: 'DisablePullRequestAutoMerge', act: (pull) => disableAutoMerge(pull, by) }),
    updatePullRequestBranch: onPull({
      name: 'UpdatePullRequestBranch',
      right: 'contents:write',
      act: (pull, input) => updateBranch(pull, { by, head: head(input), how: input['updateMethod'] === 'REBASE' ? 'REBASE' : 'MERGE' }),
    }),
    mergePullRequest: onPull({
      name: 'MergePullRequest',
      right: 'contents:write',
      act: (pull, input) => merge(pull, { by, input, head: head(input) }),
    }),
    closePullRequest: onPull({ name: 'ClosePullRequest', least: 'triage', act: (pull) => editPull(pull, { by, state: 'closed' }) }),
    reopenPullRequest: onPull({ name: 'ReopenPullRequest', least: 'triage', act: (pull) => editPull(pull, { by, state: 'open' }) }),
    updatePullRequest: onPull({
      name: 'UpdatePullRequest',
      least: 'triage',
      act: (pull, input) => editPull(pull, { by, ...changesIn(input) }),
    }),
    dequeuePullRequest: ({ input }) => {
      const pull = pullById(viewing, String(input['id']));
      permit(viewing, pull, { name: 'DequeuePullRequest', right: 'pull_requests:write', least: 'write' });
      const entry = viewing.show.entry(pull);
      leaveQueue(pull, { by, reason: 'manual' });
      return { ...echo(input), mergeQueueEntry: entry };
    },
    enqueuePullRequest: ({ input }) => {
      const pull = pullById(viewing, String(input['pullRequestId']));
      permit(viewing, pull, { name: 'EnqueuePullRequest', right: 'pull_requests:write', least: 'write' });
      enqueue(pull, { by, head: head(input) });
      return { ...echo(input), mergeQueueEntry: () => viewing.show.entry(pull) };
    },
    addPullRequestReviewThreadReply: ({ input }) => {
      const { pull, thread } = threadById(viewing, String(input['pullRequestReviewThreadId']));
      permit(viewing, pull, { name: 'AddPullRequestReviewThreadReply', right: 'pull_requests:write', least: 'read' });
      const comment = reply(pull, { thread, by, body: String(input['body']) });
      return { ...echo(input), comment: () => lineCommentView(viewing, { pull, thread, comment }) };
    },
    resolveReviewThread: ({ input }) => resolve(viewing, { input, resolved: true }),
    unresolveReviewThread: ({ input }) => resolve(viewing, { input, resolved: false }),
    addComment: ({ input }) => {
      const item = itemById(viewing, String(input['subjectId']));
      permit(viewing, item, { name: 'AddComment', right: isPull(item) ? 'pull_requests:write' : 'issues:write', least: 'read' });
      const view = commentView(viewing, { item, comment: say(item, { by, body: String(input['body']) }) });
      return { ...echo(input), subject: null, timelineEdge: null, commentEdge: { node: view, cursor: '' } };
    },
  };
}

const echo = (input: Input): object => ({ clientMutationId: input['clientMutationId'] ?? null });
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const method = (input: Input, otherwise: MergeMethod): MergeMethod =>
  (textOrNull(input['mergeMethod'])?.toLowerCase() ?? otherwise) as MergeMethod;

function changesIn(input: Input): { title?: string; body?: string; base?: string; state?: 'open' | 'closed' } {
  const { title, body, baseRefName, state } = input;
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof body === 'string' ? { body } : {}),
    ...(typeof baseRefName === 'string' ? { base: baseRefName } : {}),
    ...(typeof state === 'string' ? { state: state === 'OPEN' ? 'open' : 'closed' } : {}),
  };
}

function merge(pull: Pull, { by, input, head }: { readonly by: string; readonly input: Input; readonly head: string | null }): void {
  const outcome = tryMerge(pull, {
    by,
    method: method(input, 'merge'),
    title: textOrNull(input['commitHeadline']),
    message: textOrNull(input['commitBody']),
    head,
  });
  if ('moved' in outcome) throw unprocessable(outcome.moved);
  if ('refused' in outcome) throw unprocessable(outcome.refused);
}

function resolve(viewing: Viewing, { input, resolved }: { readonly input: Input; readonly resolved: boolean }): object {
  const { pull, thread } = threadById(viewing, String(input['threadId']));
  const name = resolved ? 'ResolveReviewThread' : 'UnresolveReviewThread';
  permit(viewing, pull, { name, right: 'contents:write', least: pull.author === viewing.token.login ? 'read' : 'write' });
  thread.resolvedBy = resolved ? viewing.token.login : null;
  return { ...echo(input), thread: () => threadView(viewing, { pull, thread }) };
}

function permit(
  viewing: Viewing,
  item: Issue | Pull,
  given: { readonly name: string; readonly right: Right; readonly least: Permission },
): void {
  const { token } = viewing;
  if (!hasRight(token, { right: given.right, repository: item.repository }))
    throw new Refusal({
      status: 403,
      message: `Resource not accessible by ${token.kind === 'app' ? 'integration' : 'personal access token'}`,
    });
  const own = item.author === token.login && given.least !== 'write';
  const scoped =
    token.kind !== 'classic' || token.scopes.includes('repo') || (!item.repository.private && token.scopes.includes('public_repo'));
  if (!scoped || (!own && !may(item.repository, token.login, given.least)))
    throw new Refusal({ status: 403, message: `${token.login} does not have the correct permissions to execute \`${given.name}\`` });
  if (item.repository.archived) throw new Refusal({ status: 403, message: 'Repository was archived so is read-only.' });
}
