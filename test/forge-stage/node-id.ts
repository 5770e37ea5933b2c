// The global ids of GraphQL: the type and the number, so that an id of another type is refused as on GitHub.
const prefixes = {
  User: 'U',
  Bot: 'BOT',
  Organization: 'O',
  Repository: 'R',
  PullRequest: 'PR',
  Issue: 'I',
  IssueComment: 'IC',
  PullRequestReview: 'PRR',
  PullRequestReviewThread: 'PRRT',
  PullRequestReviewComment: 'PRRC',
  Label: 'LA',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  WorkflowRun: 'WFR',
  StatusContext: 'SC',
  MergeQueue: 'MQ',
  MergeQueueEntry: 'MQE',
  Event: 'EV',
  Edit: 'UCE',
} as const;

export type NodeType = keyof typeof prefixes;

export const nodeId = (type: NodeType, id: number): string => `${prefixes[type]}_kw${Buffer.from(String(id)).toString('base64url')}`;

export function readNodeId(text: string): { readonly type: NodeType; readonly id: number } | null {
  const [, prefix = '', encoded = ''] = /^([A-Z]+)_kw([\w-]+)$/.exec(text) ?? [];
  const type = (Object.keys(prefixes) as NodeType[]).find((name) => prefixes[name] === prefix);
  const id = Number(Buffer.from(encoded, 'base64url').toString());
  return type === undefined || !Number.isInteger(id) || id === 0 ? null : { type, id };
}
