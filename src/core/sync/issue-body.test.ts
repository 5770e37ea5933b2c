import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestIssueBody, markerIn, personText, readIssueBody, writeIssueBody, type Marker } from './issue-body.ts';
import { noSnapshot } from './snapshot.ts';

const marker: Marker = { repo: 'acme/app', task: 't1', base: { ...noSnapshot, rev: 2 }, assigned: null };
const part = '---\n**Task** `t1`\n\nNotes --> of mine';
const write = (body: string, more: { text?: string | null; part?: string; marker?: Marker } = {}): string =>
  writeIssueBody({ body: readIssueBody(body), text: null, part, marker, ...more }) ?? 'too long';

describe('a body', () => {
  it.each(['', 'Text', 'Text\r\n', 'Text  \n\n', '\r\n\r\nText\r\n\r\n'])('keeps every byte of the person’s text: %j', (text) => {
    const once = write(text);
    expect(once.startsWith(text)).toBe(true);
    expect(readIssueBody(once).isWhole).toBe(true);
    expect(write(once)).toBe(once);
    expect(markerIn(once)).toEqual(marker);
    const below = `${once}Below\r\n`;
    expect(write(below, { part: 'Other' }).endsWith('Below\r\n')).toBe(true);
    expect(personText(readIssueBody(below))).toBe(text.trim() === '' ? 'Below' : 'Text\n\nBelow');
  });

  it('gets another text', () => {
    expect(personText(readIssueBody(write(`${write('Old')}Below`, { text: 'New' })))).toBe('New');
  });

  it('is not written if it would be too long', () => {
    expect(write('x'.repeat(largestIssueBody))).toBe('too long');
  });

  it('keeps every text that people write, wherever they do', () => {
    const words = fc.stringMatching(/^[a-z <>`#\r\n-]{0,30}$/);
    fc.assert(
      fc.property(words, words, (above, below) => {
        const body = readIssueBody(write(above) + below);
        expect(body.above.startsWith(above)).toBe(true);
        expect(body.below).toBe(below);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a body whose markers were damaged', () => {
  const whole = write('Above');
  const begin = /<!-- yardmaster:begin .*-->\n/;
  const end = /<!-- yardmaster:end .*-->\n/;
  const block = /<!-- yardmaster:begin[^]*yardmaster:end .*-->\n/.exec(whole)![0];
  const damages: readonly [name: string, body: string, text: string][] = [
    ['begin deleted', whole.replace(begin, ''), 'Above'],
    ['begin deleted, text below', `${whole.replace(begin, '')}Below`, 'Above\n\nBelow'],
    ['end deleted', whole.replace(end, 'Below'), 'Above\n\nBelow'],
    ['end deleted, nothing below', whole.replace(end, ''), 'Above'],
    ['both deleted', whole.replace(begin, '').replace(end, ''), `Above\n\n${part}`],
    ['copied', `${whole}Below\n${block}`, 'Above\n\nBelow'],
    ['written in', whole.replace('**Task**', 'Mine\n$&'), 'Above\n\nMine'],
    ['with line ends of another system', whole.replaceAll('\n', '\r\n'), 'Above'],
    ['an end by a person', `<!-- yardmaster:end -->\n${whole}`, 'Above'],
    ['a begin that cannot be read', `<!-- yardmaster:begin {"x":1} -->\nMine\n${whole}`, 'Mine\nAbove'],
  ];
  it.each(damages)('%s', (_name, body, text) => {
    expect(personText(readIssueBody(body))).toBe(text);
    const mended = write(body);
    expect(mended.match(/yardmaster:(?:begin|end)/g)).toEqual(['yardmaster:begin', 'yardmaster:end']);
    expect(personText(readIssueBody(mended))).toBe(text);
    expect(write(mended)).toBe(mended);
  });
});

describe('a marker', () => {
  it('is the newest of several, and none if it cannot be read', () => {
    const older = write('', { marker: { ...marker, base: { ...noSnapshot, rev: 1 }, assigned: 'yard' } });
    expect(markerIn(older + write(''))).toEqual(marker);
    expect(markerIn(write('') + older)).toEqual(marker);
    for (const json of ['{x}', '{}', '{"repo":"a","task":1}', '{"repo":"a","task":"t1","base":{}}'])
      expect(markerIn(`<!-- yardmaster:begin ${json} -->`)).toBeNull();
    const read = (parents: unknown): unknown =>
      markerIn(`<!-- yardmaster:begin ${JSON.stringify({ repo: 'a', task: 't1', base: { ...noSnapshot, parents } })} -->`)?.base.parents;
    expect([read([5, null]), read(['5']), read(5), read(undefined)]).toEqual([[5, null], undefined, undefined, undefined]);
    const bare = { repo: 'a', task: 't1', base: noSnapshot };
    expect(readIssueBody(`<!-- yardmaster:begin ${JSON.stringify(bare)} -->\nMine\n<!-- yardmaster:end -->`).above).toBe('Mine\n');
  });
});
