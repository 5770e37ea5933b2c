// Short forms of events for the tests of the tally.
import { sampleStep, sampleTokens } from '../core.samples.ts';
import type { Sum } from './tally.ts';
import type { TranscriptEvent } from './transcript.ts';

export const sum = (each: number): Sum => ({ cost: each, tokens: sampleTokens(each) });
export const step = (id: string | null, each: number): TranscriptEvent => sampleStep({ id, ...sum(each) });
export const child = (session: string, each: number): TranscriptEvent => ({ type: 'child', session, ...sum(each) });
export const started = (session: string | null, model: string | null = null, keySource: string | null = null): TranscriptEvent => ({
  type: 'started',
  session,
  model,
  version: null,
  keySource,
  servers: [],
});
export const tool = (id: string | null, name: string): TranscriptEvent => ({ type: 'tool', id, name, input: '' });
export const answer = (id: string | null, denied: boolean): TranscriptEvent => ({ type: 'answer', id, ok: !denied, denied, output: '' });
