import { describe, expect, it } from 'vitest';
import { parseTodo } from './line.ts';
import { asRequested, requestsOf, unstored } from './request.ts';

const requests = (text: string) => [...requestsOf(parseTodo({ text, ids: 't' })).values()];

describe('requestsOf', () => {
  it('are the open lines, with what they say', () => {
    expect(requests('- [ ] t1 A #auto-dispatch model:opus mcp:docs ~1h\n  more\n- [x] t2 B\n- [-] t3 C\n- [ ] t4 D')).toEqual([
      expect.objectContaining({ id: 't1', title: 'A', body: 'more', model: 'opus', mcp: ['docs'], estimate: 3_600_000, wanted: true }),
      expect.objectContaining({ id: 't4', body: null, mcp: null, wanted: false, line: 'open', batch: null }),
    ]);
  });

  it('wait for what blocks them and for their open subtasks, each once, and not for what is done', () => {
    const text =
      '- [ ] t1 A blocked-by:t2,t3,t8\n- [ ] t1.1 B\n- [x] t1.2 C\n- [ ] t2 D blocks:t1,t5\n- [x] t3 E blocks:t5\n- [ ] t4 F parent:t1 blocks:t1\n- [ ] t5 G';
    expect(requests(text).map(({ id, blockedBy }) => [id, blockedBy])).toEqual([
      ['t1', ['t2', 't8', 't4', 't1.1']],
      ['t1.1', []],
      ['t2', []],
      ['t4', []],
      ['t5', ['t2']],
    ]);
  });
});

describe('asRequested', () => {
  const [request] = requests('- [ ] t1 A #new');
  const stored = { ...unstored({ request: request!, repo: '/r', at: 1 }), key: 7 };

  it('is the stored task as its line says now; what was wanted, or in a batch, stays so', () => {
    const before = { ...stored, title: 'Before', wanted: true, batch: 'b', attempts: 3 };
    expect(asRequested(before, request!)).toEqual({ ...before, title: 'A', tags: ['new'] });
    expect(asRequested(stored, { ...request!, wanted: true, batch: 'c' })).toMatchObject({ wanted: true, batch: 'c' });
  });

  it('is held back once the mark is taken off its line, unless somebody asked for it in another way', () => {
    const [marked] = requests('- [ ] t1 A #auto-dispatch');
    const before = { ...stored, ...marked! };
    expect(asRequested(before, request!)).toMatchObject({ wanted: false, tags: ['new'] });
    expect(asRequested({ ...before, batch: 'b' }, request!)).toMatchObject({ wanted: true });
    expect(asRequested({ ...before, tags: [] }, request!)).toMatchObject({ wanted: true });
  });

  it('stays the task of its line where another file asks for it as well, and is no longer one whose line was taken out', () => {
    const elsewhere = { ...request!, line: 'none' } as const;
    expect(asRequested(stored, elsewhere)).toMatchObject({ line: 'open' });
    expect(asRequested({ ...stored, line: 'gone' }, elsewhere)).toMatchObject({ line: 'none' });
  });

  it('is refused where it is another task, and late where its worker was told otherwise', () => {
    expect(asRequested({ ...stored, line: 'none', title: 'B' }, request!)).toBe('clash');
    for (const state of ['running', 'delivered', 'done', 'cancelled'] as const)
      expect(asRequested({ ...stored, state }, request!)).toBe('late');
    for (const state of ['blocked', 'failed'] as const) expect(asRequested({ ...stored, state }, request!)).toMatchObject({ state });
  });
});

it('waits for a subtask whose line cannot be read', () => {
  const waits = requests('- [ ] t1 A\n- [?] t1.1 B\n- [ ] t2 C\n- [x] t2.1 D\n- [?] t2.1 E\n- [?] t3 F\n');
  expect(waits.map(({ id, blockedBy }) => [id, blockedBy])).toEqual([
    ['t1', ['t1.1']],
    ['t2', []],
  ]);
});
