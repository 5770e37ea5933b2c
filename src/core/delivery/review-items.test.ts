import { describe, expect, it } from 'vitest';
import type { ReviewItem } from './pull-facts.ts';
import { marker } from './pull-marker.ts';
import { sampleItem, sampleStored } from './pull.samples.ts';
import type { StoredItem } from './pull-record.ts';
import { hearerOf, itemsAfter, mergeItems, trustedAssociations, type ReviewTrust } from './review-items.ts';

const trust: ReviewTrust = { login: 'robot', associations: trustedAssociations, bots: ['linter'] };
const by = (login: string, association = 'NONE', bot = false): Partial<ReviewItem> => ({ author: { login, association, bot } });

describe('what is said about a pull request', () => {
  it.each<readonly [string, Partial<ReviewItem>, string]>([
    ['a member', {}, 'worker'],
    ['an owner', by('ada', 'OWNER'), 'worker'],
    ['a collaborator', by('ada', 'COLLABORATOR'), 'worker'],
    ['one who contributed before', by('eve', 'CONTRIBUTOR'), 'person'],
    ['a stranger', by('eve'), 'person'],
    ['a stranger whose name is like a member’s association', by('MEMBER'), 'person'],
    ['a stranger who asks for changes', { ...by('eve'), kind: 'review', verdict: 'changes' }, 'person'],
    ['a bot that is not listed', by('coverage[bot]', 'MEMBER', true), 'nobody'],
    ['a bot that is listed', by('linter[bot]', 'NONE', true), 'worker'],
    ['a bot that is listed, in other letters', by('Linter', 'NONE', true), 'worker'],
    ['a bot that signs in like a person, and is listed', by('linter'), 'worker'],
    ['ourselves', by('Robot', 'OWNER'), 'nobody'],
    ['ourselves under another account', { text: `Done. ${marker({ task: 't12', is: 'answer', item: 'i1' })}` }, 'nobody'],
    ['a member, without words', { kind: 'review', verdict: 'changes', text: ' \n' }, 'nobody'],
    ['a member, with nothing but a hidden comment', { text: '<!-- id: 7\n -->\n' }, 'nobody'],
    ['a member who approves without words', { kind: 'review', verdict: 'approved', text: '' }, 'nobody'],
    ['a member who approves with words', { kind: 'review', verdict: 'approved', text: 'Good.' }, 'person'],
    ['a member who asks for changes with words', { kind: 'review', verdict: 'changes', text: 'Rename it.' }, 'worker'],
    ['a member, in a thread that is resolved', { closed: true }, 'nobody'],
    ['a stranger, in a thread that is resolved', { ...by('eve'), closed: true }, 'nobody'],
    ['a member, on the pull request as a whole', { kind: 'comment', thread: null, commit: null, place: null }, 'worker'],
  ])('by %s', (_, more, hearer) => expect(hearerOf({ item: sampleItem(more), trust })).toBe(hearer));
});

function approval(more: Partial<ReviewItem> = {}): Partial<ReviewItem> {
  return { id: 'i9', kind: 'review', verdict: 'approved', text: '', at: Infinity, ...more };
}

describe('with what is stored', () => {
  const merged = (items: readonly Partial<ReviewItem>[], stored: readonly StoredItem[] = []) => {
    const { rows, fresh } = mergeItems({ items: items.map(sampleItem), stored, trust });
    return { rows, fresh: fresh.map(({ id }) => id) };
  };
  const row = (state: StoredItem['state'], id = 'i1', author = 'ada'): StoredItem => {
    return { id, thread: sampleItem({}).thread, commit: 'h1', author, bot: false, state };
  };

  it('a new item is stored, and is for a worker or for the person', () => {
    expect(merged([{ id: 'i2', ...by('eve') }, { id: 'i1' }, { id: 'i3', ...by('x[bot]', 'NONE', true) }])).toEqual({
      rows: [row('seen'), row('shown', 'i2', 'eve')],
      fresh: ['i1'],
    });
  });

  it('an item that was seen stays fresh until it is given', () => {
    expect(merged([{}], [row('seen')])).toEqual({ rows: [], fresh: ['i1'] });
  });

  it.each(['given', 'done', 'answered'] as const)('an item that was %s is not given again, also if it is edited or moved', (state) => {
    expect(merged([{ text: 'Something else.', commit: 'h2' }], [row(state)])).toEqual({ rows: [], fresh: [] });
  });

  it.each<readonly [string, readonly Partial<ReviewItem>[], StoredItem['state']]>([
    ['is open', [{}], 'given'],
    ['is resolved', [{ closed: true }], 'closed'],
    ['has an author who approved since', [{}, approval()], 'closed'],
    ['has an author whose approval was dismissed', [{}, approval({ closed: true })], 'given'],
    ['has an author who approved before', [{}, approval({ at: 0 })], 'given'],
    ['was approved by somebody else', [{}, { ...by('grace'), ...approval(), ...by('grace') }], 'given'],
  ])('one without an answer waits for people as long as it %s', (_, items, state) => {
    for (const before of ['given', 'closed'] as const)
      expect(merged(items, [row(before)]).rows.filter(({ id }) => id === 'i1')).toEqual(before === state ? [] : [row(state)]);
  });

  it('a person is shown an item once', () => {
    expect(merged([by('eve')], [row('shown')])).toEqual({ rows: [], fresh: [] });
  });

  it('one whose author was given rights is given, with the commit that it was about', () => {
    expect(merged([{ commit: 'h2' }], [row('shown')])).toEqual({ rows: [row('seen')], fresh: ['i1'] });
  });

  it('one whose author lost the rights is shown', () => {
    expect(merged([by('ada')], [row('seen')])).toEqual({ rows: [row('shown')], fresh: [] });
  });

  it('one whose thread is resolved before it was given waits until the thread is opened again', () => {
    expect(merged([{ closed: true }], [row('seen')])).toEqual({ rows: [], fresh: [] });
    expect(merged([{ closed: false }], [row('seen')]).fresh).toEqual(['i1']);
  });

  it('one that was deleted at the forge is not given', () => {
    expect(merged([], [row('seen')])).toEqual({ rows: [], fresh: [] });
  });

  it('one that is listed twice counts once', () => {
    expect(merged([by('eve'), by('eve')])).toEqual({ rows: [row('shown', 'i1', 'eve')], fresh: [] });
    expect(merged([{}, {}])).toEqual({ rows: [row('seen')], fresh: ['i1'] });
  });

  it('the oldest come first, at most fifty of them', () => {
    expect(
      merged([
        { id: 'b', at: 2 },
        { id: 'a', at: 2 },
        { id: 'c', at: 1 },
      ]).fresh,
    ).toEqual(['c', 'a', 'b']);
    const many = merged(Array.from({ length: 60 }, (_, at) => ({ id: `i${at}`, at })));
    expect([many.fresh.length, many.fresh[0], many.rows.length]).toEqual([50, 'i0', 60]);
  });
});

describe('all that is stored after they were seen', () => {
  it('stands in the order in which it was first seen, also what the forge no longer shows', () => {
    const stored = [
      sampleStored({ id: 'gone', state: 'given' }),
      sampleStored({ state: 'shown' }),
      sampleStored({ id: 'i2', state: 'done' }),
    ];
    const items = [{ id: 'i4', at: 9 }, { id: 'i3', at: 8, ...by('eve') }, { id: 'i2' }, {}].map(sampleItem);
    expect(itemsAfter({ items, stored, trust })).toMatchObject({
      items: [stored[0], sampleStored(), stored[2], sampleStored({ id: 'i3', author: 'eve', state: 'shown' }), sampleStored({ id: 'i4' })],
      fresh: ['i4', 'i1'],
    });
  });

  it('has the latest words that no worker hears, cut short, for the person', () => {
    const words = Array.from({ length: 12 }, (_, at) => ({
      id: `i${at}`,
      at: 20 - at,
      ...by('eve'),
      text: `Word ${at}\n${'x'.repeat(400)}`,
    }));
    const { others } = itemsAfter({ items: [{}, ...words].map(sampleItem), stored: [], trust });
    expect(others.map(({ at }) => at)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(others[0]).toEqual({ author: 'eve', text: `Word 9 ${'x'.repeat(292)}…`, url: sampleItem({}).url, at: 11 });
  });

  it('is the same once more', () => {
    const items = [{}, { id: 'i2', ...by('eve') }].map(sampleItem);
    const once = itemsAfter({ items, stored: [], trust });
    expect(itemsAfter({ items, stored: once.items, trust })).toEqual(once);
    expect(itemsAfter({ items: [], stored: once.items, trust })).toEqual({ items: once.items, fresh: [], others: [] });
  });

  it('says of a bot that is listed that we may resolve its thread', () => {
    const items = [sampleItem({ ...by('linter[bot]', 'NONE', true) })];
    expect(itemsAfter({ items, stored: [], trust }).items).toEqual([sampleStored({ author: 'linter[bot]', bot: true })]);
  });
});
