// The sync as it is carried out: TODO.md and its briefs on the disk, the issues of a forge in memory.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { issuesStage, sampleState, type IssuesStage, type Participant } from './issues-stage.samples.ts';

let stage: IssuesStage;
let one: Participant;
beforeEach(async () => {
  stage = issuesStage('# Tasks\n\n- [ ] t1 Fix the parser #bug ref:GH#1\n');
  one = await stage.participant();
  stage.open({ title: 't1: Fix the parser', body: 'Words\r\n', labels: ['bug'] });
});
afterEach(() => stage.end());

const long = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');

describe('a line and an issue', () => {
  test('become the same, and stay so', async () => {
    const first = await one.run();
    expect(first).toMatchObject({ left: [], pending: [], conflicts: [], notices: [], synced: 1 });
    expect(first.done.map(({ direction, field }) => `${direction} ${field}`)).toEqual(['to-todo body', 'to-issue ours']);
    expect(stage.read()).toBe('# Tasks\n\n- [ ] t1 Fix the parser #bug ref:GH#1\n\n  Words\n');
    expect(stage.issue(1).body).toMatch(/^Words\r\n\n<!-- yardmaster:begin \{/);
    stage.tick();
    const calls = stage.forge.state.calls.length;
    expect((await one.run()).done).toEqual([]);
    expect(stage.forge.state.calls.slice(calls)).toEqual(['issues.changedAt acme/app', 'issues.read acme/app']);
  });

  test('follow an edit of either side; of both, it is a conflict until a person decides', async () => {
    await one.run();
    stage.write(stage.read().replace('Fix the parser', 'Fix one parser'));
    stage.edit(1, { by: 'ann', title: 't1: Fix all parsers', labels: ['bug', 'ui'] });
    const outcome = await one.run();
    expect(outcome.conflicts).toEqual([
      { task: 't1', number: 1, field: 'title', why: 'both', todo: 'Fix one parser', issue: 'Fix all parsers', base: 'Fix the parser' },
    ]);
    expect(stage.read()).toContain('t1 Fix one parser #bug ref:GH#1 #ui');
    expect(outcome.synced).toBe(0);
    await one.run({ keep: new Map([['t1', { title: 'issue' }]]), only: new Set(['t1']) });
    expect(stage.read()).toContain('t1 Fix all parsers #bug ref:GH#1 #ui');
    expect((await one.run()).conflicts).toEqual([]);
  });

  test('a dry run says what would be done, and writes nothing', async () => {
    const [text, body] = [stage.read(), stage.issue(1).body];
    const outcome = await one.run({ dryRun: true });
    expect(outcome.done).toEqual(outcome.pending);
    expect(outcome.done).toHaveLength(2);
    expect([stage.read(), stage.issue(1).body]).toEqual([text, body]);
  });
});

describe('one direction', () => {
  test('pull writes TODO.md only, and an edit of the issue is an edit later on', async () => {
    await one.run({ flows: 'todo' });
    expect(stage.read()).toContain('  Words\n');
    expect(stage.issue(1).body).toBe('Words\r\n');
    stage.edit(1, { by: 'ann', title: 't1: New' });
    const outcome = await one.run({ flows: 'todo' });
    expect(stage.read()).toContain('- [ ] t1 New #bug');
    expect(outcome.pending).toEqual([{ task: 't1', number: 1, direction: 'to-issue', field: 'ours' }]);
  });

  test('push writes issues only, and what waits at the issue is not overwritten', async () => {
    await one.run();
    stage.write(stage.read().replace('#bug', '#ui'));
    stage.edit(1, { by: 'ann', title: 't1: New' });
    const outcome = await one.run({ flows: 'issue' });
    expect(stage.issue(1)).toMatchObject({ title: 't1: New', labels: ['status:available', 'ui'] });
    expect(outcome.pending[0]).toEqual({ task: 't1', number: 1, direction: 'to-todo', field: 'title' });
    expect(stage.read()).toContain('t1 Fix the parser #ui');
    await one.run();
    expect(stage.read()).toContain('t1 New #ui');
  });

  test('push of a task makes its issue, once', async () => {
    stage.write(`${stage.read()}- [ ] t2 Two\n- [ ] t3 Three blocked-by:t2\n`);
    await one.run({ flows: 'issue', push: ['t2', 't3'], only: new Set(['t2', 't3']) });
    expect(stage.read()).toContain('- [ ] t3 Three blocked-by:t2 ref:GH#3\n');
    expect(stage.issue(3).dependencies).toEqual([2]);
    // Nobody knows of the issue any more but its marker.
    stage.write(stage.read().replaceAll(' ref:GH#2', ''));
    const other = await stage.participant();
    await other.run({ push: ['t2'] });
    expect(stage.repository.issues.size).toBe(3);
    expect(stage.read()).toContain('t2 Two ref:GH#2');
  });
});

describe('intake', () => {
  test('a long text becomes a brief, which follows', async () => {
    stage.open({ title: 'Long', body: long, labels: ['auto-dispatch', 'documentation'] });
    await one.run();
    expect(stage.read()).toContain('- [ ] t2 Long #auto-dispatch #docs ref:GH#2 → [todo/tasks/t2-brief.md]');
    expect(stage.read('todo/tasks/t2-brief.md')).toBe(`${long}\n`);
    stage.edit(2, { body: stage.issue(2).body.replace('line 0\n', 'first\n') });
    await one.run();
    expect(stage.read('todo/tasks/t2-brief.md')).toMatch(/^first\nline 1\n/);
    stage.write(`${long}\nmore\n`, 'todo/tasks/t2-brief.md');
    await one.run();
    expect(stage.issue(2).body).toMatch(/^line 0\n[^]*line 29\nmore\n/);
  });

  test('a list with conflict markers, and none at all, are refused', async () => {
    stage.write('- [ ] t1 A\n<<<<<<< HEAD\n- [ ] t2 B\n=======\n- [ ] t3 C\n>>>>>>> other\n');
    await expect(one.run()).rejects.toMatchObject({ code: 'todo-conflicted' });
    const none = await stage.participant({ repo: join(stage.repo, 'none') });
    await expect(none.run()).rejects.toMatchObject({ code: 'no-todo' });
    expect(existsSync(join(stage.repo, 'none'))).toBe(false);
  });
});

describe('what the forge refuses', () => {
  test('of one issue keeps nothing else from being carried out', async () => {
    stage.write('- [ ] t1 Fix the parser ref:GH#1\n- [ ] t2 B ref:GH#2\n');
    stage.open({ title: 'B' });
    const fault = new Fault({ code: 'forge-refused', message: 'no', hint: 'x', data: { status: 422 } });
    stage.forge.state.faults.push({ call: 'issues.write', fault });
    const outcome = await one.run();
    expect(outcome.left).toEqual([]);
    const refused = new Fault({ code: 'forge-refused', message: 'no right', hint: 'x', data: { status: 403 } });
    stage.write(stage.read().replace('Fix the parser', 'Another'));
    stage.forge.state.faults.push({ call: 'issues.write', fault: refused });
    await expect(one.run()).rejects.toMatchObject({ message: 'no right' });
    await one.run();
    expect(stage.issue(1).title).toBe('t1: Another');
  });
});

describe('a subtask', () => {
  const nested = '- [ ] t1 Fix the parser #bug ref:GH#1\n  - [ ] t2 B ref:GH#2\n- [ ] t3 C ref:GH#3\n';
  const parents = () => [1, 2, 3].map((number) => stage.issue(number).parent);
  const calls = () => stage.forge.state.calls.filter((call) => call.startsWith('issues.setParent'));
  beforeEach(() => {
    stage.write(nested);
    for (const title of ['B', 'C']) stage.open({ title });
  });

  test('becomes a sub-issue, which a dry run says and a pull does not', async () => {
    const dry = await one.run({ dryRun: true });
    expect(dry.done).toContainEqual({ task: 't2', number: 2, direction: 'to-issue', field: 'parent' });
    await one.run({ flows: 'todo' });
    expect([parents(), calls()]).toEqual([['none', 'none', 'none'], []]);
    await one.run();
    expect([parents(), calls()]).toEqual([['none', 1, 'none'], ['issues.setParent acme/app#2']]);
    const text = stage.read();
    stage.issue(2).parent = 3;
    expect((await one.run()).done).toEqual([]);
    expect([parents(), stage.read()]).toEqual([['none', 3, 'none'], text]);
  });

  test('of which a person sets another parent meanwhile is left out, and then left as it is', async () => {
    const issues = {
      ...one.issues,
      setParent: async (given: Parameters<typeof one.issues.setParent>[0]) => {
        stage.issue(2).parent = 3;
        return one.issues.setParent(given);
      },
    };
    const outcome = await one.run({ issues });
    expect([parents(), outcome.pending, outcome.left]).toEqual([['none', 3, 'none'], [], []]);
  });

  test('that the forge refuses is told once, and everything else of it is written', async () => {
    stage.issue(1).parent = 2;
    stage.write(nested.replace('t2 B', 't2 B #ui'));
    const outcome = await one.run();
    expect(outcome.notices).toMatchObject([
      { code: 'parent-refused', task: 't2', number: 2, hint: expect.stringContaining('not tried again') },
    ]);
    expect(outcome.notices[0]!.message).toContain('issue #2 of t2 cannot be made a sub-issue of #1');
    expect([stage.issue(2).labels.toSorted(), outcome.left, parents()]).toEqual([['status:available', 'ui'], [], [2, 'none', 'none']]);
    const again = await one.run();
    expect([again.done, again.notices, calls().length]).toEqual([[], [], 1]);
  });

  test('that the forge does not let go is told once as well', async () => {
    await one.run();
    stage.write(stage.read().replace('  - [ ] t2', '- [ ] t2'));
    const fault = new Fault({ code: 'forge-refused', message: 'no', hint: 'x', data: { status: 400 } });
    stage.forge.state.faults.push({ call: 'issues.setParent', fault });
    expect((await one.run()).notices.map(({ message }) => message)).toEqual(['issue #2 of t2 stays a sub-issue of #1: no']);
    expect([(await one.run()).done, parents()]).toEqual([[], ['none', 1, 'none']]);
  });

  test('whose parent may not be set at all stops the sync, as any right that the token lacks', async () => {
    const fault = new Fault({ code: 'forge-refused', message: 'no right', hint: 'x', data: { status: 403 } });
    stage.forge.state.faults.push({ call: 'issues.setParent', fault });
    await expect(one.run()).rejects.toMatchObject({ message: 'no right' });
    await one.run();
    expect(parents()).toEqual(['none', 1, 'none']);
  });
});

describe('tasks', () => {
  test('move with their issues, and are told about in one comment', async () => {
    one.tasks.set('t1', { ...sampleState, state: 'running' });
    await one.run();
    expect(stage.issue(1)).toMatchObject({ assignees: ['ada'], labels: ['bug', 'status:claimed'] });
    expect(stage.issue(1).comments.map(({ text }) => text)).toEqual(['Work on `t1` is under way.\n<!-- yardmaster:comment -->']);
    stage.comment(1, { by: 'eve', text: 'Hi <!-- yardmaster:comment -->' });
    stage.tick();
    one.tasks.set('t1', { ...sampleState, state: 'queued' });
    stage.edit(1, { by: 'ann', state: 'closed' });
    await one.run();
    expect(stage.moves).toEqual(['t1 cancelled #1 ann']);
    expect(stage.read()).toContain('- [-] t1');
    expect(stage.issue(1).comments.map(({ text }) => text.split('\n')[0])).toEqual([
      '`ann` closed this issue, so `t1` is declined in TODO.md.',
      'Hi <!-- yardmaster:comment -->',
    ]);
  });

  test('are taken from the labels by whoever has no database, and left as they are', async () => {
    one.tasks.set('t1', { ...sampleState, state: 'running' });
    await one.run();
    const actions = await stage.participant({ login: 'actions[bot]' });
    stage.write(stage.read().replace('#bug', '#ui'));
    await actions.run();
    expect(stage.issue(1)).toMatchObject({ assignees: ['ada'], labels: ['status:claimed', 'ui'] });
    expect(stage.issue(1).comments).toHaveLength(1);
    expect((await one.run()).done).toEqual([]);
    expect(stage.read()).not.toContain('assignee:');
  });
});

test('an older copy of the list is not taken for an edit', async () => {
  const checkout = { commit: 'c1', file: 'changed' as const };
  const two = await stage.participant({ git: checkout });
  const before = stage.read();
  await two.run();
  stage.edit(1, { by: 'ann', title: 't1: New' });
  await two.run();
  expect(stage.read()).toContain('t1 New');
  stage.write(before);
  Object.assign(checkout, { file: 'committed' });
  for (const _ of ['first', 'second', 'third']) {
    const outcome = await two.run();
    expect(outcome.notices.map(({ code }) => code)).toEqual(['behind']);
    expect(stage.issue(1).title).toBe('t1: New');
  }
  expect(stage.read()).toBe(before);
});

test('a machine whose copy of the list stays behind overwrites nothing, however often it syncs', async () => {
  const git = { commit: 'c1', file: 'committed' as const };
  await one.run();
  const elsewhere = mkdtempSync(join(tmpdir(), 'yard-issues-'));
  onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
  const list = join(elsewhere, 'TODO.md');
  writeFileSync(list, stage.read());
  const two = await stage.participant({ login: 'bob', repo: elsewhere, git });
  for (const _ of ['first', 'second']) expect((await two.run()).notices).toEqual([]);
  stage.write(stage.read().replace('Fix the parser #bug', 'Fix all parsers #bug #ui'));
  await one.run();
  const fixed = stage.issue(1);
  const codes = async () => (await two.run()).notices.map(({ code }) => code);
  for (const _ of ['first', 'second', 'third']) expect(await codes()).toEqual(['behind']);
  expect(stage.issue(1)).toMatchObject({ title: 't1: Fix all parsers', labels: fixed.labels });

  // Another field is an edit, and a tag beside the older ones is nothing that can be told from an older copy.
  writeFileSync(list, readFileSync(list, 'utf8').replace('  Words', '  Other words').replace('#bug', '#bug #docs'));
  for (const _ of ['first', 'second']) await two.run();
  expect(stage.issue(1)).toMatchObject({ title: 't1: Fix all parsers', body: expect.stringMatching(/^Other words/) });
  expect(stage.issue(1).labels).toEqual(expect.arrayContaining(['bug', 'ui']));

  // The merge of both lists is what both sides have in common.
  stage.write(stage.read().replace('  Words', '  Other words'));
  writeFileSync(list, stage.read());
  for (const who of [one, two, one, two]) expect((await who.run()).notices).toEqual([]);
  expect(stage.issue(1)).toMatchObject({ title: 't1: Fix all parsers', body: expect.stringMatching(/^Other words/) });
});
