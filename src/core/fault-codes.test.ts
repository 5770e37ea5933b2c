import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { failureRule } from './task/failure.ts';
import { faultCodes, faultRule } from './fault-codes.ts';
import { refusalCodes } from './route/route.ts';

it.each([
  ['fetch-failed', 'repository-away'],
  ['not-a-repository', 'repository-away'],
  ['read-only', 'repository-away'],
  ['needs-person', 'repository'],
  ['worktree-failed', 'worktree'],
  ['secret-missing', 'auth'],
  ['place-unreachable', undefined],
] as const)('the fault %s of a step of ours is the failure %s', (code, failure) => {
  expect(faultRule(code).failure).toBe(failure);
});

const following = {
  again: 'later',
  instead: 'later',
  later: 'later',
  aside: 'later',
  cooled: 'later',
  elsewhere: 'elsewhere',
  never: 'person',
} as const;

it.each(faultCodes)('%s says what follows, as the failure does that it means', (code) => {
  const { follows, failure } = faultRule(code);
  expect(['later', 'elsewhere', 'person', 'never']).toContain(follows);
  if (failure !== undefined) expect(follows).toBe(following[failureRule(failure).next]);
});

it('has no code that nothing of the program gives to a fault', () => {
  const files = globSync('src/**/*.ts').filter((file) => !/\.(?:test|testsuite|samples|fixture)\.ts$|fault-codes\.ts$/.test(file));
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').match(/\bcode: .*/g) ?? []);
  const given = new Set([...refusalCodes, ...lines.flatMap((line) => [...line.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word))]);
  expect(faultCodes.filter((code) => !given.has(code))).toEqual([]);
});
