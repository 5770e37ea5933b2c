// Reads check runs, jobs of GitHub Actions and commit statuses as checks. The id of a check says what it is: `job:` and its
// run, `run:` for a check of another app, `status:`, or `expected:` for a required check that has not reported yet.
import type { Check } from '../../../core/delivery/pull-facts.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import { instantOf } from '../pulls/pull.ts';

const green = new Set(['success', 'neutral', 'skipped']);
/** The machine's fault, more likely than the code's. */
const byMachine = new Set(['cancelled', 'timed_out', 'startup_failure', 'stale']);

export function checkOfRun(value: unknown): Check | null {
  const run = fields(value);
  const [id, name] = [run?.['id'], text(run?.['name'])];
  if (run === null || typeof id !== 'number' || name === null) return null;
  const url = text(run['details_url']) ?? text(run['html_url']);
  const actions = /\/actions\/runs\/(\d+)\/job\/(\d+)/.exec(url ?? '');
  const isJob = fields(run['app'])?.['slug'] === 'github-actions';
  return {
    id: isJob ? `job:${actions?.[2] ?? id}:${actions?.[1] ?? ''}` : `run:${id}`,
    ...{ name, url, required: null },
    ...endOf(run),
    canRerun: isJob || fields(run['app']) !== null,
  };
}

export function checkOfJob(value: unknown): Check | null {
  const job = fields(value);
  const [id, name] = [job?.['id'], text(job?.['name'])];
  if (job === null || typeof id !== 'number' || name === null) return null;
  const run = job['run_id'];
  return {
    id: `job:${id}:${typeof run === 'number' ? run : ''}`,
    name,
    url: text(job['html_url']),
    required: null,
    ...endOf(job),
    canRerun: true,
  };
}

export function checkOfStatus(value: unknown): Check | null {
  const status = fields(value);
  const [id, name, state] = [status?.['id'], text(status?.['context']), text(status?.['state'])];
  if (status === null || typeof id !== 'number' || name === null || state === null) return null;
  return {
    ...{ id: `status:${id}`, name, url: text(status['target_url']), required: null, canRerun: false },
    startedAt: instantOf(status['created_at']),
    state: state === 'success' ? 'green' : state === 'pending' ? 'pending' : 'red',
    byMachine: state === 'error',
  };
}

/** What is not completed is pending, and what ended in no way that we know is red. */
function endOf(run: Fields): Pick<Check, 'state' | 'byMachine' | 'startedAt'> {
  const startedAt = instantOf(run['started_at']);
  if (run['status'] !== 'completed') return { state: 'pending', byMachine: false, startedAt };
  const conclusion = text(run['conclusion']) ?? '';
  return { state: green.has(conclusion) ? 'green' : 'red', byMachine: byMachine.has(conclusion), startedAt };
}
