import { expect, test } from 'vitest';
import { sampleEnded, sampleRetry, sampleStep } from '../core/core.samples.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import { shownEvent } from './transcript-line.ts';

test.each<[string, TranscriptEvent, string | null]>([
  ['words', { type: 'said', text: ' two\nlines ' }, 'two\nlines'],
  ['a call', { type: 'tool', id: null, name: 'Bash', input: '{"command":"ls"}' }, '▸ Bash ls'],
  ['a subagent’s call', { type: 'tool', id: null, name: 'Bash', input: '{}', child: true }, '  ↳ ▸ Bash'],
  ['an answer', { type: 'answer', id: null, ok: true, denied: false, output: 'x' }, null],
  ['a failure', { type: 'answer', id: null, ok: false, denied: false, output: 'exit 1' }, '  ✗ exit 1'],
  ['a denial', { type: 'answer', id: null, ok: false, denied: true, output: 'Bash' }, '  ✗ denied: Bash'],
  ['a subagent’s failure', { type: 'answer', id: null, ok: false, denied: false, output: 'exit 1', child: true }, '  ↳   ✗ exit 1'],
  ['a step whose cost is known', sampleStep({ cost: 4500 }), '· $0.0045, 1 in, 1 out'],
  ['a step whose cost is not', sampleStep({ cost: null }), null],
  ['a retry', sampleRetry(), '· the agent repeats the request: 529 overloaded'],
  ['its end', sampleEnded({ cost: 12_000 }), '✓ ended, $0.01'],
  ['its failed end', sampleEnded({ ok: false, message: 'why', cost: 0 }), '✗ ended: why'],
])('%s', (_, event, expected) => {
  expect(shownEvent(event)?.text ?? null).toBe(expected);
});
