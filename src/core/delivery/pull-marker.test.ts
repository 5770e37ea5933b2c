import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marker, markerIn } from './pull-marker.ts';

describe('the marker in our texts', () => {
  it('is a comment in Markdown', () => {
    expect(marker({ task: 't12', is: 'pull', item: null })).toBe('<!-- yardmaster:{"task":"t12","is":"pull"} -->');
    expect(marker({ task: 't1', is: 'answer', item: 'a-->b' })).toBe(
      String.raw`<!-- yardmaster:{"task":"t1","is":"answer","item":"a\u002d\u002d\u003eb"} -->`,
    );
  });

  it('is read back, whatever is in it and around it', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 50 }),
        fc.string({ maxLength: 50 }),
        fc.constantFrom('pull', 'answer', 'comment'),
        (task, item, is) => {
          const text = marker({ task, is, item });
          expect(markerIn(`before ${text} after`)).toEqual({ task, is, item });
          expect(text.slice(4, -3)).not.toMatch(/--|[<>]/);
        },
      ),
    );
  });

  it.each([
    'no marker',
    '<!-- yardmaster: -->',
    '<!-- yardmaster:{broken} -->',
    '<!-- yardmaster:{"task":1,"is":"pull"} -->',
    '<!-- yardmaster:{"task":"t1","is":"pull","item":7} -->',
    '<!-- yardmaster:{"task":"t1","is":"other"} -->',
  ])('is not found in %s', (text) => expect(markerIn(text)).toBe(null));

  it('is found behind one that is broken', () => {
    expect(markerIn(`<!-- yardmaster:{x} -->${marker({ task: 't3', is: 'comment', item: null })}`)?.task).toBe('t3');
  });
});
