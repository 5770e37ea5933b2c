import { describe, expect, it } from 'vitest';
import { parseTodo } from '../todo/line.ts';
import { trustedMarker } from './intake.ts';
import { largestIssueBody, personText, readIssueBody } from './issue-body.ts';
import { numberOf } from './pair-up.ts';
import { planSync } from './plan.ts';
import type { Issue } from './sync-facts.ts';
import {
  carryOut,
  factsOf,
  owner,
  robot,
  sampleIssue,
  samplePolicy,
  sampleSyncTask,
  sampleWorld,
  someone,
  stranger,
  syncAll,
  writeIssue,
  type Participant,
  type World,
} from './sync-world.samples.ts';

const world = (text: string, issues: readonly Partial<Issue>[] = [], more: Partial<World> = {}): World =>
  sampleWorld({
    text,
    issues: new Map(issues.map((one, index) => [one.number ?? index + 1, sampleIssue({ number: index + 1, ...one })])),
    ...more,
  });
const line = ({ text }: World, id: string) => parseTodo({ text, ids: 't' }).tasks.find((task) => task.id === id);
const codes = (given: World, who = someone()) => planSync(factsOf(given, who)).notices.map(({ code, task }) => `${code} ${task}`);
const linked = '- [ ] t1 Fix the parser ref:GH#1\n';

describe('pairing', () => {
  it('tells what cannot be paired, and does nothing about it', () => {
    const text = '- [ ] t1 A ref:GH#1\n- [ ] t2 B ref:GH#1\n- [ ] t3 C ref:GH#3 ref:x\n- [ ] t4 D ref:GH#4\n- [ ] t5 E ref:GH#99\n';
    const given = world(text, [{ title: 'A' }, {}, { isPull: true }], { gone: [{ number: 4, gone: 'deleted', to: null }] });
    expect(codes(given)).toEqual(['doubled t2', 'not-an-issue t3', 'gone t4']);
    expect(numberOf({ refs: ['JIRA-1', 'GH#5', 'GH#6'] })).toBe(5);
  });

  it('only proposes an issue of the same title', () => {
    const given = world('- [ ] t1 Fix the parser\n- [x] t2 Old\n', [{ labels: ['auto-dispatch'] }]);
    expect(codes(given)).toEqual(['same-title t1']);
    expect(planSync(factsOf(given, someone())).changes).toEqual([]);
  });

  it('goes by the id in a title that counts', () => {
    const given = world('- [ ] t1 A\n', [{ title: 't1: A', labels: ['auto-dispatch'] }]);
    syncAll({ world: given, who: someone() });
    expect(line(given, 't1')).toMatchObject({ refs: ['GH#1'], tags: ['auto-dispatch'] });
    given.issues.set(2, sampleIssue({ number: 2, title: 't9: New', labels: ['auto-dispatch'] }));
    syncAll({ world: given, who: someone() });
    expect(line(given, 't9')!.title).toBe('New');
  });

  it('finds an issue again whose number was never written down, and tells of a second one', () => {
    const given = world('- [ ] t1 A\n');
    const who = someone();
    const plan = planSync(factsOf(given, who, { push: ['t1'] }));
    carryOut({ world: given, who, plan });
    given.text = '- [ ] t1 A\n';
    const made = given.issues.get(101)!;
    given.issues.set(102, { ...made, number: 102 });
    syncAll({ world: given, who });
    expect(line(given, 't1')!.refs).toEqual(['GH#101']);
    expect(codes(given, who)).toEqual(['doubled t1']);
    given.text = '';
    expect(codes(given, who)).toEqual(['line-gone t1', 'line-gone t1']);
    writeIssue(given, 101, { state: 'closed' }, owner);
    expect(codes(given, who)).toEqual(['line-gone t1']);
  });

  it('goes by what is remembered, unless the line names another issue', () => {
    const given = world(linked, [{}, { title: 'Fix the parser' }]);
    const who = someone();
    syncAll({ world: given, who });
    given.text = '- [ ] t1 Fix the parser\n';
    syncAll({ world: given, who });
    expect(given.text).toBe(linked);
    given.text = '- [ ] t1 Fix the parser ref:GH#2\n';
    syncAll({ world: given, who });
    expect(who.memory!.get('t1')!.number).toBe(2);
  });
});

describe('a stranger’s edit', () => {
  it('waits, and only our labels and our comment go on', () => {
    const by = {
      revisions: [{ by: stranger, at: 1, title: 'Do it', body: 'Text' }],
      title: 'Do it',
      body: 'Text',
      labels: ['auto-dispatch'],
      labelled: { by: owner, at: 2 },
    };
    const given = world('', [by]);
    const who = someone();
    syncAll({ world: given, who });
    given.tasks.set('t1', sampleSyncTask({ state: 'running' }));
    writeIssue(given, 1, { title: 'Evil', body: 'Evil' }, stranger);
    syncAll({ world: given, who });
    expect(given.issues.get(1)).toMatchObject({
      title: 'Evil',
      body: 'Evil',
      labels: ['auto-dispatch', 'status:claimed'],
      comment: { text: 'Work on `t1` is under way.' },
    });
    expect(line(given, 't1')!.title).toBe('Do it');
    expect(planSync(factsOf(given, who)).notices[0]!.message).toContain('eve, who has no write access, has edited it');
    writeIssue(given, 1, { labels: ['status:claimed'] }, owner);
    writeIssue(given, 1, { labels: ['status:claimed', 'auto-dispatch'] }, owner);
    syncAll({ world: given, who });
    expect(line(given, 't1')).toMatchObject({ title: 'Evil', body: 'Evil' });
  });

  it('is told of an issue that nobody labelled', () => {
    const given = world(linked, [{ revisions: [{ by: stranger, at: 1, title: 'Fix the parser', body: '' }] }]);
    expect(planSync(factsOf(given, someone())).notices[0]!.message).toContain('nobody with write access has labelled it yet');
  });

  it('is a label that dispatches nothing, and stays', () => {
    const given = world(linked, [
      {
        revisions: [
          { by: stranger, at: 1, title: 'Fix the parser', body: '' },
          { by: owner, at: 2, title: 'Fix the parser', body: '' },
        ],
        labels: ['Auto-Dispatch'],
        labelled: { by: stranger, at: 3 },
      },
    ]);
    syncAll({ world: given, who: someone() });
    expect(line(given, 't1')!.tags).toEqual([]);
    expect(given.issues.get(1)!.labels).toEqual(['Auto-Dispatch', 'status:available']);
  });
});

describe('what the list cannot say', () => {
  it('is told, and everything else flows', () => {
    const given = world('- [ ] t1 Fix the parser ref:GH#1\n  with #tag\n', [{ labels: ['tag'] }]);
    const who = someone();
    syncAll({ world: given, who });
    writeIssue(given, 1, { title: 'New', body: `New\n${given.issues.get(1)!.body}` }, owner);
    const plan = syncAll({ world: given, who });
    expect(plan.notices.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'unwritable: the body of issue #1 cannot be written into TODO.md as part of t1',
    ]);
    expect(line(given, 't1')).toMatchObject({ title: 'New', body: 'with #tag' });
    writeIssue(given, 1, { state: 'closed', reason: 'completed' }, owner);
    given.tasks.set('t1', sampleSyncTask({ state: 'done', evidence: { pull: 3 } }));
    given.text += '  - [ ] t1.1 Open\n';
    expect(syncAll({ world: given, who }).notices.map(({ code }) => code)).toEqual(['unwritable', 'unwritable']);
  });

  it('is an issue that cannot become a line', () => {
    const given = world('```\n', [{ labels: ['auto-dispatch'] }]);
    expect(codes(given)).toEqual(['unwritable t1']);
  });
});

describe('a long text', () => {
  const long = 'x'.repeat(largestIssueBody);
  it('stays in the brief if an issue cannot hold it', () => {
    const given = world('- [ ] t1 Fix the parser ref:GH#1\n- [ ] t2 B\n', [{ body: '' }], {
      briefs: new Map([
        ['t1', long],
        ['t2', long],
      ]),
    });
    const plan = syncAll({ world: given, who: someone(), facts: {} });
    expect(plan.notices.map(({ code }) => code)).toEqual(['body-too-long']);
    expect(personText(readIssueBody(given.issues.get(1)!.body))).toBe('');
    const pushed = planSync(factsOf(given, someone(), { push: ['t2'] }));
    expect([pushed.notices.map(({ code, task }) => `${code} ${task}`), pushed.changes.filter((one) => one.do === 'create-issue')]).toEqual([
      ['body-too-long t1', 'body-too-long t2'],
      [],
    ]);
  });

  it('leaves no room for our part', () => {
    const body = 'x'.repeat(largestIssueBody - 100);
    const given = world(linked, [{ body }]);
    const who = someone();
    expect(syncAll({ world: given, who }).notices.map(({ code }) => code)).toEqual(['no-room']);
    expect(given.issues.get(1)!.body).toBe(body);
    expect(given.briefs.size).toBe(0);
  });

  it('leaves less room for our part', () => {
    const body = 'x'.repeat(largestIssueBody - 4000);
    const given = world('- [ ] t1 Fix the parser ref:GH#1 → [p.md#one]\n', [{ body }], {
      plans: new Map([['p.md', `# One\n${Array.from({ length: 2000 }, (_, n) => `step ${n}`).join('\n')}`]]),
    });
    expect(syncAll({ world: given, who: someone() }).notices).toEqual([]);
    expect(given.issues.get(1)!.body.length).toBeLessThan(largestIssueBody);
  });
});

describe('assigning', () => {
  it('is ours while a task is worked on, unless somebody is us already', () => {
    const given = world(linked, [{ assignees: ['Bob'] }]);
    const who = someone();
    syncAll({ world: given, who });
    expect(line(given, 't1')!.assignee).toBe('bob');
    given.tasks.set('t1', sampleSyncTask({ state: 'running', dispatched: 'opus' }));
    syncAll({ world: given, who });
    expect(given.issues.get(1)).toMatchObject({ assignees: ['Bob', 'yard'], labels: ['status:claimed', 'dispatched:opus'] });
    expect(line(given, 't1')!.assignee).toBe('bob');
    given.text = given.text.replace('assignee:bob', 'assignee:Yard');
    syncAll({ world: given, who });
    expect(given.issues.get(1)!.assignees).toEqual(['yard']);
    given.text = given.text.replace(' assignee:Yard', '');
    given.tasks.delete('t1');
    syncAll({ world: given, who });
    expect(given.issues.get(1)!.assignees).toEqual([]);
  });
});

describe('dependencies', () => {
  it('flow between issues of tasks, and others stay', () => {
    const given = world('- [ ] t1 A ref:GH#1\n- [ ] t2 B blocked-by:t1,t9 ref:GH#2\n- [ ] t9 C blocks:t2\n', [
      { title: 'A', dependencies: [7] },
      { title: 'B' },
    ]);
    const who = someone();
    syncAll({ world: given, who });
    expect([...given.issues.values()].map(({ dependencies }) => dependencies)).toEqual([[7], [1]]);
    writeIssue(given, 2, { dependencies: [] }, owner);
    syncAll({ world: given, who });
    expect(line(given, 't2')!.blockedBy).toEqual(['t9']);
    given.text = given.text.replace('blocked-by:t9', 'blocked-by:t9,t1');
    syncAll({ world: given, who });
    given.text = given.text.replace('blocked-by:t9,t1', 'blocked-by:t9');
    syncAll({ world: given, who });
    expect(given.issues.get(2)!.dependencies).toEqual([]);
  });

  it('stay in the list where the forge has none', () => {
    const given = world('- [ ] t1 A ref:GH#1\n- [ ] t2 B blocked-by:t1 ref:GH#2\n', [
      { title: 'A', dependencies: null },
      { title: 'B', dependencies: null },
    ]);
    syncAll({ world: given, who: someone() });
    expect(given.issues.get(2)).toMatchObject({ dependencies: null });
    expect(given.issues.get(2)!.body).toContain('**Blocked by** `t1` (#1)');
  });
});

describe('our part', () => {
  it('shows notes and plans, a subtask its parent’s', () => {
    const text =
      '- [ ] t1 A ~2h ref:GH#1 → [todo/PLANS.md#one]\n  - Notes: mind this\n  - [ ] t1.1 B ref:GH#2 blocks:t1\n- [-] t2 C parent:t3 ref:GH#3\n- [ ] t3 D parent:t2 ref:GH#4 → [todo/tasks/t3-brief.md]\n- [ ] t4 E ref:GH#5 → [todo/PLANS.md]\n- [ ] t5 F parent:t77 ref:GH#6 → [none.md#x]\n';
    const titles = ['A', 'B', 'C', 'D', 'E', 'F'];
    const given = world(
      text,
      titles.map((title) => ({ title, state: title === 'C' ? 'closed' : 'open' }) as const),
      { plans: new Map([['todo/PLANS.md', '# One\nthe plan\n']]) },
    );
    syncAll({ world: given, who: someone() });
    const bodies = [...given.issues.values()].map(({ body }) => body);
    expect(bodies[0]).toContain('**Estimate** ~2h');
    expect(bodies[0]).toContain('**Notes**\n\n- Notes: mind this');
    expect(bodies[1]).toContain('**Plan: todo/PLANS.md#one**\n\nthe plan');
    expect(bodies[2]).toContain('**Status** declined');
    expect(bodies[3]).not.toContain('Plan');
    expect(bodies[4]).toContain('**Plan: todo/PLANS.md**\n\n<sub>');
    expect(bodies[5]).toContain('**Plan: none.md#x**\n\n<sub>');
  });
});

describe('conflicts', () => {
  it('keep assignees and tags as they are on both sides', () => {
    const given = world('- [ ] t1 Fix the parser #a assignee:ann ref:GH#1\n', [{}]);
    const [one, two] = [someone(), someone()];
    syncAll({ world: given, who: one });
    syncAll({ world: given, who: two });
    writeIssue(given, 1, { labels: ['status:available', 'b'], assignees: ['bob'] }, owner);
    syncAll({ world: given, who: one });
    expect(line(given, 't1')).toMatchObject({ tags: ['b'], assignee: 'bob' });
    given.text = given.text.replace('#b', '#c').replace('assignee:bob', 'assignee:cy');
    expect(syncAll({ world: given, who: two }).conflicts.map(({ field, why }) => `${field} ${why}`)).toEqual([
      'assignee both',
      'tags both',
    ]);
    expect(given.issues.get(1)).toMatchObject({ labels: ['status:available', 'b'], assignees: ['bob'] });
  });
});

describe('who syncs', () => {
  it('takes an older copy for no edit', () => {
    const given = world(linked, [{}]);
    const [one, two] = [someone(), someone()];
    syncAll({ world: given, who: one });
    syncAll({ world: given, who: two });
    const old = given.text;
    given.text = old.replace('Fix', 'Mend');
    syncAll({ world: given, who: one });
    const plan = planSync(factsOf(given, { ...two, copy: { text: old, briefs: new Map() } }));
    expect([plan.changes, plan.conflicts.map(({ why }) => why), plan.notices.map(({ code }) => code)]).toEqual([
      [],
      ['behind'],
      ['behind'],
    ]);
  });

  it('does not go back to a marker that somebody saved over a newer one', () => {
    const given = world(linked, [{}]);
    const who = someone();
    syncAll({ world: given, who });
    const old = given.issues.get(1)!.body;
    given.text = given.text.replace('Fix', 'Mend');
    syncAll({ world: given, who });
    writeIssue(given, 1, { body: old }, owner);
    syncAll({ world: given, who });
    expect(trustedMarker({ issue: given.issues.get(1)!, policy: samplePolicy })!.base.rev).toBe(2);
  });

  it('knows a write whose answer was lost', () => {
    const given = world(linked, [{}]);
    const who = someone();
    syncAll({ world: given, who });
    given.text = given.text.replace('Fix', 'Mend');
    carryOut({ world: given, who, plan: planSync(factsOf(given, who)), cut: { at: 0, lost: true } });
    expect(who.memory!.get('t1')!.next!.rev).toBe(2);
    given.text = given.text.replace('Mend', 'Fix');
    syncAll({ world: given, who });
    expect(given.issues.get(1)!.title).toBe('Fix the parser');
  });

  it('waits while an issue is closed in review', () => {
    const given = world(linked, [{}], { tasks: new Map([['t1', sampleSyncTask({ state: 'delivered', pull: 9 })]]) });
    const who = someone();
    syncAll({ world: given, who });
    writeIssue(given, 1, { state: 'closed', reason: 'completed' }, owner);
    expect(syncAll({ world: given, who }).notices.map(({ code }) => code)).toEqual(['closed-in-review']);
    expect(line(given, 't1')!.mark).toBe('open');
  });

  it('makes issues as it is told to', () => {
    const text = '- [ ] t1 A assignee:ann\n- [ ] t2 B #auto-dispatch\n- [x] t3 C\n';
    const titles = (create: 'never' | 'marked' | 'all'): readonly string[] => {
      const given = world(text, [], { policy: { ...samplePolicy, create } });
      syncAll({ world: given, who: someone(null) });
      return [...given.issues.values()].map(({ title, assignees }) => [title, ...assignees].join(' '));
    };
    expect([titles('never'), titles('marked'), titles('all')]).toEqual([[], ['t2: B'], ['t1: A ann', 't2: B']]);
  });

  it('opens an issue again whose line is open again', () => {
    const given = world(linked, [{}], { tasks: new Map([['t1', sampleSyncTask()]]) });
    const who = someone();
    syncAll({ world: given, who });
    given.text = given.text.replace('[ ]', '[-]');
    given.tasks.set('t1', sampleSyncTask({ state: 'cancelled' }));
    syncAll({ world: given, who });
    given.text = given.text.replace('[-]', '[ ]');
    given.tasks.set('t1', sampleSyncTask());
    syncAll({ world: given, who });
    expect(given.issues.get(1)).toMatchObject({
      state: 'open',
      reason: null,
      comment: { text: 'This issue was opened again, so `t1` is open again.' },
    });
    expect(robot.login).toBe('yard');
  });
});

describe('an older copy of the list', () => {
  it('is not taken for what both sides have now, even if the issue has come back to its value', () => {
    const given = world(linked, [{ title: 'Fix the parser', labels: ['bug'] }]);
    const [who, other] = [someone(), someone()];
    for (const one of [who, other]) syncAll({ world: given, who: one });
    const old: Participant = { name: 'old', memory: null, copy: { text: given.text, briefs: given.briefs } };
    writeIssue(given, 1, { state: 'closed', reason: 'not-planned', labels: [] }, owner);
    syncAll({ world: given, who });
    expect(line(given, 't1')).toMatchObject({ mark: 'declined', tags: [] });
    writeIssue(given, 1, { state: 'open', reason: null, labels: ['bug'] }, owner);
    carryOut({ world: given, who: old, plan: planSync(factsOf(given, old, { onward: false })) });
    for (const one of [other, who]) syncAll({ world: given, who: one });
    expect(given.issues.get(1)).toMatchObject({ state: 'open', labels: ['bug', 'status:available'] });
    expect(line(given, 't1')).toMatchObject({ mark: 'open', tags: ['bug'] });
  });
});
