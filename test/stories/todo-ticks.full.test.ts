// The tick of a line of TODO.md: ours is never read as a person's, a person's is, and what git takes away nobody took away.
// `npm test` shows the rules (src/core/todo/tick.test.ts) and the phases that follow them (src/supervisor/settle/finish.test.ts).
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atWork, eventsOf } from '../support/events-of.ts';
import { ended, openYard, type Told, type Yard } from '../support/yard.ts';

const commit = (name: string) => [{ commit: { file: name, content: name, message: `add ${name}` } }];
const line = '- [ ] t1 Fix it #auto-dispatch\n';

async function doneOnce(): Promise<Yard> {
  const yard = await openYard({ todo: line, actions: { t1: [commit('once'), commit('twice'), commit('thrice')] } });
  await yard.run('run');
  expect(await state(yard)).toBe('done 1');
  return yard;
}

async function state(yard: Yard): Promise<string> {
  const [task] = await yard.json<Told[]>('ls');
  return `${task?.state} ${task?.attempts}`;
}

const untick = (yard: Yard): void => yard.writeTodo(yard.todo().replace('[x]', '[ ]'));

test('reset unticks the line and removes what we wrote with the tick; when git brings our tick back, it cancels nothing', async () => {
  const yard = await doneOnce();
  const ticked = yard.todo();
  expect(ticked).toMatch(/^- \[x\] t1 Fix it #auto-dispatch branch:\S+ completed:\S+\n$/);
  expect((await yard.run('reset', 't1')).code).toBe(0);
  expect(yard.todo()).toBe(line);
  await yard.run('run');
  expect(await state(yard)).toBe('done 2');
  expect(yard.todo()).toMatch(/^- \[x\] t1 /);

  // As a stash that is taken up again would do.
  await yard.run('reset', 't1');
  yard.writeTodo(ticked);
  const ran = await yard.run('run');
  expect(ran.stderr).toContain('TODO.md:1: t1 is to be done again, although its line is ticked');
  expect(await state(yard)).toBe('done 3');
});

test('a line that a person unticks queues its task again, with that reason', async () => {
  const yard = await doneOnce();
  untick(yard);
  expect(await yard.json('ls')).toMatchObject([{ state: 'queued', reason: 'unticked by hand in TODO.md' }]);
  const ran = await yard.run('run');
  expect(ran.stdout + ran.stderr).toContain('unticked by hand in TODO.md');
  expect(await state(yard)).toBe('done 2');
  const branches = new Set(yard.git('ls-remote', '--heads', 'origin', 'yard/*').split('\n'));
  expect(branches.size).toBe(2);
});

test('a stash or an older text that lacks our tick does not start the task again', async () => {
  const yard = await doneOnce();
  yard.git('stash', '--quiet');
  expect(yard.todo()).toBe(line);
  const ran = await yard.run('run');
  expect(ran.stderr).toContain('TODO.md:1: t1 is done, but its line is not ticked');
  expect(await state(yard)).toBe('done 1');
  for (const command of ['ls', 'import']) expect((await yard.run(command)).stderr).toContain('t1 is done, but its line is not ticked');
  yard.git('stash', 'pop', '--quiet');
  expect((await yard.run('run')).stderr).not.toContain('TODO.md:1');
  // An editor that was open all the while.
  yard.writeTodo(line.replace('Fix it', 'Fix it, please'));
  await yard.run('run');
  expect(await state(yard)).toBe('done 1');
});

test('a task whose line a person ticks or declines before it starts is cancelled, and unticking the line or retry queues it again', async () => {
  const yard = await openYard({ todo: line.replace(' #auto-dispatch', ''), actions: {} });
  await yard.run('import');
  for (const mark of ['[x]', '[-]']) {
    yard.writeTodo(line.replace('[ ]', mark).replace(' #auto-dispatch', ''));
    await yard.run('pulse');
    expect(await state(yard)).toBe('cancelled 0');
    if (mark === '[x]') untick(yard);
    else expect((await yard.run('retry', 't1')).code).toBe(0);
    await yard.run('pulse');
    expect(await state(yard)).toBe('queued 0');
  }
  expect(yard.todo()).toBe('- [ ] t1 Fix it\n');
});

test('a run ends when all that is left waits for a person’s subtask, and the next run finishes the task once that is ticked', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Parent #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, { waitFor: { file: 'go' } }, ...commit('once')]] },
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  yard.writeTodo(`${yard.todo()}  - [ ] t1.1 Is mine\n`);
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect((await all).code).toBe(0);
  expect(await state(yard)).toBe('delivered 1');
  expect(yard.todo()).toBe('- [ ] t1 Parent #auto-dispatch\n  - [ ] t1.1 Is mine\n');
  yard.writeTodo(yard.todo().replace('[ ] t1.1', '[x] t1.1'));
  await yard.run('run');
  expect(await state(yard)).toBe('done 1');
  expect(yard.todo()).toMatch(/^- \[x\] t1 Parent .*\n {2}- \[x\] t1\.1 Is mine\n$/);
});
