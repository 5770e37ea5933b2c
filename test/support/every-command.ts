// Calls for every command of the program, for the stories that cover all commands. It fails if a command is missing here,
// so that nobody can add one and forget it.
import { isDeepStrictEqual } from 'node:util';
import type { Command, RouteMap } from '@stricli/core';
import { root } from '../../src/cli/app.ts';
import type { CliContext } from '../../src/cli/context.ts';

export interface DrivenCommand {
  /** The words that call it, such as `batch create`. */
  readonly name: string;
  /** Whether it accepts --json. */
  readonly json: boolean;
  /** The arguments after its words, for each call. */
  readonly calls: readonly (readonly string[])[];
}

/**
 * The commands in an order in which they make sense. `word` is used wherever a user chooses a word: in titles and names,
 * and in the place of ids, files and patterns, where most commands refuse it. The repository has the tasks t1, t2, t3 and
 * t5, the tier `evil` and the file `body.md`; the folder `word` beside it is a repository as well.
 */
export function everyCommand({ word }: { readonly word: string }): readonly DrivenCommand[] {
  const known = new Map(leaves(root));
  const calls = callsOf(word);
  const [listed, all] = [Object.keys(calls).toSorted(), [...known.keys()].toSorted()];
  if (!isDeepStrictEqual(listed, all))
    throw new Error(`test/support/every-command.ts lists ${listed.join(', ')}; the program has ${all.join(', ')}`);
  return Object.entries(calls).map(([name, own]) => ({ name, json: known.get(name) === true, calls: own }));
}

// A table, which is not made clearer by parts.
// oxlint-disable-next-line eslint/max-lines-per-function
const callsOf = (h: string): Readonly<Record<string, readonly string[][]>> => ({
  init: [['--yes'], ['..'], [h], [`../${h}`]],
  'batch create': [[h], [`${h}2`, '--mcp', h], [`${h}3`, '--role', h]],
  add: [
    [h, '--id', 't8', '--tag', h, '--body', 'body.md', '--model', 'evil'],
    [h, '--id', 't9', '--batch', h],
    ['x', '--batch', `${h}9`],
    ['x', '--model', h],
    ['x', '--id', h],
  ],
  import: [[], [h]],
  mcp: [[], ['--repo', `../${h}`]],
  run: [
    ['--task', 't1', '--task', 't2', '--task', 't3', '--task', 't5'],
    ['--task', h],
    ['--batch', h],
    ['--until', h],
  ],
  pulse: [[]],
  ls: [[], ['--all'], ['--state', h], ['--batch', h]],
  show: [['t1'], ['t2'], ['t3'], ['t5'], ['t8'], [h]],
  status: [[]],
  events: [[], ['--after', '3', '--limit', '2'], ['--after', h]],
  logs: [['t1'], ['t2'], ['t5'], [h]],
  explain: [['t1'], ['t2'], ['t3'], ['t5'], ['t8'], ['t9'], [h]],
  attach: [['t1'], [h]],
  pr: [[], ['t1'], ['--all'], [h]],
  open: [['t1', '--print'], [h]],
  merge: [['t1'], [h]],
  'issues sync': [['--dry-run'], ['--repo', `../${h}`]],
  'issues pull': [[]],
  'issues push': [['t1'], [h]],
  'issues status': [[]],
  'issues resolve': [
    [h, '--keep', 'todo'],
    ['t1', '--keep', h],
    ['t1', '--keep', 'issue', '--field', h],
  ],
  'batch show': [[h]],
  'batch list': [[]],
  'batch add': [
    [h, 't8'],
    [h, h],
  ],
  'batch pause': [[h]],
  'batch resume': [[h]],
  'schedule add': [
    ['0 3 * * *', '--batch', h],
    [h, '--task', 't8'],
    ['0 3 * * *', '--task', h],
  ],
  'schedule list': [[]],
  'schedule remove': [['1'], [h]],
  'budget configure': [
    ['--per-task', h],
    ['--account', `${h}=1`],
  ],
  'budget status': [[]],
  'budget events': [[]],
  'budget check': [
    ['--task', 't1'],
    ['--task', h],
    ['--batch', h],
    ['--account', h],
  ],
  'budget report': [[], ['--csv'], ['--since', h]],
  route: [
    ['--model', h],
    ['--model', 'evil'],
    ['--task', 't1'],
    ['--task', 't3'],
    ['--agent', h],
  ],
  command: [
    ['opencode', 'run', '--model', 'evil', '--prompt', h, '--role', 'none'],
    [h, 'run'],
    ['opencode', h],
  ],
  agents: [[]],
  'accounts add': [[h], ['work', '--secret', `command:${h}`], ['work', '--provider', h]],
  'accounts list': [[]],
  'accounts pause': [[h], ['acme', '--why', h]],
  'accounts resume': [[h]],
  'accounts test': [[], [h]],
  doctor: [[]],
  config: [[], ['--repo', h]],
  trust: [['--show'], ['--yes'], ['--repo', h]],
  setup: [['--project', '--dry-run'], ['--dry-run'], ['--project', '--yes'], ['--agent', h]],
  update: [['--project'], ['--agent', h]],
  parity: [['--project'], ['--agent', h]],
  uninstall: [['--dry-run'], ['--agent', h]],
  cancel: [['t8'], [h]],
  retry: [['t2'], [h]],
  reset: [['t1'], [h]],
  'batch cancel': [[h]],
  reap: [['--dry-run'], []],
  up: [[], ['--print-unit'], [h]],
  down: [[]],
  // The demo makes a stage of its own and uses the real agents, so this call has to be one that is refused.
  demo: [[h]],
  help: [[], [h]],
  version: [[]],
});

/** Every command by the words that call it, and whether it accepts --json. */
function leaves(target: Command<CliContext> | RouteMap<CliContext>, words: readonly string[] = []): [string, boolean][] {
  if ('getAllEntries' in target) return target.getAllEntries().flatMap((one) => leaves(one.target, [...words, one.name.original]));
  return [[words.join(' '), 'json' in (target.parameters.flags ?? {})]];
}
