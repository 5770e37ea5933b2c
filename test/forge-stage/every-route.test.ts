// Every route of the stage answers, and what it answers is what GitHub's description says, where that was fetched.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { passEveryRoute } from './every-route.samples.ts';
import { findRoute, routes } from './rest-dispatch.ts';
import { ForgeStage } from './stage.ts';

let stage: ForgeStage;

beforeEach(async () => {
  stage = await ForgeStage.start();
});

afterEach(() => stage.close());

test('every route is passed, and nothing is otherwise than at GitHub', async () => {
  await passEveryRoute(stage);
  const passed = stage.requests().map(({ method, path }) => findRoute({ method, path: path.split('?')[0] ?? '' })?.route);
  expect(routes.filter((route) => !passed.includes(route)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(stage.requests().filter(({ status }) => status === null || status >= 500)).toEqual([]);
  expect(stage.violations()).toEqual([]);
});
