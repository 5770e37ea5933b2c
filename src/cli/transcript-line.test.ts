import { describe, expect, test } from 'vitest';
import { sampleEnded, sampleRetry, sampleStep } from '../core/samples.testsuite.ts';
import type { TranscriptEvent } from '../core/transcript.ts';
import { shownEvent, transcriptLine } from './transcript-line.ts';

const tool = (input: unknown, more: { child?: true } = {}): string | null =>
  transcriptLine({ type: 'tool', id: null, name: 'Tool', input: typeof input === 'string' ? input : JSON.stringify(input), ...more });

describe('a tool call is told by its name and the argument that matters', () => {
  test.each([
    ['a command, not its description', { description: 'Runs the tests', command: 'npm test -- "a b"' }, '▸ Tool npm test -- "a b"'],
    ['a file', { file_path: '/w/a.ts', content: 'x' }, '▸ Tool /w/a.ts'],
    ['a file, as others name it', { content: 'x', filePath: '/w/a.ts' }, '▸ Tool /w/a.ts'],
    ['what is looked for, not where', { path: '/w', pattern: 'TODO' }, '▸ Tool TODO'],
    ['lines are folded', { command: 'one\n\ttwo' }, '▸ Tool one two'],
    ['not what stands inside another argument', { content: '{"command":"rm"}', url: 'http://x' }, '▸ Tool http://x'],
    ['an unknown one as it is', { what: 1 }, '▸ Tool {"what":1}'],
    ['none', {}, '▸ Tool'],
    ['one that was cut', '{"command":"echo one two thr…', '▸ Tool echo one two thr…'],
    ['one that was cut in an escape', String.raw`{"command":"echo \u00`, String.raw`▸ Tool echo \u00`],
    ['no JSON', 'words', '▸ Tool words'],
  ])('%s', (_, input, expected) => {
    expect(tool(input)).toBe(expected);
  });

  test('a subagent’s is marked', () => {
    expect(tool({ command: 'ls' }, { child: true })).toBe('  ↳ ▸ Tool ls');
  });
});

test.each<[string, TranscriptEvent, string | null]>([
  ['words', { type: 'said', text: ' two\nlines ' }, 'two\nlines'],
  ['words that would drive the terminal', { type: 'said', text: 'a\u001b[2Jb\u009b1mc\rd' }, 'a[2Jb1mcd'],
  ['an answer', { type: 'answer', id: null, ok: true, denied: false, output: 'x' }, null],
  ['a failure', { type: 'answer', id: null, ok: false, denied: false, output: 'exit 1' }, '  ✗ exit 1'],
  ['a denial', { type: 'answer', id: null, ok: false, denied: true, output: 'Bash' }, '  ✗ denied: Bash'],
  ['a subagent’s failure', { type: 'answer', id: null, ok: false, denied: false, output: 'exit 1', child: true }, '  ↳   ✗ exit 1'],
  ['a step whose cost is known', sampleStep({ cost: 4500 }), '· $0.0045, 1 in, 1 out'],
  ['a step whose cost is not', sampleStep({ cost: null }), null],
  ['a retry', sampleRetry(), '· the request is tried again: 529 overloaded'],
  ['its end', sampleEnded({ cost: 12_000 }), '✓ ended, $0.01'],
  ['its failed end', sampleEnded({ ok: false, message: 'why', cost: 0 }), '✗ ended: why'],
])('%s', (_, event, expected) => {
  expect(shownEvent(event)?.text ?? null).toBe(expected);
});
