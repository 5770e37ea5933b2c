import { recordedRuns } from '../../ports/recorded-runs.samples.ts';
import { claude } from './adapter.ts';

export const { recorded, runOf, eventsOf, outcomeOf } = recordedRuns({ agent: claude, folder: import.meta.dirname });
