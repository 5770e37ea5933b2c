// What the contract of forges' issues needs from a forge that runs in a test: the acts of other people, and short forms for
// what the sync asks.
import type { ForgeRepository } from '../core/delivery/pull-facts.ts';
import type { IssueContent } from '../core/sync/issue-draft.ts';
import type { Issue } from '../core/sync/sync-facts.ts';
import type { ForgeIssues, IssueRead } from './forge-issues.ts';

/** `ada` is who signs in, `grace` may write too, and `eve` is a stranger. */
export type Somebody = 'ada' | 'grace' | 'eve';

export interface IssuesStage {
  readonly issues: ForgeIssues;
  readonly repository: ForgeRepository;
  open(given: {
    readonly by: Somebody;
    readonly title?: string;
    readonly body?: string;
    readonly labels?: readonly string[];
  }): Promise<number>;
  edit(given: { readonly number: number; readonly by: Somebody } & Partial<IssueContent>): Promise<void>;
  /** Returns the comment's id. */
  comment(given: { readonly number: number; readonly by: Somebody; readonly text: string }): Promise<string>;
  deleteComment(given: { readonly number: number; readonly id: string }): Promise<void>;
  remove(number: number): Promise<void>;
  /** Moves an issue to another repository, and returns where it is then. */
  transfer(number: number): Promise<string>;
  /** A person makes an issue a sub-issue of another one (`elsewhere`: of another repository), or of none. */
  setParent(number: number, to: number | 'none' | 'elsewhere'): Promise<void>;
  convert(number: number): Promise<void>;
  openPull(): Promise<number>;
  /** The answer of the next call that makes something is lost, after it had its effect. */
  loseAnswer(call: 'create' | 'comment' | 'setParent'): void;
  /** The forge's clock moves on by a second. */
  tick(): void;
  dispose(): Promise<void>;
}

export const marker = '<!-- ours -->';
export const isOurs = ({ by, text }: { readonly by: { readonly login: string }; readonly text: string }): boolean =>
  by.login === 'ada' && text.includes(marker);

export function readFrom({ issues, repository }: IssuesStage, more: Partial<Parameters<ForgeIssues['read']>[0]> = {}): Promise<IssueRead> {
  return issues.read({ repository, labels: [], since: null, numbers: [], intake: 'auto-dispatch', isOurs, ...more });
}

export async function issueAt(stage: IssuesStage, number: number): Promise<Issue> {
  const { issues } = await readFrom(stage, { numbers: [number] });
  const found = issues.find((issue) => issue.number === number);
  if (found === undefined) throw new Error(`#${number} is not read`);
  return found;
}

export function sampleContent(more: Partial<IssueContent> = {}): IssueContent {
  return { title: 'Fix it', body: `Text.\n\n${marker}\n`, state: 'open', reason: null, labels: [], assignees: [], ...more };
}

/** Whether they may write, by what the forge tells of them. */
export function mayWrite({ association }: { readonly association: string }): boolean {
  return ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(association);
}
