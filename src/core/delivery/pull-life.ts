// What each step of a pull request means for its task, for `run` and for `up`, and what it costs: one row for each kind of
// step, and the standings in which it occurs. `docs/pull-requests.md` shows it as a table, which a test compares.
import type { TaskState } from '../task/task.ts';
import type { PullStep } from './pull-request.ts';
import type { PullStanding } from './pull-standing.ts';

export type StepKind =
  | Exclude<PullStep['do'], 'wait' | 'answer'>
  | `wait for ${Extract<PullStep, { do: 'wait' }>['for']}`
  | `answer ${Extract<PullStep, { do: 'answer' }>['kind']}`;

export function kindOf(step: PullStep): StepKind {
  if (step.do === 'wait') return `wait for ${step.for}`;
  return step.do === 'answer' ? `answer ${step.kind}` : step.do;
}

export interface LifeRow {
  readonly standings: readonly PullStanding['code'][];
  /** The task's state while the step is taken. */
  readonly state: TaskState;
  /** `goes-on`: it takes the step. `done`: it waits, except with `--until idle`. `ends`: it does not wait. */
  readonly run: 'goes-on' | 'done' | 'ends';
  readonly up: string;
  readonly costs: string;
}

const nothing = 'nothing';
const asking = 'requests to the forge, every 15 s at most';
const seldom = 'requests to the forge, every 60 s at most';

export const life: Readonly<Record<StepKind, LifeRow>> = {
  'wait for forge': { standings: ['forge-computes', 'in-queue'], state: 'delivered', run: 'done', up: 'asks again', costs: asking },
  'wait for checks': { standings: ['checks-running', 'checks-rerun'], state: 'delivered', run: 'done', up: 'asks again', costs: asking },
  'ask-merge': { standings: ['merging'], state: 'delivered', run: 'done', up: 'asks what became of the merge', costs: asking },
  'wait for line': {
    standings: ['stacked', 'in-line', 'merged'],
    state: 'delivered',
    run: 'ends',
    up: 'goes on with the other pull request first',
    costs: nothing,
  },
  'wait for people': {
    standings: [
      ...(['checks-failed', 'checks-unknown', 'changes-requested', 'conflict', 'draft', 'ejected', 'merge-refused'] as const),
      'update-refused',
      ...(['ready-to-merge', 'stacked', 'waiting-for-people'] as const),
    ],
    state: 'delivered',
    run: 'ends',
    up: 'asks again, and notifies once where a person is needed',
    costs: seldom,
  },
  adopt: { standings: ['head-of-person'], state: 'delivered', run: 'goes-on', up: 'fetches the commits', costs: 'a fetch' },
  rerun: {
    standings: ['checks-rerun'],
    state: 'delivered',
    run: 'goes-on',
    up: 'lets the checks run again, once',
    costs: 'minutes of the forge’s machines',
  },
  'answer checks': {
    standings: ['checks-failed'],
    state: 'running',
    run: 'goes-on',
    up: 'starts a worker',
    costs: 'a round of delivery.fix.checks, and what the worker costs',
  },
  'answer review': {
    standings: ['changes-requested'],
    state: 'running',
    run: 'goes-on',
    up: 'starts a worker',
    costs: 'a round of delivery.fix.reviews, and what the worker costs',
  },
  'answer conflict': {
    standings: ['conflict'],
    state: 'running',
    run: 'goes-on',
    up: 'starts a worker',
    costs: 'a round of delivery.fix.conflicts, and what the worker costs',
  },
  update: {
    standings: ['conflict', 'behind', 'retargeting'],
    state: 'delivered',
    run: 'goes-on',
    up: 'rebases or merges, and pushes',
    costs: 'a push, and its checks',
  },
  retarget: {
    standings: ['retargeting'],
    state: 'delivered',
    run: 'goes-on',
    up: 'changes the base, and goes on with `update`',
    costs: 'a request to the forge',
  },
  merge: { standings: ['merging'], state: 'delivered', run: 'goes-on', up: 'merges exactly this head', costs: 'a request to the forge' },
  verify: { standings: ['verifying'], state: 'delivered', run: 'goes-on', up: 'runs delivery.verify', costs: 'the time of these commands' },
  'delete-branch': { standings: ['merged'], state: 'delivered', run: 'goes-on', up: 'deletes the branch', costs: 'a request to the forge' },
  finish: { standings: ['merged'], state: 'done', run: 'goes-on', up: 'reports it to the sources', costs: nothing },
  block: {
    standings: ['verify-failed', 'closed'],
    state: 'blocked',
    run: 'goes-on',
    up: 'blocks the task, and notifies once',
    costs: nothing,
  },
};

/** Whether a `run` that ends only when nothing is left to do goes on because of this step. */
export function keepsRun({ step, until }: { readonly step: PullStep; readonly until: 'idle' | 'done' }): boolean {
  const { run } = life[kindOf(step)];
  return run === 'goes-on' || (run === 'done' && until === 'done');
}
