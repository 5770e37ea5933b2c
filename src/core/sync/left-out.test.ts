import { describe, expect, it } from 'vitest';
import { parseTodo } from '../todo/line.ts';
import { planSync } from './plan.ts';
import { carryOut, factsOf, owner, sampleIssue, sampleWorld, someone, syncAll, writeIssue } from './sync-world.samples.ts';

function edited() {
  const world = sampleWorld({
    text: '- [ ] t1 Fix the parser ref:GH#1\n- [ ] t2 Two\n',
    issues: new Map([[1, sampleIssue({ title: 't1: Fix the parser' })]]),
  });
  const who = someone();
  syncAll({ world, who });
  world.text = world.text.replace('Fix the parser', 'Mend the parser');
  writeIssue(world, 1, { body: `More\n${world.issues.get(1)!.body}`, state: 'closed', reason: 'completed' }, owner);
  world.issues.set(3, sampleIssue({ number: 3, title: 'New', labels: ['auto-dispatch'] }));
  return { world, who, line: (id: string) => parseTodo({ text: world.text, ids: 't' }).tasks.find((task) => task.id === id) };
}

describe('one direction', () => {
  it('towards the list leaves issues as they are, and what flows to them for later', () => {
    const { world, who, line } = edited();
    const before = world.issues.get(1);
    const plan = planSync(factsOf(world, who, { flows: 'todo', push: ['t2'] }));
    carryOut({ world, who, plan });
    expect(plan.changes.map((change) => change.do)).toEqual(['write-line', 'add-line']);
    expect(world.issues.get(1)).toBe(before);
    expect(line('t1')).toMatchObject({ title: 'Mend the parser', body: 'More', mark: 'declined' });
    syncAll({ world, who });
    expect(world.issues.get(1)).toMatchObject({ title: 't1: Mend the parser', state: 'closed' });
  });

  it('towards the issues leaves the list as it is, and what flows to it for later', () => {
    const { world, who, line } = edited();
    const plan = planSync(factsOf(world, who, { flows: 'issue' }));
    carryOut({ world, who, plan });
    expect(plan.changes.map((change) => change.do)).toEqual(['write-issue']);
    expect(world.issues.get(1)).toMatchObject({ title: 't1: Mend the parser', state: 'closed' });
    expect(line('t1')).toMatchObject({ body: null, mark: 'open' });
    syncAll({ world, who });
    expect(line('t1')).toMatchObject({ title: 'Mend the parser', body: 'More', mark: 'declined' });
    expect(line('t3')).toMatchObject({ title: 'New' });
  });
});
