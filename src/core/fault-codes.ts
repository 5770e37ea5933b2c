// The closed list of codes of faults. Each says what follows, and what the program itself makes of it.
// A code is stable: people script against it.
import type { FailureKind } from './task/failure.ts';

/**
 * What follows for whoever met the fault:
 * `later`      the same may work after a while, although nobody does anything
 * `elsewhere`  it does not work here, but with another account or at another terminal it may at once
 * `person`     the same works once a person has done as the hint says
 * `never`      the same does not work however often it is tried: something else has to be asked for
 */
type Follows = 'later' | 'elsewhere' | 'person' | 'never';

interface FaultRule {
  readonly follows: Follows;
  /** How an attempt fails when a step of ours for it fails with this fault. Without it, the fault says nothing of the attempt's work. */
  readonly failure?: FailureKind;
  /** Where a site cannot be made because of it, no other task of the repository would get one: the repository is set aside. */
  readonly hindersAllSites?: true;
  /** Where a site cannot be removed because of it, what stands there is not the task's: it is left alone and no longer looked at. */
  readonly notOurs?: true;
  /** The database takes nothing any more, so that not even the end of a worker can be stored. */
  readonly storesNothing?: true;
}

// One line each, so that the list reads as the table that it is.
// oxfmt-ignore
const rules = {
  // What was asked for.
  'ambiguous-task': { follows: 'never' },
  'batch-exists': { follows: 'never' },
  cron: { follows: 'never' },
  'illegal-move': { follows: 'never' },
  'no-output': { follows: 'never' },
  'task-exists': { follows: 'never' },
  'todo-token-invalid': { follows: 'never' },
  'unknown-account': { follows: 'never' },
  'unknown-attempt': { follows: 'never' },
  'unknown-batch': { follows: 'never' },
  'unknown-schedule': { follows: 'never' },
  'unknown-task': { follows: 'never' },
  unsupported: { follows: 'never' },
  usage: { follows: 'never' },
  // The terminal, and who sits there.
  'body-unreadable': { follows: 'person' },
  interrupted: { follows: 'person' },
  'no-folder': { follows: 'person' },
  'no-terminal': { follows: 'elsewhere' },
  // The configuration, and what of it a route can be made of.
  'agent-not-installed': { follows: 'person' },
  budget: { follows: 'later' },
  config: { follows: 'person' },
  'environment-missing': { follows: 'person', failure: 'misconfigured' },
  'models-overloaded': { follows: 'later' },
  'no-account': { follows: 'person' },
  'no-agent': { follows: 'person' },
  'no-place': { follows: 'person' },
  'not-notified': { follows: 'person' },
  pause: { follows: 'person' },
  'provider-down': { follows: 'later' },
  'provider-not-served': { follows: 'person' },
  'relative-home': { follows: 'person' },
  'unknown-agent': { follows: 'person' },
  'unknown-mcp': { follows: 'person' },
  'unknown-model': { follows: 'person' },
  'unknown-role': { follows: 'person' },
  untrusted: { follows: 'person' },
  // Accounts and their secrets.
  'account-out': { follows: 'elsewhere' },
  'billing-mismatch': { follows: 'person' },
  'secret-exposed': { follows: 'elsewhere', failure: 'auth' },
  'secret-failed': { follows: 'elsewhere', failure: 'auth' },
  'secret-missing': { follows: 'elsewhere', failure: 'auth' },
  // The agents' own configurations.
  'changed-meanwhile': { follows: 'later' },
  incomplete: { follows: 'person' },
  manifest: { follows: 'person' },
  'not-read': { follows: 'person' },
  'not-written': { follows: 'person' },
  // Supervisors and workers.
  'launch-failed': { follows: 'later', failure: 'never-started' },
  'not-down': { follows: 'person' },
  'not-ended': { follows: 'later' },
  'not-up': { follows: 'person' },
  'place-unreachable': { follows: 'later' },
  'schedule-missed': { follows: 'person' },
  stopped: { follows: 'later' },
  unexpected: { follows: 'person' },
  // The database.
  'database-busy': { follows: 'later' },
  'database-full': { follows: 'person', storesNothing: true },
  'database-too-new': { follows: 'person' },
  'database-unreadable': { follows: 'person' },
  'database-unwritable': { follows: 'person', storesNothing: true },
  'older-version-at-work': { follows: 'person' },
  // The machine.
  'disk-full': { follows: 'later', failure: 'disk-full' },
  'git-missing': { follows: 'person' },
  'read-only': { follows: 'later', failure: 'repository-away' },
  system: { follows: 'person', hindersAllSites: true },
  'too-many-files': { follows: 'person' },
  // TODO.md.
  'no-todo': { follows: 'person' },
  'todo-busy': { follows: 'later' },
  'todo-changed': { follows: 'later' },
  'todo-too-large': { follows: 'person' },
  'todo-unreadable': { follows: 'person' },
  'todo-unwritable': { follows: 'person' },
  // The repository and its remote.
  'base-missing': { follows: 'person', failure: 'repository' },
  'detached-head': { follows: 'later', failure: 'repository-away' },
  'empty-repository': { follows: 'later', failure: 'repository-away' },
  'fetch-failed': { follows: 'later', failure: 'repository-away' },
  'filter-missing': { follows: 'person', failure: 'repository' },
  'git-failed': { follows: 'later', hindersAllSites: true },
  'needs-person': { follows: 'person', failure: 'repository' },
  'no-repository': { follows: 'person' },
  'not-a-repository': { follows: 'later', failure: 'repository-away', notOurs: true },
  'not-signed': { follows: 'person', failure: 'repository' },
  unreachable: { follows: 'later', failure: 'repository-away' },
  'unusable-repository': { follows: 'later', failure: 'repository-away', notOurs: true },
  // The site of a task.
  'not-a-worktree': { follows: 'person', notOurs: true },
  'not-committed': { follows: 'later', failure: 'leftovers' },
  'not-preserved': { follows: 'person' },
  'not-taken': { follows: 'later', failure: 'leftovers' },
  'secret-in-work': { follows: 'person', failure: 'secret-in-work' },
  'worktree-failed': { follows: 'later', failure: 'worktree', hindersAllSites: true },
} as const satisfies Record<string, FaultRule>;

export type FaultCode = keyof typeof rules;

export const faultCodes = Object.keys(rules) as FaultCode[];

export function faultRule(code: FaultCode): FaultRule {
  return rules[code];
}
