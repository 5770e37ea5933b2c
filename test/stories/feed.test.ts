// The feed: what happened, stored while it happens, so that a program that follows reads on from a mark.
import { expect, test } from 'vitest';
import { openYard } from '../support/yard.ts';

interface Page {
  readonly mark: number;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const todo = '- [ ] t1 First #auto-dispatch model:opus\n- [ ] t2 Second #auto-dispatch model:opus\n';
const work = (name: string) => [[{ commit: { file: name, content: 'x\n', message: 'the work' } }]];

test('page by page, what a run told is all there once, with what people did between two pages', async () => {
  const yard = await openYard({ todo, actions: { t1: work('t1') }, config: { delivery: { setup: '[ "$PWD" ] && [ ! -e "$HOME/no" ]' } } });
  expect(await yard.json('events')).toEqual({ mark: 0, events: [] });
  expect((await yard.run('events')).stderr).toBe('nothing has happened yet\n');
  const ran = await yard.run('run', '--task', 't1', '--json');
  const told = ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

  const pages: Page[] = [];
  for (let after = 0; ; after = pages.at(-1)?.mark ?? 0) {
    const page = (await yard.json('events', '--after', String(after), '--limit', '3')) as Page;
    if (page.events.length === 0) break;
    expect(page.events.length).toBeLessThanOrEqual(3);
    pages.push(page);
  }
  const events = pages.flatMap((page) => page.events);
  const marks = events.map(({ mark }) => Number(mark));
  expect(marks).toEqual([...new Set(marks)].toSorted((a, b) => a - b));
  for (const type of ['task', 'attempt', 'verdict']) {
    const key = (event: Record<string, unknown>) => [event['from'], event['to'], event['reason'], event['stage'], event['verdict']];
    const stored = events.filter((event) => event['type'] === type).map(key);
    expect(stored.length).toBeGreaterThan(0);
    expect(stored).toEqual(told.filter((event) => event['type'] === type).map(key));
  }

  await yard.run('cancel', 't2');
  const mark = pages.at(-1)?.mark ?? 0;
  expect(await yard.json('events', '--after', String(mark))).toMatchObject({
    events: [{ type: 'task', task: 't2', repo: yard.repo, from: 'queued', to: 'cancelled', reason: 'cancelled by a person' }],
  });
  expect((await yard.run('events', '--limit', '1')).stdout).toMatch(
    /^MARK +AT +TASK +TYPE +DETAILS\n\d+ +\S+ +t2 +task +queued → cancelled/,
  );
  const last = (await yard.json('events')) as Page;
  expect(await yard.json('events', '--after', String(last.mark))).toEqual({ mark: last.mark, events: [] });
  expect((await yard.run('events', '--after', '-1')).code).toBe(2);
});
