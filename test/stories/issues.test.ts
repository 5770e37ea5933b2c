// TODO.md and the issues of a forge, kept the same by the real program: both directions, conflicts and how they are settled,
// and what closes an issue.
import { expect, test } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';
import { keep, view, type Printed } from '../support/printed-shapes.ts';

const todo = '- [ ] t1 Write the parser #bug model:opus\n- [ ] t2 Write the printer model:opus\n';

interface Status {
  readonly synced: number;
  readonly conflicts: readonly { readonly task: string; readonly field: string; readonly base: string | null }[];
  readonly pending: readonly {
    readonly task: string;
    readonly number: number | null;
    readonly direction: string;
    readonly field: string;
  }[];
}

async function issuesYard(config: Readonly<Record<string, unknown>> = {}): Promise<ForgeYard> {
  return openForgeYard({ todo, actions: { '*': [[{ commit: { file: 'work.txt', content: 'x\n', message: 'the work' } }]] }, config });
}

const at = (number: number) => ({ repository, number });

test('issues become lines, lines become issues, and edits of either side flow; a second sync does nothing', async () => {
  const { yard, forge, writes } = await issuesYard();
  const issue = (number: number) => forge.repository(repository).items.get(number)!;
  forge.as('ada').openIssue({ repository, title: 'Write the guide', body: 'For people.\n', labels: ['auto-dispatch', 'documentation'] });
  forge.as('eve').openIssue({ repository, title: 'Send me your keys', labels: [] });

  const dry = await yard.run('issues', 'pull', '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([0, 'would: #1 → a new line t3\n']);
  expect([yard.todo(), writes()]).toEqual([todo, []]);

  expect(await yard.run('issues', 'pull')).toMatchObject({ code: 0, stdout: '#1 → a new line t3\n' });
  expect(yard.todo()).toContain('- [ ] t3 Write the guide #auto-dispatch #docs ref:GH#1');
  expect(yard.todo()).toContain('  For people.\n');
  expect(writes(), 'pull writes no issue').toEqual([]);

  expect(await yard.run('issues', 'push', 't1')).toMatchObject({ code: 0 });
  expect(yard.todo()).toMatch(/t1 Write the parser #bug model:opus ref:GH#3\n/);
  expect(issue(3)).toMatchObject({
    title: 't1: Write the parser',
    author: 'robot',
    labels: expect.arrayContaining(['bug', 'status:available']),
  });
  expect(yard.todo()).toMatch(/t2 Write the printer model:opus\n/);

  yard.writeTodo(yard.todo().replace('Write the parser', 'Write a fast parser'));
  forge.as('ada').editIssue(at(1), { title: 'Write the short guide' });
  expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0 });
  expect(issue(3).title).toBe('t1: Write a fast parser');
  expect(yard.todo()).toContain('t3 Write the short guide #auto-dispatch #docs');
  expect(issue(1).body).toMatch(/^For people\.\n\n<!-- yardmaster:begin /);

  const before = writes().length;
  expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing to do\n' });
  expect(writes()).toHaveLength(before);
  expect(await yard.json<Status>('issues', 'status')).toMatchObject({ synced: 2, conflicts: [], pending: [] });
});

test('what both sides have changed is a conflict until a person decides', async () => {
  const { yard, forge } = await issuesYard();
  await yard.run('issues', 'push', 't1');
  await yard.run('issues', 'sync');
  yard.writeTodo(yard.todo().replace('Write the parser', 'Write one parser'));
  forge.as('ada').editIssue(at(1), { title: 't1: Write all parsers' });
  expect(await yard.run('issues', 'sync')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('conflict: the title of t1 was changed on both sides'),
  });
  expect(await yard.json<Status>('issues', 'status')).toMatchObject({
    synced: 0,
    conflicts: [{ task: 't1', number: 1, field: 'title', todo: 'Write one parser', issue: 'Write all parsers', base: 'Write the parser' }],
    pending: [],
  });
  expect(yard.todo()).toContain('Write one parser');
  const explained = await yard.run('explain', 't1');
  expect(explained.stdout).toContain('yardmaster issues resolve t1 --keep todo|issue --field title');

  expect(await yard.run('issues', 'resolve', 't1', '--keep', 'issue', '--field', 'body')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no conflict'),
  });
  expect(await yard.run('issues', 'resolve', 't1', '--keep', 'issue')).toMatchObject({
    code: 0,
    stdout: 'kept the title of issue #1 for t1\n',
  });
  expect(yard.todo()).toContain('t1 Write all parsers');
  expect(await yard.json<Status>('issues', 'status')).toMatchObject({ synced: 1, conflicts: [] });
  expect((await yard.run('explain', 't1')).stdout).not.toContain('resolve');
});

test('the issue of a subtask is a sub-issue, until the line moves or a person decides otherwise', async () => {
  const { yard, forge } = await issuesYard();
  const parentOf = (number: number) => forge.repository(repository).items.get(number)!.parent?.number ?? null;
  yard.writeTodo('- [ ] t1 Write the parser\n  - [ ] t2 Write the printer\n- [ ] t3 Write the guide\n');
  expect(await yard.run('issues', 'push', 't1', 't2', 't3')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('t2 → #2: parent\n'),
  });
  expect([1, 2, 3].map(parentOf)).toEqual([null, 1, null]);

  yard.writeTodo('- [ ] t1 Write the parser ref:GH#1\n- [ ] t3 Write the guide ref:GH#3\n  - [ ] t2 Write the printer ref:GH#2\n');
  await yard.run('issues', 'pull');
  expect(parentOf(2), 'pull writes no issue').toBe(1);
  await yard.run('issues', 'sync');
  expect(parentOf(2)).toBe(3);

  forge.as('ada').setParent(at(2), at(1));
  const before = yard.todo();
  expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0, stderr: 'nothing to do\n' });
  expect([parentOf(2), yard.todo()]).toEqual([1, before]);

  yard.writeTodo(before.replace('t1 Write', 't1 parent:t2 Write').replace('  - [ ] t2', '- [ ] t2'));
  expect(await yard.run('issues', 'sync')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('issue #1 of t1 cannot be made a sub-issue of #2'),
  });
  expect(await yard.run('issues', 'sync')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing to do\n' });
});

test('mistakes are told with what helps', async () => {
  const { yard, forge } = await issuesYard();
  const failed = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await yard.run(...args);
    expect(code).toBe(1);
    return stderr;
  };
  expect(await failed('issues', 'push', 't9')).toMatch(/TODO\.md of .* has no line of t9/);
  expect(await failed('issues', 'resolve', 't9', '--keep', 'todo')).toMatch(/has no line of t9/);
  expect(await failed('issues', 'resolve', 't1', '--keep', 'todo')).toMatch(/the line of t1 has no issue\n.*yardmaster issues push t1/s);
  expect((await yard.run('issues', 'resolve', 't1', '--keep', 'both')).code).toBe(2);
  const rights = { issues: 'read', contents: 'write', pull_requests: 'write' } as const;
  const weak = forge.token({ login: 'robot', kind: 'fine-grained', rights });
  const { ended } = await import('../support/yard.ts');
  expect((await ended(yard.startWith({ FORGE_TOKEN: weak }, 'issues', 'push', 't1'))).stderr).toMatch(/issues: write/);
  expect((await ended(yard.startWith({ FORGE_TOKEN: '' }, 'issues', 'sync'))).stderr).toMatch(/FORGE_TOKEN/);
  yard.git('remote', 'set-url', 'origin', yard.root);
  expect(await failed('issues', 'sync')).toMatch(/its remote origin is at no forge that has issues/);
});

test('an issue is closed once the work is merged, and not before; one that a person closes cancels its task', async () => {
  const { yard, forge } = await issuesYard({ sources: { issues: { sync: 'both', create: 'marked' } } });
  const issue = (number: number) => forge.repository(repository).items.get(number)!;
  forge.protect(repository, 'main', { checks: ['test'] });
  forge.onPush(({ branch }) => {
    if (branch !== 'main') forge.check({ repository, branch, name: 'test', conclusion: 'success' });
  });
  yard.writeTodo(todo.replace('#bug', '#bug #auto-dispatch'));
  await yard.run('issues', 'sync');
  expect(yard.todo()).toContain('ref:GH#1');
  expect((await yard.run('run')).code).toBe(0);
  expect(issue(1)).toMatchObject({ state: 'open', labels: expect.arrayContaining(['status:in-review', 'dispatched:opus']) });
  expect(issue(1).comments.map(({ body }) => body.split('\n')[0])).toEqual(['The work on `t1` is in review: #2.']);
  expect(forge.pull(repository, 2).body).toContain('Closes #1');

  expect((await yard.run('merge', 't1')).code).toBe(0);
  expect((await yard.run('issues', 'sync')).code).toBe(0);
  expect(issue(1)).toMatchObject({ state: 'closed', stateReason: 'completed' });
  expect(issue(1).labels.filter((label) => label.startsWith('status:'))).toEqual(['status:done']);
  expect(issue(1).comments.map(({ body }) => body.split('\n')[0])).toEqual(['`t1` is done: it was merged with #2.']);

  await yard.run('issues', 'push', 't2');
  forge.as('ada').close(at(3));
  await yard.run('issues', 'sync');
  expect(yard.todo()).toContain('- [-] t2 Write the printer');
  forge.as('ada').reopen(at(3));
  await yard.run('issues', 'sync');
  expect(yard.todo()).toContain('- [ ] t2 Write the printer');
});

test('the commands with --json have the exit codes and the shapes that were reviewed', async () => {
  const { yard, forge } = await issuesYard();
  const all = new Map<string, Printed>();
  const call = async (name: string, ...args: readonly string[]): Promise<void> => {
    const printed = all.get(name) ?? { exits: [], texts: [] };
    all.set(name, printed);
    keep(printed, [name, ...args].join(' '), await yard.run(...name.split(' '), ...args, '--json'));
  };
  await call('issues push', 't1', 't2');
  await call('issues push', 't9');
  yard.writeTodo(yard.todo().replace('Write the parser', 'Write one parser').replace('[ ] t2', '[x] t2'));
  forge.as('ada').editIssue(at(1), { title: 't1: Write all parsers' });
  forge.as('ada').label(at(1), 'ui');
  await call('issues status');
  await call('issues pull');
  await call('issues sync');
  await call('issues status');
  await call('explain', 't1');
  await call('issues resolve', 't1', '--keep', 'todo');
  await call('issues resolve', 't1', '--keep', 'todo');
  expectGolden({
    file: new URL('./golden/json-shapes-of-issues.json', import.meta.url),
    value: Object.fromEntries([...all].map(([name, printed]) => [name, view(name, printed)])),
  });
});
