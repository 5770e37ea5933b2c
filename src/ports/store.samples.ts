// Samples that the store's suites share: three holders of one database, and small samples of the domain.
import { randomUUID } from 'node:crypto';
import type { Attempt, Lease, Route } from '../core/task/attempt.ts';
import type { LeaseInstant } from '../core/task/lease.ts';
import type { LedgerRow } from '../core/money/ledger.ts';
import type { Task, TaskRequest, TaskState } from '../core/task/task.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import type { Verdict } from '../core/task/verdict.ts';
import type { Claim, Closing, Reach, Store } from './store.ts';
import type { TaskPatch } from './task-moves.ts';
import { because, sampleRequest, sampleRoute } from '../core/core.samples.ts';

/** Three supervisors' connections to one new database; if the database belongs to one process, they may be the same. */
export interface Opened {
  readonly stores: readonly [Store, Store, Store];
  dispose(): Promise<void>;
}

export type OpenStores = () => Promise<Opened>;

export const repo = '/work/repo';

export function request(id: string, more: Partial<TaskRequest> = {}): TaskRequest {
  return sampleRequest({ id, title: `Title of ${id}`, wanted: false, ...more });
}

export const route: Route = {
  ...sampleRoute,
  account: 'first',
  billing: 'token',
  reasons: [
    { code: 'account-chosen', facts: { account: 'key', agent: 'ours', billing: 'token' } },
    { code: 'model-next', facts: { model: 'it’s/there' } },
  ],
};

export const reach: readonly Reach[] = [{ place: 'local', host: 'this' }];

export const verdict: Verdict = { kind: 'work', said: { code: 'commits', facts: { count: 1 } }, until: null, feedback: null };

export function closing(more: Partial<Closing> = {}): Closing {
  return { verdict, cost: 5, tokens: noTokens, steps: 1, commits: 1, at: 900, ledger: [], ...more };
}

export function ledgerRow(more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    model: 'provider/model',
    account: 'first',
    billing: 'token',
    tokens: { input: 1000, output: 100, cacheRead: 10, cacheWrite: 1 },
    charged: 7000,
    equivalent: 7000,
    source: 'agent',
    requestedModel: 'provider/model',
    requestedTier: 'big',
    tier: 'big',
    ...more,
  };
}

/** The wall clock is wrong by more than the length of any lease, unless the test says otherwise. */
export function instant(ms: number, more: Partial<LeaseInstant> = {}): LeaseInstant {
  return { boot: 'this boot', ms, wall: ms + 1e12, ...more };
}

export async function addTask(store: Store, id: string, more: Partial<TaskRequest> = {}): Promise<Task> {
  await store.putTask({ repo, task: request(id, more), at: 1 });
  const task = await store.task({ repo, id });
  if (task === null) throw new Error(`no task ${id}`);
  return task;
}

export function claimBy(
  store: Store,
  given: {
    readonly taskKey: number;
    readonly holder?: string;
    readonly at?: number;
    readonly leaseFor?: number;
    readonly leaseFrom?: LeaseInstant;
    readonly route?: Route;
    readonly admit?: Parameters<Store['claim']>[0]['admit'];
  },
): Promise<Claim> {
  const { taskKey, holder = 'one', at = 10, leaseFor = 100, admit = () => true } = given;
  return store.claim({
    ...{ id: randomUUID(), taskKey, session: 'session-1', holder, leaseFor, at, reason: because('first in line'), admit },
    leaseFrom: given.leaseFrom ?? instant(at),
    route: given.route ?? route,
  });
}

/** A task with its open attempt. */
export async function claimed(
  store: Store,
  id: string,
  more: { readonly holder?: string; readonly at?: number; readonly leaseFor?: number; readonly leaseFrom?: LeaseInstant } = {},
): Promise<{ readonly task: Task; readonly attempt: Attempt; readonly lease: Lease }> {
  const task = await addTask(store, id);
  const claim = await claimBy(store, { taskKey: task.key, ...more });
  if (!claim.claimed) throw new Error(`not claimed: ${claim.why}`);
  return { task, attempt: claim.attempt, lease: claim.lease };
}

export function closeAs(
  store: Store,
  given: { readonly lease: Lease; readonly to: TaskState; readonly patch?: TaskPatch; readonly closing?: Closing },
): ReturnType<Store['close']> {
  return store.close({
    lease: given.lease,
    closing: given.closing ?? closing(),
    task: { to: given.to, reason: because(`became ${given.to}`), patch: given.patch ?? {} },
  });
}
