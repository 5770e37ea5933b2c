// Forges as people really have them: a fork as the remote, protected bases, a base that was renamed, merge queues, merges in the
// background, a repository that moved, a token that was revoked, and a forge that is down for a while.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForgeStage } from '../forge-stage/stage.ts';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';
import { ended, type Yard } from '../support/yard.ts';

const todo = '- [ ] t1 Write the parser #auto-dispatch model:opus\n';
const work = (file: string) => [[{ commit: { file, content: 'x\n', message: `write ${file}` } }]];
const notify = { command: 'printf "%s | %s\\n" "$YARDMASTER_MESSAGE" "$YARDMASTER_COMMAND" >>"$HOME/notices"' };
const first = { repository, number: 1 };

interface Pull {
  readonly task: string;
  readonly number: number;
  readonly state: string;
  readonly standing: string;
  readonly base: string;
}

/** Whatever is pushed beside the base is green at once. */
function green(forge: ForgeStage, name = repository): void {
  forge.protect(name, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch.startsWith('yard/')) forge.check({ repository: name, branch, name: 'test', conclusion: 'success' });
  });
}

async function oneTask(given: { readonly delivery?: object; readonly prepare?: (forge: ForgeStage) => void } = {}): Promise<ForgeYard> {
  const opened = await openForgeYard({
    todo,
    actions: { t1: work('parser.txt') },
    config: { notify, ...(given.delivery === undefined ? {} : { delivery: given.delivery }) },
    ...(given.prepare === undefined ? {} : { prepare: given.prepare }),
  });
  green(opened.forge);
  return opened;
}

const pulls = (yard: Yard): Promise<Pull[]> => yard.json<Pull[]>('pr');

function notices(yard: Yard): readonly string[] {
  try {
    return readFileSync(join(yard.root, 'person/notices'), 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}

test('1 fork', async () => {
  const { yard, forge, writes } = await openForgeYard({
    todo,
    actions: { t1: work('parser.txt') },
    prepare: (at) => at.addRepository({ name: 'robot/app', forkOf: repository, people: { robot: 'admin' }, associations: { robot: 'OWNER' } }),
  });
  yard.git('push', '--quiet', '--force', forge.repository('robot/app').bare.path, 'main');
  green(forge, 'robot/app');
  yard.git('remote', 'rename', 'origin', 'upstream');
  yard.git('remote', 'add', 'origin', forge.remote('robot/app'));
  yard.git('fetch', '--quiet', forge.repository('robot/app').bare.path, '+main:refs/remotes/origin/main');
  const doctor = await yard.run('doctor');
  const ran = await yard.run('run');
  console.log(doctor.stdout, ran, await yard.json('pr'), writes());
  console.log(await yard.run('merge', 't1'));
  expect(1).toBe(1);
});

test('2 protected', async () => {
  const { yard, forge } = await oneTask({ delivery: { merge: { when: 'approved' } } });
  forge.protect(repository, 'main', { checks: ['test', 'lint'], approvals: 1, strict: true, dismissStale: true });
  const ran = await yard.run('run');
  console.log(ran.stdout, ran.stderr, await pulls(yard));
  forge.check({ repository, branch: 'yard/t1-write-the-parser', name: 'lint', conclusion: 'success' });
  forge.onPush(({ branch }) => {
    for (const name of ['test', 'lint']) if (branch.startsWith('yard/')) forge.check({ repository, branch, name, conclusion: 'success' });
  });
  const asked2 = await yard.run('merge', 't1');
  console.log(asked2, notices(yard));
  forge.as('ada').approve(first);
  forge.as('ada').push({ repository, branch: 'main', files: { 'other.txt': 'y' } });
  console.log(await yard.run('run'), await pulls(yard));
  forge.as('ada').approve(first);
  console.log(await yard.run('run'), await pulls(yard), notices(yard));
  expect(1).toBe(1);
});

test('4 queue', async () => {
  const { yard, forge, writes } = await oneTask();
  forge.addQueue(repository, 'main', { method: 'squash' });
  await yard.run('run');
  const queued = () => forge.request(() => forge.pull(repository, 1).queued !== null, AbortSignal.timeout(60_000));
  const asking = yard.start('merge', 't1');
  const over = ended(asking);
  await queued();
  console.log(await yard.run('pr'));
  forge.eject(repository, 1);
  console.log(await over, await pulls(yard), notices(yard));
  const again = ended(yard.start('merge', 't1'));
  await queued();
  forge.runQueue(repository, 'main');
  console.log(await again, await pulls(yard), notices(yard), writes());
  expect(1).toBe(1);
});

test('5 async', async () => {
  const { yard, forge, writes } = await oneTask({ prepare: (at) => {
    Object.assign(at.repository(repository), { mergeAsync: true });
    at.world.mergeAsyncReads = 2;
  } });
  await yard.run('run');
  console.log(await yard.run('merge', 't1'), await pulls(yard), notices(yard), writes());
  expect(1).toBe(1);
});

test('6 draft', async () => {
  const { yard, forge, writes } = await oneTask({ delivery: { pullRequest: { open: 'always', draft: true, labels: ['agent', 'bug'], reviewers: ['ada', 'stranger'], assignees: ['ada', 'stranger'] } } });
  console.log(await yard.run('run'), await pulls(yard), notices(yard), writes());
  const { requested, labels, assignees, draft } = forge.pull(repository, 1);
  console.log({ requested, labels, assignees, draft }, await yard.run('pr', 't1'));
  forge.as('ada').draft(first, false);
  console.log(await yard.run('run'), (await yard.run('pr', 't1')).stdout, await yard.run('merge', 't1'), notices(yard));
  expect(1).toBe(1);
});

test('7 moved', async () => {
  const { yard, forge, writes } = await oneTask();
  await yard.run('run');
  forge.rename(repository, 'acme/shop');
  yard.writeTodo(`${todo}- [ ] t2 Write the printer #auto-dispatch model:opus\n`);
  yard.agents['claude']?.write({ t2: work('printer.txt') });
  green(forge, 'acme/shop');
  console.log(await yard.run('run'), await pulls(yard), (await yard.run('doctor')).stdout);
  console.log(await yard.run('merge', 't1', 't2'), await pulls(yard), notices(yard), writes());
  expect(1).toBe(1);
});

test('8 revoked', async () => {
  const { yard, forge, writes } = await oneTask();
  await yard.run('run');
  const [token = ''] = forge.world.tokens.keys();
  forge.revoke(token);
  console.log(await yard.run('run'), await yard.run('merge', 't1'), notices(yard), await pulls(yard), await yard.run('explain', 't1'));
  console.log(await yard.run('cancel', 't1', '--close'));
  const env = { FORGE_TOKEN: forge.token({ login: 'robot' }) };
  console.log(await ended(yard.startWith(env, 'cancel', 't1', '--close')), await pulls(yard), notices(yard), writes());
  expect(1).toBe(1);
});

test('9 away', async () => {
  const { yard, forge, writes } = await oneTask({ delivery: { merge: { when: 'green' } } });
  let is = 0;
  forge.onPush(({ branch }) => {
    if (!branch.startsWith('yard/')) return;
    forge.check({ repository, branch, name: 'test', conclusion: 'success' });
    if (is++ === 0) forge.fail({ path: /./, times: 14, how: { status: 503 } });
  });
  console.log(await yard.run('run', '--until', 'done'), await pulls(yard), notices(yard), writes());
  expect(1).toBe(1);
});
