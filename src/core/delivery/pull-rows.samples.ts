// Tables of the next step of a pull request: a row is a test.
import { expect, it } from 'vitest';
import { nextStep, type PullStep } from './pull-request.ts';
import { samplePullFacts } from './pull.samples.ts';

type Given = Parameters<typeof samplePullFacts>[0];
type Row = readonly [name: string, given: Given, does: string, code: PullStep['why']['code']];

/** The step in short, such as `wait for people`. */
const short = (step: PullStep): string => {
  if (step.do === 'wait') return `wait for ${step.for}`;
  if (step.do === 'answer') return `answer ${step.kind}`;
  return 'how' in step ? `${step.do} by ${step.how}` : step.do;
};
export const stepOf = (given: Given): readonly [string, string] => {
  const step = nextStep(samplePullFacts(given));
  return [short(step), step.why.code];
};
export const rows = (table: readonly Row[]): void => {
  it.each(table)('%s', (_, given, does, code) => expect(stepOf(given)).toEqual([does, code]));
};
