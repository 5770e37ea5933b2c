// What GitHub writes about checks, as facts. What is unknown is never green.
import { expect, it, test } from 'vitest';
import { checkOfJob, checkOfRun, checkOfStatus } from './runs.ts';
import { withRequired } from './required.ts';

const run = { id: 7, name: 'build', status: 'completed', conclusion: 'failure', app: { slug: 'github-actions' } };
const page = 'https://github.com/acme/app/actions/runs/3/job/7';

test.each([
  ['startup_failure', { state: 'red', byMachine: true }],
  ['stale', { state: 'red', byMachine: true }],
  ['a word of the future', { state: 'red', byMachine: false }],
  [null, { state: 'red', byMachine: false }],
] as const)('a run that ended with %s', (conclusion, expected) => {
  expect(checkOfRun({ ...run, conclusion })).toMatchObject(expected);
});

it.each(['queued', 'in_progress', 'waiting', 'requested', 'pending', undefined])('is pending while it is %s', (status) => {
  expect(checkOfRun({ ...run, status, conclusion: null })).toMatchObject({ state: 'pending', byMachine: false });
});

test('ids say what they are of', () => {
  expect(checkOfRun({ ...run, details_url: page })).toMatchObject({ id: 'job:7:3', canRerun: true, url: page });
  expect(checkOfRun(run)).toMatchObject({ id: 'job:7:' });
  expect(checkOfRun({ ...run, app: { slug: 'other' }, details_url: page })).toMatchObject({ id: 'run:7', canRerun: true });
  expect(checkOfRun({ ...run, app: null })).toMatchObject({ id: 'run:7', canRerun: false, url: null });
  expect(checkOfJob({ ...run, run_id: 3, html_url: page })).toMatchObject({ id: 'job:7:3', url: page });
  expect(checkOfStatus({ id: 9, context: 'ci', state: 'pending' })).toMatchObject({ id: 'status:9', state: 'pending', canRerun: false });
});

test('the beginning is told in whole seconds, or not at all', () => {
  const at = '2026-11-03T10:00:00Z';
  const startedAt = Date.parse(at);
  expect(checkOfRun({ ...run, started_at: at })).toMatchObject({ startedAt });
  expect(checkOfJob({ ...run, status: 'queued', started_at: at })).toMatchObject({ startedAt });
  expect(checkOfStatus({ id: 9, context: 'ci', state: 'pending', created_at: at })).toMatchObject({ startedAt });
  expect(checkOfRun(run)).toMatchObject({ startedAt: null });
});

it.each([null, 'x', [], {}, { id: '7', name: 'build' }, { id: 7 }])('what is none is left out: %j', (value) => {
  expect([checkOfRun(value), checkOfJob(value), checkOfStatus(value)]).toEqual([null, null, null]);
});

test('required checks that have not reported are pending; where the rules cannot be read, nobody knows', () => {
  const [one] = [checkOfStatus({ id: 9, context: 'ci', state: 'success' })].filter((check) => check !== null);
  expect(withRequired(one === undefined ? [] : [one], new Set(['ci', 'lint']))).toMatchObject([
    { name: 'ci', required: true, state: 'green' },
    { id: 'expected:lint', name: 'lint', required: true, state: 'pending', canRerun: false },
  ]);
  expect(withRequired(one === undefined ? [] : [one], null)).toMatchObject([{ name: 'ci', required: null }]);
});
