// An agent that brings its branch up to date fetches as little as it can. What it builds on that is delivered with the whole
// history; what no branch of the remote has is refused by name, costs no further worker, and is saved before the site goes.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atWork, eventsOf } from '../support/events-of.ts';
import { ended, openYard, type Told, type Yard } from '../support/yard.ts';

interface Moved {
  readonly yard: Yard;
  readonly base: string;
  readonly origin: (...args: string[]) => string;
}

/** The remote moves on by two commits while the agent is at work, which then runs the words; `fetched` is called after that. */
async function workedOn(run: string, fetched: (at: Moved) => void = () => {}): Promise<Moved> {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    config: { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 0.1 } },
    actions: {
      t1: [
        [
          { commit: { file: 'own.txt', content: 'own\n', message: 'the work' } },
          { say: 'at work' },
          { waitFor: { file: 'moved' } },
          { run, must: true },
          { say: 'up to date' },
          { waitFor: { file: 'go' } },
        ],
        [{ say: 'Done.' }],
      ],
    },
  });
  const bare = join(yard.root, 'origin.git');
  const origin = (...args: string[]): string => yard.git('--git-dir', bare, ...args).trim();
  origin('config', 'uploadpack.allowFilter', 'true');
  const at = { yard, origin, base: origin('rev-parse', 'main') };
  const supervisor = yard.start('run', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(atWork('t1'));
  const other = join(yard.root, 'other');
  yard.git('clone', '-q', bare, other);
  for (const text of ['one', 'two']) {
    yard.write(join(other, 'theirs.txt'), `${text}\n`);
    yard.git('-C', other, 'add', '--all');
    yard.git('-C', other, 'commit', '-q', '-m', text);
  }
  yard.git('-C', other, 'push', '-q', 'origin', 'main');
  yard.write(join(yard.root, 'agents', 'moved'), '');
  await event((one) => atWork('t1')(one) && JSON.stringify(one).includes('up to date'));
  fetched(at);
  yard.write(join(yard.root, 'agents', 'go'), '');
  await all;
  return at;
}

const onto = 'base=$(git rev-parse origin/main); git fetch -q --depth=1 origin main && git rebase -q --onto FETCH_HEAD "$base"';
const ways = {
  'a rebase onto a fetch with a depth': onto,
  'a merge of a fetch with a filter': 'git fetch -q --filter=blob:none origin && git merge -q -m merge origin/main',
};
const only = async (yard: Yard): Promise<Told | undefined> => (await yard.json<Told[]>('ls'))[0];

test.for(Object.entries(ways))('after %s the work is delivered with the whole history', async ([, run]) => {
  const { yard, origin, base } = await workedOn(run);
  const told = await only(yard);
  expect(told).toMatchObject({ state: 'done', attempts: 1 });
  const commit = origin('rev-parse', `refs/heads/${told?.branch}`);
  expect(told?.deliveredCommit).toBe(commit);
  expect(origin('rev-list', '--max-parents=0', commit)).toBe(origin('rev-list', '--max-parents=0', base));
  expect(origin('merge-base', commit, 'main')).toBe(origin('rev-parse', 'main'));
  const fresh = join(yard.root, 'fresh');
  yard.git('clone', '-q', '--branch', told?.branch ?? '', `file://${join(yard.root, 'origin.git')}`, fresh);
  expect(yard.git('-C', fresh, 'fsck', '--no-dangling').trim()).toBe('');
  expect(yard.git('-C', fresh, 'show', 'HEAD:own.txt', 'HEAD:theirs.txt')).toBe('own\ntwo');
});

const deleted = ({ origin, base }: Moved): void => void origin('update-ref', 'refs/heads/main', base);

test('work on commits that no branch has any more is refused by name, costs one worker, and is preserved when a person resets the task', async () => {
  const { yard, origin } = await workedOn(onto, deleted);
  expect(await only(yard)).toMatchObject({ state: 'blocked', reason: expect.stringContaining('no branch of origin has it') });
  expect(yard.attempts()).toHaveLength(1);
  expect(origin('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main');
  await yard.run('reset', 't1');
  const saved = yard.git('for-each-ref', '--format=%(refname)', 'refs/yardmaster/preserved').trim();
  expect(yard.git('show', `${saved}:own.txt`)).toBe('own');
});

test('work on commits that no branch had is delivered without another worker once a person brings a branch that has them', async () => {
  const { yard } = await workedOn(onto, deleted);
  expect(await only(yard)).toMatchObject({ state: 'blocked' });
  yard.git('-C', join(yard.root, 'other'), 'push', '-q', 'origin', 'HEAD:side');
  await yard.run('retry', 't1');
  await yard.run('run');
  expect(await only(yard)).toMatchObject({ state: 'done' });
  expect(yard.attempts()).toHaveLength(1);
});
