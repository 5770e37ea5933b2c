// The package `emulate` pretends to be GitHub too. Here it gives a second opinion about our stage: both are sent the requests to
// REST that our adapter makes for issues, and their answers are compared. Where they differ, GitHub's description decides, or
// what GitHub was seen to do; the differences that are emulate's fault are listed, and this fails when one of them is gone.
// Our adapter finds and reads issues by GraphQL, which emulate lacks: of that there is no second opinion. Rights are
// not compared either, because any token is good enough for emulate.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchLocked } from '../support/fetch-locked.ts';
import { askAll, differences, emulateFolder, formOfTimes, secrets, startEmulate } from './second-opinion.samples.ts';
import type { Asked, Emulate, Read } from './second-opinion.samples.ts';
import { addApp } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';

const first = { title: 'Fix the parser', body: 'It fails.', labels: ['bug', 'parser'], assignees: ['robot'] };
const sequence: readonly Asked[] = [
  { what: 'the repository', ask: 'GET ', status: 200 },
  { what: 'an issue', ask: 'POST /issues', body: first, status: 201 },
  { what: 'an issue without a title', ask: 'POST /issues', body: { body: 'x' }, status: 422 },
  { what: 'an issue with a blank title', ask: 'POST /issues', body: { title: ' ' }, status: 422 },
  { what: 'an issue for nobody known', ask: 'POST /issues', body: { ...first, assignees: ['nobody-known'] }, status: 422 },
  { what: 'an unknown secret', ask: 'GET /issues/1', token: 'ghp_nobody', status: 401 },
  { what: 'an issue of nobody', ask: 'POST /issues', body: first, token: null, status: 401 },
  { what: 'to read it', ask: 'GET /issues/1', status: 200 },
  { what: 'another title', ask: 'PATCH /issues/1', body: { title: 'Fix the lexer' }, status: 200 },
  { what: 'another text', ask: 'PATCH /issues/1', body: { body: 'It\r\nfails.\n' }, status: 200 },
  { what: 'no text', ask: 'PATCH /issues/1', body: { body: null }, status: 200 },
  { what: 'other labels', ask: 'PATCH /issues/1', body: { labels: ['status:queued', 'bug'] }, status: 200 },
  { what: 'labels in another case', ask: 'PATCH /issues/1', body: { labels: ['BUG', 'New'] }, status: 200 },
  { what: 'other assignees', ask: 'PATCH /issues/1', body: { assignees: ['alice'] }, status: 200 },
  { what: 'nobody assigned', ask: 'PATCH /issues/1', body: { assignees: [] }, status: 200 },
  { what: 'a refused assignee', ask: 'PATCH /issues/1', body: { title: 'Never', labels: [], assignees: ['nobody-known'] }, status: 422 },
  { what: 'what a refusal leaves', ask: 'GET /issues/1', status: 200 },
  // Many requests after the first one, because lists are sorted by when issues were opened.
  { what: 'an issue without a text', ask: 'POST /issues', body: { title: 'Second', labels: [], assignees: [] }, status: 201 },
  { what: 'closed', ask: 'PATCH /issues/1', body: { state: 'closed', state_reason: 'completed' }, status: 200 },
  { what: 'closed once more', ask: 'PATCH /issues/1', body: { state: 'closed', state_reason: 'completed' }, status: 200 },
  { what: 'another reason', ask: 'PATCH /issues/1', body: { state: 'closed', state_reason: 'not_planned' }, status: 200 },
  { what: 'a reason alone', ask: 'PATCH /issues/1', body: { state_reason: 'completed' }, status: 200 },
  { what: 'reopened', ask: 'PATCH /issues/1', body: { state: 'open' }, status: 200 },
  { what: 'closed without a reason', ask: 'PATCH /issues/1', body: { state: 'closed' }, status: 200 },
  { what: 'a comment', ask: 'POST /issues/1/comments', body: { body: 'Work begins.' }, status: 201 },
  { what: 'a blank comment', ask: 'POST /issues/1/comments', body: { body: ' ' }, status: 422 },
  { what: 'another comment text', ask: 'PATCH /issues/comments/{comment}', body: { body: 'Work ends.' }, status: 200 },
  { what: 'an unknown comment', ask: 'PATCH /issues/comments/999999', body: { body: 'x' }, status: 404 },
  { what: 'to read an unknown issue', ask: 'GET /issues/999', status: 404 },
  { what: 'to change an unknown issue', ask: 'PATCH /issues/999', body: { title: 'x' }, status: 404 },
  { what: 'a comment on an unknown issue', ask: 'POST /issues/999/comments', body: { body: 'x' }, status: 404 },
  { what: 'the open ones', ask: 'GET /issues', status: 200 },
  { what: 'all', ask: 'GET /issues?state=all', status: 200 },
  { what: 'those with labels', ask: 'GET /issues?state=all&labels=BUG,New', status: 200 },
  { what: 'those with labels in another case', ask: 'GET /issues?state=all&labels=bug,new', status: 200 },
  { what: 'those with a label that is nowhere', ask: 'GET /issues?state=all&labels=bug,nowhere', status: 200 },
  { what: 'a change of the second', ask: 'PATCH /issues/2', body: { title: 'The second' }, status: 200 },
  { what: 'those since that change', ask: 'GET /issues?state=all&since={updated}', status: 200 },
  { what: 'those since long ago', ask: 'GET /issues?state=all&since=2000-01-01T00:00:00Z', status: 200 },
  { what: 'those since the far future', ask: 'GET /issues?state=all&since=2100-01-01T00:00:00Z', status: 200 },
  { what: 'the newest change', ask: 'GET /issues?state=all&sort=updated&direction=desc&per_page=1', status: 200 },
  { what: 'the newest change of a comment', ask: 'GET /issues/comments?sort=updated&direction=desc&per_page=1', status: 200 },
  { what: 'an issue for a stranger', ask: 'POST /issues', body: { ...first, assignees: ['stranger'] }, status: 422 },
  { what: 'what it waits for', ask: 'GET /issues/1/dependencies/blocked_by', status: 200 },
  { what: 'one who may be assigned', ask: 'GET /assignees/alice', status: 204 },
  { what: 'one who may not', ask: 'GET /assignees/stranger', status: 404 },
  { what: 'the permission of one who writes', ask: 'GET /collaborators/alice/permission', status: 200 },
  { what: 'the permission of a stranger', ask: 'GET /collaborators/stranger/permission', status: 200 },
];

/** What emulate answers otherwise, and why our stage is right. */
const emulateIsWrong: Readonly<Record<string, { readonly is: Read; readonly why: string }>> = {
  'an unknown secret': { is: { status: 200 }, why: 'It takes any secret for that of its first person; GitHub answers 401.' },
  'an issue for a stranger': {
    is: { status: 201 },
    why: 'It assigns people who have no access; GitHub refuses the issue (upptime/upptime#125).',
  },
  'an issue for nobody known': { is: { refusesAssignees: false }, why: 'It refuses without naming the field (upptime/upptime#125).' },
  'a refused assignee': { is: { refusesAssignees: false }, why: 'It refuses without naming the field (upptime/upptime#125).' },
  'a reason alone': {
    is: { reason: 'completed', rawReason: 'completed' },
    why: 'The reason is "ignored unless `state` is changed" (description).',
  },
  'those with labels in another case': { is: { list: [] }, why: 'The case of labels says nothing at GitHub (intuit/auto#548).' },
  'the newest change of a comment': { is: { status: 404 }, why: 'It takes the word "comments" for the number of an issue.' },
  'what it waits for': { is: { status: 404 }, why: 'It has no dependencies between issues.' },
  'one who may be assigned': { is: { status: 404 }, why: 'It cannot be asked who may be assigned.' },
  'the permission of one who writes': { is: { permission: 'push' }, why: 'The words are admin, write, read and none (description).' },
  'the permission of a stranger': { is: { status: 404 }, why: 'It knows collaborators only; at GitHub everybody may read what is public.' },
  [formOfTimes]: { is: { forms: ['0000-00-00T00:00:00.000Z'] }, why: 'Times have whole seconds (description of `since`).' },
};

let missing: string | null = null;
let stage: ForgeStage;
let emulate: Emulate;
let ours: Readonly<Record<string, Read>> = {};
let theirs: Readonly<Record<string, Read>> = {};

beforeAll(async () => {
  missing = await fetchLocked({ folder: emulateFolder, what: 'emulate, the second opinion about our stage,' });
  if (missing !== null) return;
  let now = Date.now();
  stage = await ForgeStage.start({ now: () => now });
  const { token } = addApp(stage);
  const next = (): void => void (now += 1000);
  ours = await askAll(sequence, { root: `${stage.url}/api/v3`, token, next });
  emulate = await startEmulate();
  const people: readonly Asked[] = ['robot', 'alice'].map((login) => ({
    ...{ what: login, ask: `PUT /collaborators/${login}`, body: { permission: 'push' }, status: 201 },
  }));
  await askAll(people, { root: emulate.url, token: secrets.root, next });
  theirs = await askAll(sequence, { root: emulate.url, token: secrets.robot, next });
});

beforeEach(({ skip }) => {
  if (missing !== null) skip(missing);
});

afterAll(async () => {
  await emulate?.end();
  await stage?.close();
});

test('our stage answers with the statuses of GitHub, and as it is described', () => {
  expect(sequence.map(({ what }) => [what, ours[what]?.['status']])).toEqual(sequence.map(({ what, status }) => [what, status]));
  expect(stage.violations()).toEqual([]);
});

test('emulate answers the same, except where it is wrong', () => {
  const listed = Object.entries(emulateIsWrong).map(([what, { is }]) => [what, is]);
  expect(differences(ours, theirs)).toEqual(Object.fromEntries(listed));
});

test('emulate lacks GraphQL, so there is no second opinion about reading issues', async () => {
  expect((await fetch(`${emulate.url}/graphql`, { method: 'POST', body: '{}' })).status).toBe(404);
});

test('whatever is otherwise or missing in an answer is found', () => {
  const answer = ours['to read it'] ?? {};
  const { title: _, ...untitled } = answer;
  const compare = (second: Read) => differences({ one: answer }, { one: second });
  expect(compare(answer)).toEqual({});
  expect(compare({ ...answer, title: 'x', labels: [] })).toEqual({ one: { title: 'x', labels: [] } });
  expect(compare(untitled)).toEqual({ one: { title: null } });
  expect(compare({ ...answer, status: 404 })).toEqual({ one: { status: 404 } });
  expect(Object.keys(answer)).toEqual(expect.arrayContaining(['title', 'body', 'state', 'reason', 'labels', 'assignees', 'number', 'at']));
});

test('emulate has ended, with all its processes, once it was told to', async () => {
  await emulate.end();
  await expect(fetch(emulate.url)).rejects.toThrow('fetch failed');
});
