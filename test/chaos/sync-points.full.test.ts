// Kills the sync of TODO.md and issues with -9 at each of its pause points, one after the other, in one yard at the stage of a
// forge: the next sync finishes what was begun, and no issue, line or comment is there twice.
import { expect, test } from 'vitest';
import { syncPoints, type SyncPoint } from '../../src/ports/issue-sync.ts';
import { openForgeYard, repository } from '../support/forge-yard.ts';
import { ended, type Told } from '../support/yard.ts';

const long = Array.from({ length: 30 }, (_, line) => `Line ${line} of what it is about.`).join('\n');

test('a sync that is killed at any pause point is finished by the next one, which repeats nothing', async () => {
  const { yard, forge, writes } = await openForgeYard({
    todo: '- [ ] t1 Write the parser #bug\n- [ ] t2 Write the printer #auto-dispatch\n',
  });
  const ada = forge.as('ada');
  const at = (number: number) => ({ repository, number });
  const { items } = forge.repository(repository);
  const killed: SyncPoint[] = [];
  const killAt = async (point: SyncPoint, ...asked: readonly string[]): Promise<void> => {
    const command = ['issues', ...(asked.length > 0 ? asked : ['sync'])];
    const { signal } = await ended(yard.startWith({ YARDMASTER_PAUSE: `${point}:SIGKILL` }, ...command));
    if (signal === 'SIGKILL') killed.push(point);
    // What a person asked for and did not get, they ask for again.
    expect(await yard.run(...command)).toMatchObject({ code: 0 });
    expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0 });
    const before = writes().length;
    expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing to do\n' });
    expect([point, writes().length]).toEqual([point, before]);
    expect([point, await yard.json('issues', 'status')]).toMatchObject([point, { conflicts: [], pending: [] }]);
  };

  await killAt('issue-opened', 'push', 't1');
  expect([items.size, yard.todo()]).toEqual([1, expect.stringContaining('ref:GH#1')]);

  yard.writeTodo(yard.todo().replace('the parser', 'one parser'));
  await killAt('issue-change-recorded');
  expect(items.get(1)!.title).toBe('t1: Write one parser');
  yard.writeTodo(yard.todo().replace('one parser', 'a fast parser'));
  await killAt('issue-changed');
  expect(items.get(1)!.title).toBe('t1: Write a fast parser');

  ada.editIssue(at(1), { title: 't1: Write all parsers' });
  await killAt('line-written');
  expect(yard.todo()).toContain('t1 Write all parsers');

  ada.openIssue({ repository, title: 'Write the guide', body: long, labels: ['auto-dispatch'] });
  await killAt('brief-written');
  expect(yard.todo().match(/Write the guide/g)).toHaveLength(1);
  expect(yard.todo()).toContain('todo/tasks/t3-brief.md');

  yard.writeTodo(yard.todo().replace('[ ] t1', '[-] t1'));
  await killAt('issue-commented');
  expect(items.get(1)).toMatchObject({ state: 'closed', stateReason: 'not_planned' });

  expect((await yard.run('import')).code).toBe(0);
  await yard.run('issues', 'push', 't2');
  await yard.run('issues', 'sync');
  const [, number] = /ref:GH#(\d+)/.exec(/^.* t2 .*$/m.exec(yard.todo())![0])!;
  ada.close(at(Number(number)));
  await killAt('issue-task-moved');
  expect(yard.todo()).toContain('[-] t2');
  expect((await yard.json<Told[]>('ls')).find(({ id }) => id === 't2')).toMatchObject({ state: 'cancelled' });

  expect(killed.toSorted()).toEqual([...syncPoints].toSorted());
  expect(items.size).toBe(3);
  for (const item of items.values()) expect([item.number, item.comments.length]).toEqual([item.number, item.number === 2 ? 0 : 1]);
});
