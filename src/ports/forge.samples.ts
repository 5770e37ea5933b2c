// What the contract of forges needs from a forge that runs in a test: the acts of other people and of machines, and short
// forms for what the supervisor asks.
import type { Check, ForgeRepository, PullRequest } from '../core/delivery/pull-facts.ts';
import type { Forge, ForgeAccount, Opening, PullAt, Seen } from './forge.ts';

export interface ForgeStage {
  readonly forge: Forge;
  /** Of a remote of the repository, which has one commit on its default branch `main`. */
  readonly address: string;
  readonly hosts: readonly string[];
  /** The reference that gives a token that may do everything. */
  readonly secret: string;
  /** A reference whose token the forge does not accept. */
  readonly refused: string;
  readonly login: string;
  /** Makes a commit on top of `from` (a branch or a commit) that changes the file, and lets the branch point to it. */
  push(given: { readonly branch: string; readonly from: string; readonly path: string; readonly text: string }): Promise<string>;
  /** The commit of a branch; null if there is none. */
  at(branch: string): Promise<string | null>;
  /** Somebody who may write to the repository says something. */
  review(given: { readonly number: number; readonly verdict: 'changes' | 'approved' | null; readonly text: string }): Promise<void>;
  /** Begins a thread about a line. */
  remark(given: { readonly number: number; readonly path: string; readonly line: number; readonly text: string }): Promise<void>;
  comment(given: { readonly number: number; readonly text: string }): Promise<void>;
  /** A check reports. It belongs to a service whose jobs can be run again, and have this log. */
  check(given: { readonly commit: string; readonly name: string; readonly state: Check['state']; readonly log?: string }): Promise<void>;
  require(check: string): Promise<void>;
  close(number: number): Promise<void>;
  /** The forge does not know whether it can be merged, from now on or no longer. */
  computing(given: { readonly number: number; readonly is: boolean }): Promise<void>;
  /** The default branch gets a merge queue. Null: the stage cannot do that. */
  readonly queue: (() => Promise<void>) | null;
  /** The merge queue throws it out. */
  eject(number: number): Promise<void>;
  /** Merges are carried out in the background from now on, when `carryOut` is called. */
  mergeLater(): Promise<void>;
  carryOut(): Promise<void>;
  /** The repository is removed. */
  remove(): Promise<void>;
  dispose(): Promise<void>;
}

const signal = new AbortController().signal;

export function repositoryOf({ forge, address, hosts }: ForgeStage): ForgeRepository {
  const found = forge.locate({ address, hosts });
  if (found === null) throw new Error(`${address} is no repository of this forge`);
  return found;
}

export async function accountOf(stage: ForgeStage, pointsPerHour = 1500): Promise<ForgeAccount> {
  const { forge, hosts, secret } = stage;
  const signedIn = await forge.signIn({ host: repositoryOf(stage).host, hosts, secret, pointsPerHour, signal });
  if (!signedIn.signedIn) throw new Error(signedIn.message);
  return signedIn.account;
}

/** A branch with a commit of its own, and what is asked to open a pull request from it. */
export async function openingFor(stage: ForgeStage, more: Partial<Opening> & { readonly branch?: string } = {}): Promise<Opening> {
  const { branch = 'yardmaster/t1', ...rest } = more;
  const repository = repositoryOf(stage);
  await stage.push({ branch, from: 'main', path: `${branch.replaceAll('/', '-')}.txt`, text: 'one\n' });
  return {
    ...{ repository, head: { owner: repository.owner, branch }, base: 'main', title: 't1: Fix it', body: 'What and why.' },
    ...{ draft: false, labels: [], reviewers: [], assignees: [], ...rest },
  };
}

export function pullAt(stage: ForgeStage, { number }: Pick<PullRequest, 'number'>): PullAt {
  return { repository: repositoryOf(stage), number };
}

/** One pull request, observed. */
export async function seen(account: ForgeAccount, at: PullAt): Promise<Seen> {
  const [one] = await account.observe([at]);
  if (one === undefined) throw new Error(`#${at.number} is not seen`);
  return one;
}
