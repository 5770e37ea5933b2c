// The stage's answers are held against GitHub's own description of its REST API, which only this lane fetches (0.4 GB, of
// which one file of 13 MB is kept). That what is wrong is found is shown by planted differences.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchLocked } from '../support/fetch-locked.ts';
import { passEveryRoute } from './every-route.samples.ts';
import { descriptionFile, descriptionFolder, openApi } from './openapi.ts';
import { addApp, openOne } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';

let missing: string | null = null;
let stage: ForgeStage;

beforeAll(async () => {
  missing = await fetchLocked({ folder: descriptionFolder, what: "GitHub's description of its API" });
  if (missing !== null) return;
  const generated = join(descriptionFolder, 'node_modules', '@octokit', 'openapi', 'generated');
  const fetched = join(generated, basename(descriptionFile));
  if (existsSync(fetched)) renameSync(fetched, descriptionFile);
  rmSync(generated, { recursive: true, force: true });
});

beforeEach(async ({ skip }) => {
  if (missing !== null) skip(missing);
  stage = await ForgeStage.start();
});

afterEach(() => stage.close());

test('every route answers as it is described', async () => {
  await passEveryRoute(stage);
  expect(stage.violations()).toEqual([]);
  expect(stage.validates).toBe(true);
});

describe('what is otherwise is found', () => {
  const exchange = async () => {
    const robot = addApp(stage);
    openOne(stage);
    const { status, body } = await robot.rest('GET', '/repos/acme/app/pulls/1');
    const path = '/repos/{owner}/{repo}/pulls/{pull_number}';
    return { method: 'GET', path, query: new URLSearchParams(), sent: undefined as unknown, status, answered: body };
  };

  test.each([
    { what: 'nothing, as a proof', change: {}, says: null },
    { what: 'a field is missing', change: { answered: { id: 1 } }, says: "must have required property '_links'" },
    {
      what: 'a parameter does not exist',
      change: { query: new URLSearchParams({ states: 'open' }) },
      says: 'the parameter states does not exist',
    },
    { what: 'a status is not described', change: { status: 204 }, says: 'answers 204, which is not described' },
    { what: 'a route does not exist', change: { path: '/repos/{owner}/{repo}/pull' }, says: 'does not exist at GitHub' },
    {
      what: 'a request has a wrong body',
      change: { method: 'PATCH', sent: { state: 'merged' } },
      says: 'must be equal to one of the allowed values',
    },
  ])('$what', async ({ change, says }) => {
    const problems = openApi()?.problems({ ...(await exchange()), ...change });
    if (says === null) expect(problems).toEqual([]);
    else expect(problems?.join('\n')).toContain(says);
  });

  test('a field of another kind, deep inside', async () => {
    const { answered, ...rest } = await exchange();
    const problems = openApi()?.problems({ ...rest, answered: { ...answered, user: { ...answered.user, id: 'one' } } });
    expect(problems?.join('\n')).toContain('/user/id must be integer');
  });
});
