// The contract of agents on events: they survive any bytes on standard output, and every event is well-formed.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureKinds } from '../core/task/failure.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import { anyValue, changedAt, largeLines } from './agent-lines.samples.ts';
import type { AgentSamples } from './agent.samples.ts';

export function testEvents({ agent, recorded }: AgentSamples): void {
  const lines = [...new Set(Object.values(recorded).flatMap((run) => run.stdout))];
  const anyLine = fc.constantFrom(...lines);
  const runs = { numRuns: 300 };

  test.each([
    ['nothing', ''],
    ['blanks', ' \t\r '],
  ])('%s is no event', (_name, line) => {
    expect(agent.events(line)).toEqual([]);
  });

  test.each(['no JSON', '{"type":', '7', 'null', '"text"', '[]', '[{"type":"result"}]', '\u0000\u0001\uFFFD', '{"type":"text"'])(
    '%j is noted',
    (line) => {
      expect(agent.events(line)).toMatchObject([{ type: 'noted' }]);
    },
  );

  test('every recorded line is understood', () => {
    for (const line of lines) {
      const events = agent.events(line);
      expectWellFormed(events);
      expect(
        events.filter(({ type }) => type === 'noted'),
        line,
      ).toEqual([]);
    }
  });

  test('any text is survived', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (line) => expectWellFormed(agent.events(line))),
      runs,
    );
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.json(), (line) => expectWellFormed(agent.events(line))),
      runs,
    );
  });

  test('a recorded line is survived with any part of it changed', () => {
    const property = fc.property(anyLine, fc.array(fc.tuple(fc.nat(), anyValue), { minLength: 1, maxLength: 4 }), (line, changes) => {
      const changed = changes.reduce((value, [at, by]) => changedAt(value, at, by), JSON.parse(line) as unknown);
      expectWellFormed(agent.events(JSON.stringify(changed)));
    });
    fc.assert(property, { numRuns: 1500 });
  });

  test('a recorded line is survived with any number in it beyond all bounds', () => {
    const numbers = fc.constantFrom('1e999', '-1e999', '1e308', '-1', '0.1', '9007199254740993', '1e21', 'NaN', '""');
    const property = fc.property(anyLine, numbers, fc.integer({ min: 1, max: 5 }), (line, number, nth) => {
      let seen = 0;
      expectWellFormed(agent.events(line.replaceAll(/(?<=":)-?\d[\d.e+-]*/g, (found) => (++seen % nth === 0 ? number : found))));
    });
    fc.assert(property, runs);
  });

  test('a recorded line is survived cut off anywhere, and with bytes put into it', () => {
    const property = fc.property(
      anyLine,
      fc.nat(),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.boolean(),
      (line, place, bytes, keep) => {
        const at = place % (line.length + 1);
        expectWellFormed(agent.events(line.slice(0, at) + bytes + (keep ? line.slice(at) : '')));
      },
    );
    fc.assert(property, runs);
  });

  // The test's own time limit is the bound: anything that grows with the square of the length would take hours.
  test('8 MiB in one line are survived in linear time', () => {
    for (const line of largeLines(lines)) expectWellFormed(agent.events(line));
  });
}

/** Checks that sums stay exact in a floating point number, and in the store's integers, for millions of such lines. */
export function expectCount(value: number): void {
  expect(Number.isInteger(value) && value >= 0 && value <= 1e15, String(value)).toBe(true);
}

function expectInstant(value: number | null): void {
  if (value === null) return;
  expectCount(value);
  expect(() => new Date(value).toISOString()).not.toThrow();
}

function expectWellFormed(events: readonly TranscriptEvent[]): void {
  for (const event of events) {
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    if ('tokens' in event) for (const value of Object.values(event.tokens)) expectCount(value);
    if ('cost' in event && event.cost !== null) expectCount(event.cost);
    if ('until' in event) expectInstant(event.until);
    if ('failure' in event && event.failure !== null) expect(failureKinds).toContain(event.failure);
    if ('status' in event && event.status !== null) expect(event.status).toBeGreaterThanOrEqual(100);
    if (event.type === 'limit') expectInstant(event.resetsAt);
    if (event.type === 'tool') expectLine(event.input);
    if (event.type === 'answer') expectLine(event.output);
    if (event.type === 'noted') expect(event.text.length).toBeLessThanOrEqual(500);
  }
}

function expectLine(text: string): void {
  expect(text.length).toBeLessThanOrEqual(300);
  expect(text).not.toMatch(/[\r\n]/);
}
