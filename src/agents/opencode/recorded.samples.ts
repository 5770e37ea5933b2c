import { recordedRuns } from '../../ports/recorded-runs.samples.ts';
import { opencode } from './adapter.ts';

export const { recorded, runOf, eventsOf, outcomeOf } = recordedRuns({ agent: opencode, folder: import.meta.dirname });
