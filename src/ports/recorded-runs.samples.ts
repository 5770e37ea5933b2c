// Runs of an agent's real program against the scripted model server, through its adapter's own commands, as the adapter
// stores them in `recorded.json`. Fields that no rule reads were removed from the longer lines; folders and ports were
// replaced.
import { readFileSync } from 'node:fs';
import { tallyOf } from '../core/transcript/tally.ts';
import type { Outcome, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { Agent } from './agent.ts';
import type { AgentSamples, RecordedRun } from './agent.samples.ts';

export interface RecordedRuns {
  readonly recorded: AgentSamples['recorded'];
  readonly runOf: (name: string) => RecordedRun;
  readonly eventsOf: (run: RecordedRun) => TranscriptEvent[];
  readonly outcomeOf: (name: string) => Outcome;
}

/** `folder`: the folder of the adapter. */
export function recordedRuns({ agent, folder }: { readonly agent: Agent; readonly folder: string }): RecordedRuns {
  const recorded = JSON.parse(readFileSync(`${folder}/recorded.json`, 'utf8')) as RecordedRuns['recorded'];
  const runOf = (name: string): RecordedRun => {
    const run = recorded[name];
    if (run === undefined) throw new Error(`no run "${name}" was recorded`);
    return run;
  };
  const eventsOf = (run: RecordedRun): TranscriptEvent[] => run.stdout.flatMap((line) => [...agent.events(line)]);
  const outcomeOf = (name: string): Outcome => {
    const run = runOf(name);
    return agent.outcome({ ...run, tally: tallyOf(eventsOf(run)) });
  };
  return { recorded, runOf, eventsOf, outcomeOf };
}
