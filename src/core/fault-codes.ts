// The closed list of fault codes: what follows from each, and what the program itself does about it. Codes are stable,
// because people's scripts depend on them.
import type { FailureKind } from './task/failure.ts';

/**
 * What follows for the caller:
 * `later`      the same action may work after a while, without anybody doing anything
 * `elsewhere`  the action does not work here, but may work at once with another account or at another terminal
 * `person`     the action works once a person has followed the hint
 * `never`      the action never works, however often it is tried: something else has to be asked for
 */
type Follows = 'later' | 'elsewhere' | 'person' | 'never';

interface FaultRule {
  readonly follows: Follows;
  /**
   * How an attempt fails if one of our own steps for it ends with this fault. Absent: the fault says nothing about the
   * attempt's work.
   */
  readonly failure?: FailureKind;
  /**
   * A site cannot be made because of this fault, and no other task of the repository would get one either: the repository
   * is set aside.
   */
  readonly hindersAllSites?: true;
  /**
   * A site cannot be removed because the folder found there is not the task's: it is left alone, and no later pass looks
   * at it.
   */
  readonly notOurs?: true;
  /** The database accepts no writes any more, so not even the end of a worker can be stored. */
  readonly storesNothing?: true;
}

// One line per code, so the list reads as a table.
// oxfmt-ignore
const rules = {
  // The request.
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
  'unknown-pull-request': { follows: 'never' },
  'unknown-schedule': { follows: 'never' },
  'unknown-task': { follows: 'never' },
  unsupported: { follows: 'never' },
  usage: { follows: 'never' },
  // The terminal and its user.
  'body-unreadable': { follows: 'person' },
  interrupted: { follows: 'person' },
  'no-folder': { follows: 'person' },
  'no-terminal': { follows: 'elsewhere' },
  // The configuration, and the routes that it allows.
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
  'todo-conflicted': { follows: 'person' },
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
  // The forge: the service that has the pull requests.
  'forge-away': { follows: 'later' },
  'forge-gone': { follows: 'person' },
  'forge-limited': { follows: 'later' },
  'forge-refused': { follows: 'person' },
  'issues-busy': { follows: 'later' },
  'no-conflict': { follows: 'never' },
  'no-forge': { follows: 'person' },
  'no-issue': { follows: 'person' },
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
