import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joiner, lastPosition, parseBody, quoted, renderBody, type BodyPart, type Escape } from './slash-command.ts';

const all: BodyPart = { kind: 'all' };
const one = (position: number): BodyPart => ({ kind: 'one', position });
const text = (value: string): BodyPart => ({ kind: 'text', text: value });

describe('a body', () => {
  it.each<[string, readonly BodyPart[]]>([
    ['', []],
    ['Do it.\nNow.', [text('Do it.\nNow.')]],
    ['Do {{args}}.', [text('Do '), all, text('.')]],
    ['{{1}}{{12}}{{99}}', [one(1), one(12), one(99)]],
    ['{{{{args}} and {{{{', [text('{{args}} and {{')]],
    ['{{{{{{1}}', [text('{{'), one(1)]],
    ['{ {1} } }} $1 @x', [text('{ {1} } }} $1 @x')]],
    ['{\n{args}}', [text('{\n{args}}')]],
  ])('%j', (body, parts) => {
    expect(parseBody(body)).toEqual({ parts, problems: [] });
  });

  it.each([
    ['a\n{{0}}', 2, '{{0}}: arguments are counted from 1'],
    ['{{00}}', 1, '{{00}}: arguments are counted from 1'],
    ['{{100}}', 1, 'there is no {{100}}: expected {{args}}, or {{1}} to {{99}}; a plain {{ is written {{{{'],
    ['\n\n x {{ args }}', 3, 'there is no {{ args }}'],
    ['{{Args}}', 1, 'there is no {{Args}}'],
    ['{{01}}', 1, 'there is no {{01}}'],
    ['{{}}', 1, 'there is no {{}}'],
    ['a {{args\n}}', 1, '{{ is never closed'],
    ['a\n{{{args}}', 2, '{{ is never closed'],
    ['a\0', 1, 'a zero byte'],
  ])('%j is refused with its line', (body, line, what) => {
    const [problem] = parseBody(body).problems;
    expect(problem?.line).toBe(line);
    expect(problem?.what).toContain(what);
  });

  it('is put together again from its parts', () => {
    const piece = fc.oneof(fc.constantFrom('{', '}', '{{{{', '{{args}}', '{{7}}', '\n', '$', ' '), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const body = pieces.join('');
        const { parts, problems } = parseBody(body);
        fc.pre(problems.length === 0);
        const written = parts.map((part) =>
          part.kind === 'text' ? part.text.replaceAll('{{', '{{{{') : part.kind === 'all' ? '{{args}}' : `{{${part.position}}}`,
        );
        expect(parseBody(written.join(''))).toEqual({ parts, problems: [] });
      }),
    );
  });

  it('knows its last argument', () => {
    expect(lastPosition(parseBody('{{2}} {{args}} {{7}} {{1}}').parts)).toBe(7);
    expect(lastPosition(parseBody('{{args}}').parts)).toBe(0);
  });
});

describe('a body in an agent’s form', () => {
  const escapes: readonly Escape[] = [
    { active: /\$(?=\d)/g, inert: () => '\\$', trace: null },
    { active: /(@)(?=\S)/g, inert: () => '\\@', trace: 'gets a backslash' },
  ];
  const render = (body: string): ReturnType<typeof renderBody> =>
    renderBody({
      body: parseBody(body).parts,
      escapes,
      placeholder: (part, { before, after }) => ({
        text: part.kind === 'all' ? '$ALL' : `$${part.position}`,
        altered: before === '\\' || after.startsWith('0') ? 'stands badly' : null,
      }),
    });

  it('has its placeholders, and texts that do nothing', () => {
    expect(render('{{1}} costs $5\n{{args}}')).toEqual({ text: '$1 costs \\$5\n$ALL', altered: [] });
    expect(render('')).toEqual({ text: '', altered: [] });
  });

  it('tells what is seen otherwise, by line', () => {
    expect(render('a\n{{1}} \\{{2}}\n@{{args}} b @file.md\n{{3}}\n{{4}}0')).toEqual({
      text: 'a\n$1 \\$2\n\\@$ALL b \\@file.md\n$3\n$40',
      altered: ['line 2: stands badly', 'line 3: “@…” gets a backslash', 'line 3: “@file.md” gets a backslash', 'line 5: stands badly'],
    });
  });
});

describe('quotes', () => {
  it('hold any text on one line', () => {
    expect(quoted('a "b": c\n# d')).toBe('"a \\"b\\": c\\n# d"');
    expect(quoted('\u2028\ufeff\u0085é')).toBe('"\\u2028\\ufeff\\u0085é"');
    expect(joiner).toHaveLength(1);
  });
});
