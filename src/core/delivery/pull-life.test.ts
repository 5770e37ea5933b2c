import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keepsRun, kindOf, life, type StepKind } from './pull-life.ts';
import type { PullStep } from './pull-request.ts';
import type { PullStanding } from './pull-standing.ts';

const runs = { 'goes-on': 'takes the step', done: 'waits; ends with `--until idle`', ends: 'ends' } as const;

it('is shown in the documentation as the rules have it', () => {
  const rows = (Object.keys(life) as StepKind[]).map((kind) => {
    const { standings, state, run, up, costs } = life[kind];
    return `| \`${kind}\` | ${standings.map((code) => `\`${code}\``).join(', ')} | ${state} | ${runs[run]} | ${up} | ${costs} |`;
  });
  const text = readFileSync(new URL('../../../docs/pull-requests.md', import.meta.url), 'utf8');
  const first = text.indexOf('| step |');
  const table = text.slice(first, text.indexOf('\n\n', first)).split('\n').slice(2);
  expect(table).toEqual(rows);
});

it('a run goes on while there is something to do, and waits for machines only if it is told to', () => {
  const why: PullStanding = { code: 'merging', facts: {} };
  const steps: readonly PullStep[] = [
    { do: 'merge', head: 'h1', method: 'squash', why },
    { do: 'answer', kind: 'review', checks: [], items: ['i1'], why },
    { do: 'wait', for: 'checks', why },
    { do: 'wait', for: 'people', why },
    { do: 'wait', for: 'line', why },
  ];
  const until = (when: 'idle' | 'done') => steps.filter((step) => keepsRun({ step, until: when })).map(kindOf);
  expect(until('idle')).toEqual(['merge', 'answer review']);
  expect(until('done')).toEqual(['merge', 'answer review', 'wait for checks']);
});
