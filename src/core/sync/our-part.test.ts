import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markerIn, personText, readIssueBody, writeIssueBody } from './issue-body.ts';
import { ourPart, type PartFacts } from './our-part.ts';
import { sectionOf } from './plan-section.ts';
import { quotedLine, quotedText } from './quoted.ts';
import { noSnapshot } from './snapshot.ts';

const facts: PartFacts = {
  id: 't1',
  status: 'in review',
  estimate: '2h',
  dates: { logged: '2026-01-01', started: null, completed: '2026-01-03' },
  tags: ['feat', 'ui'],
  blockedBy: [
    { id: 't2', number: 12 },
    { id: 't3', number: null },
  ],
  blocks: [{ id: 't4', number: null }],
  subtasks: [
    { id: 't1.1', title: 'One', mark: 'done' },
    { id: 't1.2', title: 'Two for @ann', mark: 'open' },
    { id: 't1.3', title: 'Three ~~x', mark: 'declined' },
  ],
  notes: '- Notes: see #5',
  plan: { place: 'todo/PLANS.md#p', text: Array.from({ length: 30 }, (_, n) => `step ${n}`).join('\n') },
};
const bare: PartFacts = {
  ...facts,
  estimate: null,
  dates: { logged: null, started: null, completed: null },
  tags: [],
  blockedBy: [],
  blocks: [],
  subtasks: [],
  notes: null,
  plan: null,
};

describe('our part', () => {
  it('shows what the list says', () => {
    const part = ourPart({ facts, room: 10_000 });
    expect(
      part.startsWith(
        '---\n**Task** `t1` · **Status** in review · **Estimate** ~2h\\\n**Logged** 2026-01-01 · **Completed** 2026-01-03\\\n',
      ),
    ).toBe(true);
    expect(part).toContain('**Tags** `feat` `ui`\\\n**Blocked by** `t2` (#12), `t3`\\\n**Blocks** `t4`\n\n');
    expect(part).toContain(
      '- [x] `t1.1` One\n- [ ] `t1.2` Two for @\u200bann\n- ~~`t1.3` Three ~\u200b~x~~ (declined)\n\n**Notes**\n\n- Notes: see #\u200b5\n\n',
    );
    expect(part).toContain('<details><summary>Plan: todo/PLANS.md#p</summary>\n\nstep 0\n');
  });

  it('leaves out what there is not', () => {
    expect(ourPart({ facts: bare, room: 1000 }).split('\n\n')).toHaveLength(2);
    expect(ourPart({ facts: { ...bare, plan: { place: 'p.md', text: null } }, room: 1000 })).toContain('**Plan: p.md**');
  });

  it('is shortened where it would not fit', () => {
    const plan = { place: 'p.md', text: 'word '.repeat(500) };
    expect(ourPart({ facts: { ...facts, plan }, room: 1800 })).toMatch(/word word [^]*\(shortened\)/);
    const whole = ourPart({ facts, room: 10_000 }).length;
    expect(ourPart({ facts, room: whole - 150 })).toContain('**Plan: todo/PLANS.md#p**');
    const rest = ourPart({ facts: { ...facts, plan: null }, room: 10_000 }).length;
    expect(ourPart({ facts: { ...facts, plan: null }, room: rest - 1 })).not.toContain('Notes');
    expect(ourPart({ facts, room: 300 })).not.toContain('Subtasks');
  });
});

describe('quoted text', () => {
  const lines: readonly [text: string, quoted: string][] = [
    ['a\n b  c', 'a b c'],
    ['ask @ann, not a@b or `@x`', 'ask @\u200bann, not a@\u200bb or `@x`'],
    ['fixes #12, GH-3 and C#', 'fixes #\u200b12, GH-\u200b3 and C#'],
    ['see https://github.com/a/b/issues/1?x and https://a.b/c', 'see `https://github.com/a/b/issues/1?x` and https://a.b/c'],
    ['<!-- x --> <b> </details> 1 < 2', '&lt;!-- x --> &lt;b> &lt;/details> 1 < 2'],
    ['`<!-- yardmaster:end -->` ``a ` <b>``', '`<\u200b!-- yardmaster:end -->` ``a ` <b>``'],
  ];
  it.each(lines)('acts as nothing: %j', (text, quoted) => {
    expect(quotedLine(text)).toBe(quoted);
  });

  it('has its fences closed', () => {
    expect(quotedText('```js\n@x\n~~~\n`````\n@y')).toBe('```js\n@x\n~~~\n`````\n@\u200by');
    expect(quotedText('~~~\r\n<!-- @x\r\n~~~ no')).toBe('~~~\n<\u200b!-- @x\n~~~ no\n~~~');
    expect(quotedText('```a``` @x')).toBe('```a``` @\u200bx');
  });

  it('never breaks out of our part', () => {
    const piece = fc.constantFrom(
      '<!-- yardmaster:end -->',
      '<!-- yardmaster:begin {"repo":"a"} -->',
      '-->',
      '`',
      '```',
      '\n',
      '~~~',
      '</details>',
      ' ',
      'a',
      '@b',
      '#1',
      '<!--',
      '"',
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, (notes, title) => {
        const part = ourPart({
          facts: { ...bare, notes, subtasks: [{ id: 't2', title, mark: 'open' }], plan: { place: 'p.md', text: notes } },
          room: 60_000,
        });
        const marker = { repo: 'acme/app', task: 't1', base: noSnapshot, assigned: null };
        const body = writeIssueBody({ body: { above: 'Mine', below: '', isWhole: false }, text: null, part, marker }) ?? '';
        const read = readIssueBody(body);
        expect([read.isWhole, personText(read), markerIn(body)]).toEqual([true, 'Mine', marker]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a plan', () => {
  const text =
    '# Plans\n\n## [2026-01-01] My plan: *one*\n\ntext\n\n### Part\n\n```\n## No heading\n```\n~~~~\n# no\n~~~\n~~~~\n\n## Empty\n## Part\r\nlast ##\n';
  it('is found by its anchor', () => {
    expect(sectionOf({ text, anchor: '2026-01-01-my-plan-one' })).toBe(
      'text\n\n### Part\n\n```\n## No heading\n```\n~~~~\n# no\n~~~\n~~~~',
    );
    expect(sectionOf({ text, anchor: 'part-1' })).toBe('last ##');
    expect(sectionOf({ text, anchor: 'empty' })).toBeNull();
    expect(sectionOf({ text, anchor: 'no-heading' })).toBeNull();
  });
});
