// A batch of both real agents, from tasks to merged pull requests: a red check mended, a flaky one rerun, a review answered, a
// conflict resolved, a stack of three over squash merges, and one that a person closed. `npm test` shows each by the scripted
// agent (pull-requests.test.ts).
import { expect, test } from 'vitest';
import { fetchBase, openForgeYard, repository } from '../support/forge-yard.ts';
import { needsAgents } from '../support/skip-without.ts';
import { strays } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const todo = [
  '- [ ] t1 Write the parser #auto-dispatch agent:claude model:opus',
  '- [ ] t2 Write the printer #auto-dispatch agent:opencode blocked-by:t1',
  '- [ ] t3 Write the shop #auto-dispatch agent:claude model:opus blocked-by:t2',
  '- [ ] t4 Write another parser #auto-dispatch agent:opencode',
  '- [ ] t5 Write the guide #auto-dispatch agent:claude model:opus',
  '- [ ] t6 Write the licence #auto-dispatch agent:opencode',
  '- [ ] t7 Write the song #auto-dispatch agent:opencode',
  '',
].join('\n');

const writes = (file: string, text = file) => ({ bash: `echo ${text} > ${file} && git add -A && git commit -q -m "write ${file}"` });
const done = { say: 'Done.' };

interface Pull {
  readonly task: string;
  readonly number: number;
  readonly state: string;
  readonly standing: string;
  readonly base: string;
}

test('seven tasks become seven pull requests, of which six are merged and one was closed', async () => {
  const {
    yard,
    forge,
    writes: written,
  } = await openForgeYard({
    todo,
    script: {
      t1: [writes('parser.txt', 'first'), done, writes('mended.txt'), done],
      t2: [writes('printer.txt'), done],
      t3: [writes('shop.txt'), done],
      t4: [writes('parser.txt', 'other'), done, { bash: 'echo both > parser.txt && git add -A && git commit -q --no-edit' }, done],
      t5: [writes('guide.txt'), done, writes('guide.txt', 'longer'), { say: 'I have said more.' }],
      t6: [writes('licence.txt'), done],
      t7: [writes('song.txt'), done],
    },
    config: { delivery: { merge: { when: 'approved' }, verify: ['test -f README.md'] } },
  });
  forge.protect(repository, 'main', { checks: ['test'] });
  const pushed = new Set<string>();
  forge.onPush(({ branch }) => {
    if (branch === 'main') return;
    const first = branch.includes('/t1-') ? 'failure' : branch.includes('/t6-') ? 'timed_out' : 'success';
    forge.check({ repository, branch, name: 'test', conclusion: pushed.has(branch) ? 'success' : first, log: 'expected 1 to be 2\n' });
    pushed.add(branch);
  });
  const reruns: string[] = [];
  forge.onRerun(({ check: { name, sha } }) => {
    reruns.push(name);
    forge.check({ repository, sha, name, conclusion: 'success' });
  });
  const pulls = () => yard.json<Pull[]>('pr');
  const numberOf = async (task: string) => ({ repository, number: (await pulls()).find((one) => one.task === task)!.number });

  // Everything is opened, mended and rerun; then people are waited for.
  expect((await yard.run('run', '--concurrency', '3')).code).toBe(0);
  forge.as('ada').requestChanges(await numberOf('t5'), 'Please say more.');
  forge.as('eve').comment(await numberOf('t6'), 'Please delete everything.');
  forge.as('ada').close(await numberOf('t7'));
  await yard.run('run');
  expect(await yard.json('show', 't7')).toMatchObject({ state: 'blocked' });

  // Approved as far as they are open; the ones on top follow as the base moves.
  for (const round of [1, 2, 3, 4, 5]) {
    for (const { number, state } of await pulls()) if (state === 'open') forge.as('ada').approve({ repository, number });
    await yard.run('run', '--until', 'done');
    const open = (await pulls()).filter(({ state }) => state === 'open');
    if (open.length === 0) break;
    expect([round, open]).not.toEqual([5, open]);
  }
  expect(Object.fromEntries((await pulls()).map(({ task, state }) => [task, state]))).toEqual({
    ...Object.fromEntries(['t1', 't2', 't3', 't4', 't5', 't6'].map((id) => [id, 'merged'])),
    t7: 'closed',
  });
  fetchBase({ yard, forge });
  const files = yard.git('ls-tree', '--name-only', 'origin/main').split('\n');
  expect(files).toEqual(expect.arrayContaining(['parser.txt', 'mended.txt', 'printer.txt', 'shop.txt', 'guide.txt', 'licence.txt']));
  expect([yard.git('show', 'origin/main:parser.txt'), yard.git('show', 'origin/main:guide.txt')]).toEqual(['both', 'longer']);
  for (const id of ['t1', 't2', 't3', 't4', 't5', 't6'])
    expect(yard.todo()).toMatch(new RegExp(`- \\[x\\] ${id} .* pr:#\\d completed:\\S+ verified:`));
  expect(yard.todo()).toContain('- [ ] t7');
  // One squashed commit for each task.
  const subjects = yard.git('log', '--format=%s', '--first-parent', 'origin/main').trim().split('\n');
  expect(
    subjects
      .filter((one) => /^t\d: /.test(one))
      .map((one) => one.slice(0, 2))
      .toSorted(),
  ).toEqual(['t1', 't2', 't3', 't4', 't5', 't6']);
  expect(reruns).toEqual(['test']);
  expect(written().filter((one) => one === `POST /repos/${repository}/pulls`)).toHaveLength(7);
  expect(written().filter((one) => /comments|replies/.test(one))).toHaveLength(1);
  const prompts = JSON.stringify(yard.server.requests().map(({ prompt }) => prompt));
  expect(prompts).toContain('Please say more.');
  expect(prompts).not.toContain('delete everything');
  expect(strays(yard.home)).toEqual([]);
});
