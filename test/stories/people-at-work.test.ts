// What people type beside a running supervisor: each command does what it says, or is refused with what to do instead.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, eventsOf } from '../support/events-of.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };
const wait: Action = { waitFor: { file: 'go' } };
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');

test('a task at work is neither tried again nor reset: what its worker does is not lost, and nobody is paid twice', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait, commit]] },
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  for (const action of ['retry', 'reset'])
    expect(await yard.run(action, 't1')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^t1 is running, and .*\n {2}→ yardmaster cancel t1 ends its worker first; .*\n$/),
    });
  letGo(yard);
  expect((await all).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(yard.attempts()).toHaveLength(1);
  for (const action of ['retry', 'cancel'])
    expect(await yard.run(action, 't1')).toMatchObject({ code: 3, stderr: expect.stringContaining('t1 is done') });
});
