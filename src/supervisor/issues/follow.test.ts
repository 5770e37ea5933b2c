// The phase that keeps TODO.md and issues the same: when it asks the forge, who leads, what a person is told, and how tasks,
// lines and issues follow each other through a task's life.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../config/load.ts';
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import { minute, second } from '../../core/time.ts';
import { todoFile } from '../../sources/todo/list-file.ts';
import { issueSync } from '../../sources/issues/sync-issues.ts';
import { success } from '../../../test/support/gitless-world.ts';
import { memoryForge, type MemoryForge } from '../../../test/support/memory-forge.ts';
import { addRepository, type MemoryRepository } from '../../../test/support/memory-forge-state.ts';
import { editIssue, issueIn, openIssue } from '../../../test/support/memory-issues-state.ts';
import { todoSources } from '../../../test/support/phase-world.ts';
import { run } from '../run.ts';
import { phaseStage, remoteStage, type PhaseStage } from '../phase-stage.samples.ts';
import type { World } from '../world.ts';

let repo: string;
let stage: PhaseStage;
let forge: MemoryForge;
let repository: MemoryRepository;
let settings: Settings;
let one: World;

async function another(holder: string, gone?: string): Promise<World> {
  const sync = issueSync({
    ...{ file: todoFile, store: stage.store, now: () => stage.now(), folder: join(repo, '.locks'), passing: () => {} },
    git: { fileState: async () => ({ commit: null, file: 'untracked' }), isAncestor: async () => false },
  });
  return stage.supervisor(holder, {
    ...{ forges: [forge.forge], sources: todoSources(), scope: { repo, batch: null, named: null } },
    ...{ issueSync: sync, settings: async () => settings },
    ...(gone === undefined ? {} : { gone }),
  });
}

beforeEach(async () => {
  repo = mkdtempSync(join(tmpdir(), 'yard-follow-'));
  const { settings: defaults } = await loadSettings({ env: {}, repo: null, flags: {} });
  stage = await phaseStage({
    worker: () => [{ say: success }, { exit: 0 }],
    repo: {
      ...remoteStage().repo,
      remoteAddress: async () => ({ fetch: [], push: ['https://github.com/acme/app.git'] }),
    },
  });
  settings = { ...(await stage.world.settings(repo)), sources: { issues: { ...defaults.sources.issues, sync: 'both' } } };
  forge = memoryForge({ now: () => stage.now() });
  repository = addRepository(forge.state, 'acme/app');
  write('- [ ] t1 Fix the parser #auto-dispatch ref:GH#1\n');
  openIssue(forge.state, { repository, title: 'Fix the parser', labels: ['auto-dispatch'] });
  one = await another('one');
});
afterEach(() => rmSync(repo, { recursive: true, force: true }));

const write = (text: string): void => writeFileSync(join(repo, 'TODO.md'), text);
const read = (): string => readFileSync(join(repo, 'TODO.md'), 'utf8');
const issue = () => issueIn(repository, 1);
/** The stage's clock makes the deadline of a pulse short, and a sync reads and writes real files. */
async function pulse(world = one, ...more: Parameters<PhaseStage['pulseOf']>[1][]): Promise<void> {
  await stage.pulseOf(world, 'issues');
  await world.memory.inflight.settled();
  if (more.length > 0) await stage.pulseOf(world, ...more);
}
const calls = (): readonly string[] => forge.state.calls.splice(0).map((call) => call.split(' ')[0]!);

describe('when', () => {
  test('the forge is asked once a minute whether anything has changed, and nothing else if not', async () => {
    await pulse();
    expect(issue().labels).toContain('status:available');
    calls();
    await pulse();
    stage.pass(30 * second);
    await pulse();
    expect(calls()).toEqual([]);
    stage.pass(31 * second);
    await pulse();
    expect(calls()).toEqual(['issues.changedAt']);
    editIssue(forge.state, { repository, number: 1, title: 'Fix all parsers' });
    stage.pass(61 * second);
    await pulse();
    expect(read()).toContain('t1 Fix all parsers');
  });

  test('a change of TODO.md or of a task is carried over at once, with a short pause', async () => {
    await pulse(one, 'intake');
    expect(issue().labels).toContain('status:available');
    stage.pass(16 * second);
    write(read().replace('Fix the', 'Mend the'));
    await pulse(one, 'intake');
    expect(issue()).toMatchObject({ title: 'Mend the parser', labels: ['auto-dispatch', 'status:queued'] });
    await stage.pulseOf(one, 'dispatch');
    await pulse();
    expect(issue().labels).toContain('status:queued');
    stage.pass(16 * second);
    await pulse();
    expect(issue()).toMatchObject({ labels: expect.arrayContaining(['status:claimed']), assignees: ['ada'] });
  });

  test('nothing is asked where it is off, and a remote at no forge is told', async () => {
    settings = { ...settings, sources: { issues: { ...settings.sources.issues, sync: 'off' } } };
    await pulse();
    expect(calls()).toEqual([]);
    settings = { ...settings, sources: { issues: { ...settings.sources.issues, sync: 'both' } } };
    const nowhere = { ...one.repo, remoteAddress: async () => ({ fetch: [], push: ['/elsewhere'] }) };
    await pulse({ ...one, repo: nowhere });
    expect(stage.warnings()).toEqual(['no-forge']);
    expect(calls()).toEqual([]);
  });
});

test('a run does not end before the issues say what has become of its tasks', async () => {
  const over = new AbortController().signal;
  const waker = { woken: async () => {}, taken: () => true };
  await run(one, { until: 'idle', pollMs: 50, drain: over, stop: over, waker });
  expect(read()).toContain('- [x] t1');
  expect(issue().labels).toContain('status:done');
});

describe('who', () => {
  test('one supervisor leads; another takes over when it is gone, or was silent', async () => {
    const two = await another('two');
    await pulse();
    calls();
    await pulse(two);
    write(read().replace('Fix', 'Mend'));
    await pulse(two);
    expect(calls()).toEqual([]);
    await pulse(await another('three', 'one'));
    expect(issue().title).toBe('Mend the parser');
    stage.pass(10 * minute);
    calls();
    await pulse(two);
    expect(calls()).not.toEqual([]);
  });
});

describe('what a person is told', () => {
  test('a forge that is down once, and nothing is lost', async () => {
    for (let times = 0; times < 3; times += 1) {
      forge.state.faults.push({ call: 'issues.changedAt', fault: new Fault({ code: 'forge-away', message: 'down', hint: 'later' }) });
      await pulse();
      stage.pass(5 * minute);
    }
    expect(stage.warnings()).toEqual(['forge-away']);
    expect(stage.notices).toEqual([]);
    await pulse();
    expect(issue().labels).toContain('status:available');
  });

  test('a refused sign-in and a missing right', async () => {
    forge.state.tokens.clear();
    await pulse();
    expect(stage.notices.map(({ command, kind }) => `${kind} ${command}`)).toEqual(['alarm yardmaster doctor']);
    expect(stage.notices[0]!.message).toContain('does not accept the token');
  });

  test('each conflict once, with the command that shows it', async () => {
    await pulse();
    write(read().replace('Fix', 'Mend'));
    editIssue(forge.state, { repository, number: 1, title: 'Break the parser' });
    for (let times = 0; times < 3; times += 1) {
      stage.pass(2 * minute);
      await pulse();
    }
    expect(stage.notices).toMatchObject([{ task: 't1', command: `yardmaster issues status --repo '${repo}'` }]);
    expect(stage.notices[0]!.message).toBe(
      'the title of t1 was changed on both sides: TODO.md says “Mend the parser”, issue #1 says “Break the parser”',
    );
  });
});

describe('a task', () => {
  test('is cancelled when its issue is closed, and queued when that is opened again', async () => {
    const pass = async (): Promise<void> => {
      stage.pass(2 * minute);
      await pulse(one, 'intake');
    };
    await pass();
    editIssue(forge.state, { repository, number: 1, by: 'grace', state: 'closed' });
    await pass();
    const stored = () => stage.store.task({ repo, id: 't1' });
    expect(await stored()).toMatchObject({ state: 'cancelled', reason: { code: 'cancelled' } });
    expect(read()).toContain('- [-] t1');
    await pass();
    await pass();
    editIssue(forge.state, { repository, number: 1, by: 'grace', state: 'open' });
    await pass();
    expect(read()).toContain('- [ ] t1');
    expect(await stored()).toMatchObject({
      state: 'queued',
      line: 'open',
      reason: { code: 'issue-opened', facts: { number: 1, by: 'grace' } },
    });
    await pass();
    expect(await stored()).toMatchObject({ state: 'queued', line: 'open' });
    // Declined by its issue, it is queued again like one that was declined by hand.
    editIssue(forge.state, { repository, number: 1, by: 'grace', state: 'closed' });
    await pass();
    await pass();
    write(read().replace('- [-]', '- [ ]'));
    await pass();
    expect(await stored()).toMatchObject({ state: 'queued', reason: { code: 'unticked' } });
    expect(issue()).toMatchObject({ state: 'open' });
  });

  test('whose worker runs is ended when its issue is closed', async () => {
    await pulse(one, 'intake', 'dispatch');
    stage.pass(2 * minute);
    editIssue(forge.state, { repository, number: 1, by: 'grace', state: 'closed' });
    await pulse();
    const { key } = (await stage.store.task({ repo, id: 't1' }))!;
    expect((await stage.store.attempts(key)).at(-1)).toMatchObject({ stop: { reason: 'cancelled', said: { code: 'issue-closed' } } });
  });
});
