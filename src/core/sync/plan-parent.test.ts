// What a plan does with the parents of issues, in worlds of a few tasks; `parent.test.ts` has the rule alone.
import { expect, it } from 'vitest';
import { trustedMarker } from './intake.ts';
import { planSync } from './plan.ts';
import {
  carryOut,
  factsOf,
  owner,
  sampleIssue,
  samplePolicy,
  sampleWorld,
  someone,
  stranger,
  syncAll,
  writeIssue,
  type Participant,
  type World,
} from './sync-world.samples.ts';

const flat = '- [ ] t1 A ref:GH#1\n- [ ] t2 B ref:GH#2\n- [ ] t3 C ref:GH#3\n';
const nested = '- [ ] t1 A ref:GH#1\n  - [ ] t2 B ref:GH#2\n- [ ] t3 C ref:GH#3\n';

function world(text: string): World {
  const issues = ['A', 'B', 'C'].map((title, index) => sampleIssue({ number: index + 1, title }));
  return sampleWorld({ text, issues: new Map(issues.map((issue) => [issue.number, issue])) });
}

const parentsIn = ({ issues }: World) => [...issues.values()].map(({ parent }) => parent);
const planned = (given: World, who: Participant, more: Parameters<typeof factsOf>[2] = {}) =>
  planSync(factsOf(given, who, more)).changes.flatMap((change) =>
    change.do === 'set-parent' ? `${change.task} ${change.from} ${change.to}` : [],
  );

it('a subtask is a sub-issue of its parent’s issue, and follows the list', () => {
  const given = world(nested);
  const who = someone();
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 1, 'none']);
  expect(trustedMarker({ issue: given.issues.get(2)!, policy: samplePolicy })!.base.parents).toEqual([1, null]);
  given.text = '- [ ] t1 A ref:GH#1\n- [ ] t3 C ref:GH#3\n  - [ ] t2 B ref:GH#2\n';
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 3, 'none']);
  given.text = flat;
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 'none', 'none']);
});

it('a line whose parent has no issue, or whose issue has been none’s ever, changes nothing', () => {
  const given = world('- [ ] t9 Z\n  - [ ] t1 A ref:GH#1\n- [ ] t2 B ref:GH#2\n- [ ] t3 C ref:GH#3\n');
  syncAll({ world: given, who: someone() });
  expect(parentsIn(given)).toEqual(['none', 'none', 'none']);
  for (const { body } of given.issues.values()) expect(body).not.toContain('parents');
});

it('what a person sets or removes stays until the line gets another parent', () => {
  const given = world(nested);
  const who = someone();
  syncAll({ world: given, who });
  for (const parent of [3, 'elsewhere', 'none'] as const) {
    writeIssue(given, 2, { parent }, owner);
    expect(planSync(factsOf(given, who)).changes).toEqual([]);
  }
  writeIssue(given, 2, { parent: 'elsewhere' }, owner);
  given.text = flat;
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 'elsewhere', 'none']);
  writeIssue(given, 2, { parent: 'none' }, owner);
  given.text = nested.replace(
    't1 A ref:GH#1\n  - [ ] t2 B ref:GH#2\n- [ ] t3 C ref:GH#3',
    't1 A ref:GH#1\n- [ ] t3 C ref:GH#3\n  - [ ] t2 B ref:GH#2',
  );
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 3, 'none']);
});

it('a subtask that changes places with its parent is moved after it', () => {
  const given = world('- [ ] t1 A ref:GH#1\n- [ ] t2 B parent:t1 ref:GH#2\n- [ ] t3 C parent:t2 ref:GH#3\n');
  const who = someone();
  syncAll({ world: given, who });
  expect(parentsIn(given)).toEqual(['none', 1, 2]);
  given.text = '- [ ] t1 A parent:t2 ref:GH#1\n- [ ] t2 B parent:t3 ref:GH#2\n- [ ] t3 C ref:GH#3\n';
  expect(planned(given, who)).toEqual(['t3 2 null', 't2 1 3', 't1 null 2']);
  syncAll({ world: given, who });
  expect([parentsIn(given), given.refused.size]).toEqual([[2, 3, 'none'], 0]);
});

it('lines that stand above each other are refused once', () => {
  const given = world('- [ ] t1 A parent:t2 ref:GH#1\n- [ ] t2 B parent:t1 ref:GH#2\n- [ ] t3 C ref:GH#3\n');
  syncAll({ world: given, who: someone() });
  expect([parentsIn(given), [...given.refused]]).toEqual([[2, 'none', 'none'], [2]]);
});

it('nothing is set, and nothing remembered, where only the list is written or a stranger’s text waits', () => {
  const given = world(flat);
  const who = someone();
  syncAll({ world: given, who });
  given.text = nested;
  const pulled = planSync(factsOf(given, who, { flows: 'todo' }));
  expect(pulled.changes).toEqual([]);
  carryOut({ world: given, who, plan: pulled });
  const before = given.issues.get(2)!;
  writeIssue(given, 2, { title: 'Evil' }, stranger);
  expect(planned(given, who)).toEqual([]);
  given.issues.set(2, before);
  expect(planned(given, who, { flows: 'issue' })).toEqual(['t2 null 1']);
});

it('a forge without sub-issues is left alone', () => {
  const given = world(nested);
  for (const number of [1, 2, 3]) writeIssue(given, number, { parent: null }, owner);
  syncAll({ world: given, who: someone() });
  expect(given.issues.get(2)).toMatchObject({ parent: null, body: expect.not.stringContaining('parents') });
});

it('an older copy of the list is told of, and sets nothing', () => {
  const given = world(nested);
  const who = someone();
  syncAll({ world: given, who });
  const old: Participant = { name: 'old', memory: null, copy: { text: flat, briefs: new Map() } };
  const plan = planSync(factsOf(given, old, { onward: false }));
  expect([planned(given, old, { onward: false }), plan.notices.map(({ code, task }) => `${code} ${task}`)]).toEqual([[], ['behind t2']]);
  expect(plan.notices[0]!.message).toContain('issue #2');
});

it('an issue is not written merely because its marker is of a version that knew no parents', () => {
  const given = world(flat);
  const who = someone();
  syncAll({ world: given, who });
  const old = new Map(given.issues);
  given.text = nested;
  syncAll({ world: given, who });
  given.text = flat;
  given.issues = old;
  expect(planSync(factsOf(given, someone())).changes).toEqual([]);
});
