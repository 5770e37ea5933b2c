// The model of the store, the steps that are tried on both, and the writes that these steps make. Three holders share one
// clock, which only the test moves.
import fc from 'fast-check';
import type { Lease } from '../core/task/attempt.ts';
import type { LeaseInstant } from '../core/task/lease.ts';
import { actions, type Action } from '../core/task/action.ts';
import { mayBecome, taskStates, type RestingState, type TaskState } from '../core/task/task.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import type { Verdict } from '../core/task/verdict.ts';
import { addTask, closing, verdict } from './store.samples.ts';
import type { Store } from './store.ts';
import type { Acted } from './task-moves.ts';
import { because } from '../core/core.samples.ts';

export const holders = ['one', 'two', 'three'] as const;
const taskCount = 4;
export const cap = 3;
export const leaseFor = 10;

type Plain<K extends string, Rest> = K extends string ? { readonly do: K; readonly who: number } & Rest : never;

/** `lease` selects one of all leases ever given out, including old ones. */
export type Step =
  | { readonly do: 'claim'; readonly who: number; readonly task: number }
  | Plain<'renew' | 'takeOver' | 'release', unknown>
  | Plain<'patch' | 'stop', { readonly lease: number }>
  | { readonly do: 'events'; readonly who: number; readonly lease: number; readonly count: number }
  | { readonly do: 'close'; readonly who: number; readonly lease: number; readonly to: TaskState }
  | { readonly do: 'move'; readonly who: number; readonly task: number; readonly from: readonly RestingState[]; readonly to: RestingState }
  | { readonly do: 'act'; readonly who: number; readonly task: number; readonly action: Action }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'reboot' }
  | { readonly do: 'set'; readonly who: number; readonly wall: number };

const who = fc.nat({ max: holders.length - 1 });
const task = fc.nat({ max: taskCount - 1 });
const lease = fc.nat({ max: 30 });
const is = <T extends string>(word: T) => fc.constant(word);

const resting = taskStates.filter((state) => state !== 'running');

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('claim'), who, task }) },
  { weight: 2, arbitrary: fc.oneof(fc.record({ do: is('renew'), who }), fc.record({ do: is('takeOver'), who })) },
  { weight: 1, arbitrary: fc.record({ do: is('release'), who }) },
  { weight: 2, arbitrary: fc.oneof(fc.record({ do: is('patch'), who, lease }), fc.record({ do: is('stop'), who, lease })) },
  { weight: 4, arbitrary: fc.record({ do: is('events'), who, lease, count: fc.nat({ max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('close'),
      who,
      lease,
      to: fc.constantFrom<TaskState>('delivered', 'queued', 'queued', 'failed', 'blocked'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: is('move'), who, task, to: fc.constantFrom(...resting) },
      from: fc.subarray(resting, { minLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: is('act'), who, task, action: fc.constantFrom(...actions) }) },
  { weight: 3, arbitrary: fc.record({ do: is('wait'), ms: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ do: is('reboot') }) },
  { weight: 2, arbitrary: fc.record({ do: is('set'), who, wall: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.nat({ max: 2e12 })) }) },
);

interface ModelAttempt {
  readonly id: string;
  readonly task: number;
  holder: string | null;
  fence: number;
  until: number;
  boot: number;
  open: boolean;
  events: number;
  cost: number;
  session: string;
  stop: string | null;
  verdict: Verdict | null;
}

export const cancelledBy = 'cancelled by a person';

export class Model {
  now = 100;
  boot = 1;
  /** Each holder's wall clock at `now` 0. */
  readonly walls = [0, 0, 0];
  /** Makes every write distinguishable. */
  serial = 0;
  readonly states: TaskState[] = Array.from({ length: taskCount }, () => 'queued');
  readonly paths: TaskState[][] = Array.from({ length: taskCount }, () => []);
  readonly attempts: ModelAttempt[] = [];
  readonly leases: Lease[] = [];

  instant(holder: number): LeaseInstant {
    return { boot: `boot ${this.boot}`, ms: this.now, wall: this.walls[holder]! + this.now };
  }

  /** A new lease. */
  lent(): Pick<ModelAttempt, 'until' | 'boot'> {
    return { until: this.now + leaseFor, boot: this.boot };
  }

  move(index: number, to: TaskState): boolean {
    if (!mayBecome(this.states[index]!, to)) return false;
    this.states[index] = to;
    this.paths[index]!.push(to);
    return true;
  }

  /** A person's action, and the answer that the store must give. */
  act(index: number, action: Action): Partial<Acted> {
    const open = this.openOf(index);
    const state = this.states[index]!;
    const over = state === 'delivered' || state === 'done';
    if (open !== undefined && action === 'cancel') {
      open.stop = cancelledBy;
      return { acted: 'stopping', attempt: open.id };
    }
    if (open !== undefined || (over && action !== 'reset') || (state === 'cancelled' && action === 'cancel')) return { acted: 'refused' };
    const to = action === 'cancel' ? 'cancelled' : 'queued';
    if (state !== to) this.move(index, to);
    return { acted: 'moved' };
  }

  openOf(index: number): ModelAttempt | undefined {
    return this.open().find((attempt) => attempt.task === index);
  }

  open(): ModelAttempt[] {
    return this.attempts.filter((attempt) => attempt.open);
  }

  /** The attempt that this lease may write to, if any. */
  held(by: Lease): ModelAttempt | undefined {
    return this.attempts.find((one) => one.open && one.id === by.attempt && one.holder === by.holder && one.fence === by.fence);
  }
}

export function eventsOf(given: { lease: Lease; serial: number; count: number; at: number }) {
  const { serial, count, at } = given;
  const events = Array.from({ length: count }, () => ({ type: 'said', text: `${serial}` }) as const);
  return { lease: given.lease, events, outOffset: serial, cost: serial, tokens: noTokens, steps: 0, at };
}

/** Either work arrives, or the end is one that a cancellation overrules. */
export function endOf(to: TaskState): Verdict {
  return to === 'delivered' ? verdict : { ...verdict, kind: 'crashed' };
}

export function closeWith(store: Store, given: { lease: Lease; serial: number; to: TaskState; at: number }) {
  return store.close({
    lease: given.lease,
    closing: closing({ cost: given.serial, at: given.at, verdict: endOf(given.to) }),
    task: { to: given.to, reason: because('closed'), patch: {} },
  });
}

export async function addTasks(store: Store): Promise<readonly number[]> {
  const keys: number[] = [];
  for (let index = 0; index < taskCount; index += 1) keys.push((await addTask(store, `t${index}`)).key);
  return keys;
}
