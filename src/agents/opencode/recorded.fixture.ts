// Runs of the real binary against the scripted model server, through this adapter's own commands. Of the longer lines
// fields that no rule reads were left out; folders and ports were replaced.
import { readFileSync } from 'node:fs';
import type { RecordedRun } from '../../ports/agent.samples.ts';
import type { TranscriptEvent } from '../../core/transcript/transcript.ts';
import { opencode } from './adapter.ts';

export const recorded = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8')) as Record<string, RecordedRun> & {
  readonly work: RecordedRun;
};

export function runOf(name: string): RecordedRun {
  const run = recorded[name];
  if (run === undefined) throw new Error(`no run "${name}" was recorded`);
  return run;
}

export function eventsOf(run: RecordedRun): TranscriptEvent[] {
  return run.stdout.flatMap((line) => [...opencode.events(line)]);
}
