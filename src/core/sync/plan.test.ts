import { describe, expect, it } from 'vitest';
import { parseTodo } from '../todo/line.ts';
import { planSync } from './plan.ts';
import {
  factsOf,
  owner,
  robot,
  sampleIssue,
  sampleSyncTask,
  sampleWorld,
  someone,
  stranger,
  syncAll,
  writeIssue,
  type Participant,
  type World,
} from './sync-world.samples.ts';

const line = (world: World, id: string) => parseTodo({ text: world.text, ids: 't' }).tasks.find((task) => task.id === id);

function paired(more: Partial<World> = {}): { world: World; who: Participant } {
  const world = sampleWorld({
    text: '# Tasks\r\n\r\n- [ ] t1 Fix the parser #bug ref:GH#1 logged:2026-01-01\r\n- [ ] t2 Other ref:GH#2\r\n',
    issues: new Map([
      [1, sampleIssue({ labels: ['bug', 'good first issue'] })],
      [2, sampleIssue({ number: 2, title: 't2: Other', body: 'Some text\r\nof a person  ' })],
    ]),
    tasks: new Map([['t1', sampleSyncTask()]]),
    ...more,
  });
  const who = someone();
  syncAll({ world, who });
  return { world, who };
}

describe('a first sync', () => {
  it('agrees on what is the same, and writes our part', () => {
    const { world, who } = paired();
    expect(world.issues.get(1)).toMatchObject({ title: 'Fix the parser', labels: ['bug', 'good first issue', 'status:queued'] });
    expect(world.issues.get(2)!.body.startsWith('Some text\r\nof a person  \n\n<!-- yardmaster:begin {')).toBe(true);
    expect(line(world, 't2')!.body).toBe('Some text\nof a person');
    expect(planSync(factsOf(world, who)).changes).toEqual([]);
  });
});

describe('a field that was changed on one side', () => {
  it('flows to the other', () => {
    const { world, who } = paired();
    world.text = world.text.replace('Fix the parser #bug', 'Fix the old parser #feat');
    writeIssue(world, 2, { title: 't2: Another #tag blocked-by:t1', labels: ['bug', 'status:available'] }, owner);
    syncAll({ world, who });
    expect(world.issues.get(1)).toMatchObject({
      title: 'Fix the old parser',
      labels: ['good first issue', 'status:queued', 'enhancement'],
    });
    expect(line(world, 't2')).toMatchObject({ title: 'Another `#tag` `blocked-by:t1`', tags: ['bug'], blockedBy: [] });
  });
});

describe('a field that was changed on both sides', () => {
  it('is a conflict until a person decides', () => {
    const { world, who } = paired();
    world.text = world.text.replace('Fix the parser', 'Fix one parser');
    writeIssue(world, 1, { title: 'Fix all parsers' }, owner);
    const plan = syncAll({ world, who });
    expect(plan.conflicts).toEqual([
      { task: 't1', number: 1, field: 'title', why: 'both', todo: 'Fix one parser', issue: 'Fix all parsers', base: 'Fix the parser' },
    ]);
    expect(world.issues.get(1)!.title).toBe('Fix all parsers');
    const settled = syncAll({ world, who, facts: { keep: new Map([['t1', { title: 'todo' }]]) } });
    expect(settled.conflicts).toEqual([]);
    expect(world.issues.get(1)!.title).toBe('Fix one parser');
  });
});

describe('intake', () => {
  it('makes a line of a labelled issue', () => {
    const { world, who } = paired();
    const text = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');
    const labels = ['auto-dispatch', 'documentation'];
    world.issues.set(3, sampleIssue({ number: 3, title: 'Write #x', body: 'Short\n\n- [ ] step', labels }));
    world.issues.set(
      4,
      sampleIssue({
        number: 4,
        title: 't9: Long',
        body: text,
        labels,
        revisions: [{ by: stranger, at: 1, title: 't9: Long', body: text }],
        labelled: { by: robot, at: 2 },
      }),
    );
    world.issues.set(
      5,
      sampleIssue({
        number: 5,
        title: 'No',
        labels,
        revisions: [{ by: stranger, at: 1, title: 'No', body: '' }],
        labelled: { by: stranger, at: 2 },
      }),
    );
    syncAll({ world, who });
    expect(line(world, 't3')).toMatchObject({
      title: 'Write `#x`',
      tags: ['auto-dispatch', 'docs'],
      refs: ['GH#3'],
      body: 'Short\n\n- [ ] step',
    });
    expect(line(world, 't4')).toMatchObject({ title: 't9: Long', plan: 'todo/tasks/t4-brief.md', body: null });
    expect(world.briefs.get('t4')).toBe(`${text}\n`);
    expect(world.text).not.toContain('GH#5');
  });
});

describe('creation', () => {
  it('makes an issue of a line once', () => {
    const world = sampleWorld({
      text: '- [ ] t1 One #auto-dispatch\n- [ ] t2 Two blocked-by:t1 #auto-dispatch\n',
      policy: { ...sampleWorld().policy, create: 'marked' },
    });
    syncAll({ world, who: someone() });
    syncAll({ world, who: someone() });
    expect([...world.issues.values()].map(({ title, dependencies }) => [title, dependencies])).toEqual([
      ['t1: One', []],
      ['t2: Two', [101]],
    ]);
    expect(line(world, 't2')!.refs).toEqual(['GH#102']);
  });
});

describe('closing', () => {
  it('follows the evidence', () => {
    const { world, who } = paired();
    world.text = world.text.replace('- [ ] t1', '- [x] t1').replace('- [ ] t2', '- [-] t2');
    const plan = syncAll({ world, who });
    expect(plan.notices.map(({ code }) => code)).toEqual(['no-evidence']);
    expect([...world.issues.values()].map(({ state, reason }) => [state, reason])).toEqual([
      ['open', null],
      ['closed', 'not-planned'],
    ]);
    world.tasks.set('t1', sampleSyncTask({ state: 'done', evidence: { pull: 7 } }));
    syncAll({ world, who });
    expect(world.issues.get(1)).toMatchObject({
      state: 'closed',
      reason: 'completed',
      comment: { text: '`t1` is done: it was merged with #7.' },
    });
    writeIssue(world, 1, { state: 'open' }, owner);
    syncAll({ world, who });
    expect(line(world, 't1')!.mark).toBe('open');
    expect(world.tasks.get('t1')!.state).toBe('queued');
    writeIssue(world, 1, { state: 'closed', reason: 'completed' }, owner);
    syncAll({ world, who });
    expect(line(world, 't1')!.mark).toBe('declined');
    expect(world.issues.get(1)!.comment!.text).toBe('`ann` closed this issue, so `t1` is declined in TODO.md.');
  });
});
