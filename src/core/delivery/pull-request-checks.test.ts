// What the checks of a pull request mean for its next step.
import { describe } from 'vitest';
import { minute, second } from '../time.ts';
import { rows } from './pull-rows.samples.ts';
import { checksAre, observedAt } from './pull.samples.ts';

const rounds = { checks: 3, review: 3, conflict: 3 };
const red = checksAre([{ state: 'red' }]);
const byMachine = checksAre([{ state: 'red', byMachine: true }]);
const unknown = { of: 'h1', are: { known: false, lacking: 'checks: read' } } as const;
const asked = { head: 'h1', at: observedAt - minute } as const;

describe('checks', () => {
  const reran = ['h1 test'];
  const longAgo = observedAt - 3 * minute;
  const started = (startedAt: number) => checksAre([{ state: 'red', byMachine: true, startedAt }]);
  const given = { policy: { merge: 'green' } } as const;
  rows([
    ['are asked for first', { ...given, record: { checks: null } }, 'wait for forge', 'forge-computes'],
    ['of another head say nothing', { ...given, record: { checks: checksAre([{}], 'h0') } }, 'wait for forge', 'forge-computes'],
    ['are waited for', { ...given, record: { checks: checksAre([{ state: 'pending' }]) } }, 'wait for checks', 'checks-running'],
    [
      'are waited for before others that failed are given',
      { ...given, record: { checks: checksAre([{ state: 'red' }, { name: 'lint', state: 'pending' }]) } },
      'wait for checks',
      'checks-running',
    ],
    ['that failed are given to a worker', { ...given, record: { checks: red } }, 'answer checks', 'checks-failed'],
    [
      'that failed are given once for a head',
      { ...given, record: { checks: red, checksGivenFor: 'h1' } },
      'wait for people',
      'checks-failed',
    ],
    ['that failed are left to people after all rounds', { record: { checks: red, rounds } }, 'wait for people', 'checks-failed'],
    [
      'that failed are not merged for anybody',
      { record: { checks: red, checksGivenFor: 'h1', mergeAsked: asked } },
      'wait for people',
      'checks-failed',
    ],
    ['that the machine failed run once more', { record: { checks: byMachine } }, 'rerun', 'checks-rerun'],
    [
      'that cannot run again are a worker’s',
      { record: { checks: checksAre([{ state: 'red', byMachine: true, canRerun: false }]) } },
      'answer checks',
      'checks-failed',
    ],
    [
      'that were told to run again are waited for',
      { record: { checks: byMachine, reran, reranAt: observedAt - minute } },
      'wait for checks',
      'checks-rerun',
    ],
    ['run again only once', { record: { checks: byMachine, reran, reranAt: observedAt - 3 * minute } }, 'answer checks', 'checks-failed'],
    [
      'that did not run again after all are run again',
      { record: { checks: started(0), reran, reranAt: longAgo } },
      'rerun',
      'checks-rerun',
    ],
    [
      'that did not run again after all are waited for once more',
      { record: { checks: started(0), reran: [...reran, ...reran], reranAt: observedAt - minute } },
      'wait for checks',
      'checks-rerun',
    ],
    [
      'that never run again are a worker’s',
      { record: { checks: started(0), reran: [...reran, ...reran], reranAt: longAgo } },
      'answer checks',
      'checks-failed',
    ],
    [
      'that failed again are a worker’s',
      { record: { checks: started(longAgo + minute), reran, reranAt: longAgo } },
      'answer checks',
      'checks-failed',
    ],
    [
      'that failed again within the same second are a worker’s',
      { record: { checks: started(longAgo - 999), reran, reranAt: longAgo } },
      'answer checks',
      'checks-failed',
    ],
    [
      'that did not run again are a worker’s if another one failed by itself',
      {
        record: {
          checks: checksAre([
            { state: 'red', byMachine: true, startedAt: 0 },
            { name: 'lint', state: 'red' },
          ]),
          reran,
          reranAt: longAgo,
        },
      },
      'answer checks',
      'checks-failed',
    ],
    [
      'run again once for each head',
      { record: { checks: byMachine, reran: ['h0 test'], reranAt: observedAt - minute } },
      'rerun',
      'checks-rerun',
    ],
    [
      'that are required count alone',
      { ...given, record: { checks: checksAre([{ required: true }, { name: 'lint', state: 'red', required: false }]) } },
      'merge',
      'merging',
    ],
    ['that cannot be read keep the policy from merging', { ...given, record: { checks: unknown } }, 'wait for people', 'checks-unknown'],
    ['that cannot be read do not keep a person from merging', { record: { checks: unknown, mergeAsked: asked } }, 'merge', 'merging'],
    ['may be none', { ...given, record: { checks: checksAre([]) } }, 'merge', 'merging'],
    [
      'may still appear for a new head',
      { ...given, record: { head: { commit: 'h1', by: 'us', at: observedAt - 30 * second } } },
      'wait for forge',
      'forge-computes',
    ],
    [
      'are all there if those that are required are known',
      {
        ...given,
        record: { checks: checksAre([{ required: true }]), head: { commit: 'h1', by: 'us', at: observedAt - 30 * second } },
      },
      'merge',
      'merging',
    ],
  ]);
});
