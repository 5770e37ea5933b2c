// `issues sync|pull|push|status|resolve`: TODO.md and the issues of the forge.
import { issuesStatus, issuesView, resolveConflicts, syncIssues, syncView, type IssuesAsk } from '../../api/issues.ts';
import { conflictCommand, conflictText } from '../../core/sync/conflict-words.ts';
import type { Field } from '../../core/sync/fields.ts';
import type { Side } from '../../core/sync/merge-fields.ts';
import type { Pending } from '../../core/sync/pending.ts';
import type { SyncFacts } from '../../core/sync/sync-facts.ts';
import type { SyncOutcome } from '../../ports/issue-sync.ts';
import type { World } from '../../supervisor/world.ts';
import { openPorts } from '../compose.ts';
import { exitCodes, printJson, refuse, type CliContext } from '../context.ts';
import { registeredRepo } from '../registered.ts';
import { makeWorld } from '../world.ts';

export interface SyncFlags {
  readonly json?: boolean;
  readonly repo?: string;
  readonly dryRun?: boolean;
}

export interface ResolveFlags extends SyncFlags {
  readonly keep: Side;
  readonly field?: Field;
}

export function sync(this: CliContext, flags: SyncFlags): Promise<void> {
  return carriedOver(this, { flags, flows: 'both', ids: [] });
}

export function pull(this: CliContext, flags: SyncFlags): Promise<void> {
  return carriedOver(this, { flags, flows: 'todo', ids: [] });
}

export function push(this: CliContext, flags: SyncFlags, ...ids: string[]): Promise<void> {
  return carriedOver(this, { flags, flows: 'issue', ids });
}

export function status(this: CliContext, flags: { readonly json?: boolean; readonly repo?: string }): Promise<void> {
  return within(this, flags, async (world, ask) => {
    const outcome = await issuesStatus(world, ask);
    if (flags.json === true) return printJson(this, issuesView(outcome));
    const { synced, pending } = outcome;
    this.out.write(`${synced} ${synced === 1 ? 'task is' : 'tasks are'} the same as ${synced === 1 ? 'its issue' : 'their issues'}\n`);
    for (const one of pending) this.out.write(`waits: ${pendingText(one)}\n`);
    tell(this, outcome);
  });
}

export function resolve(this: CliContext, flags: ResolveFlags, id: string): Promise<void> {
  return within(this, flags, async (world, ask) => {
    const { keep, field = null, dryRun = false } = flags;
    const { outcome, resolved } = await resolveConflicts(world, { ...ask, id, keep, field, dryRun });
    if (flags.json === true) printJson(this, syncView(outcome));
    else
      for (const one of resolved)
        this.out.write(
          `${dryRun ? 'would keep' : 'kept'} the ${one.field} of ${keep === 'todo' ? 'TODO.md' : `issue #${one.number}`} for ${id}\n`,
        );
    leftOver(this, outcome);
  });
}

async function carriedOver(
  context: CliContext,
  given: { readonly flags: SyncFlags; readonly flows: SyncFacts['flows']; readonly ids: readonly string[] },
): Promise<void> {
  const { flags, flows, ids } = given;
  const dryRun = flags.dryRun === true;
  await within(context, flags, async (world, ask) => {
    const outcome = await syncIssues(world, { ...ask, flows, ids, dryRun });
    if (flags.json === true) printJson(context, syncView(outcome));
    else {
      for (const one of outcome.done) context.out.write(`${dryRun ? 'would: ' : ''}${pendingText(one)}\n`);
      if (outcome.done.length === 0) context.err.write('nothing to do\n');
      tell(context, outcome);
    }
    leftOver(context, outcome);
  });
}

async function within(
  context: CliContext,
  flags: { readonly repo?: string },
  work: (world: World, ask: IssuesAsk) => Promise<void>,
): Promise<void> {
  const opened = await openPorts(context);
  const controller = new AbortController();
  const interrupt = context.onInterrupt(() => {
    context.exit = exitCodes.interrupted;
    controller.abort();
  });
  try {
    const repo = await registeredRepo(context, { store: opened.ports.store, dir: flags.repo });
    const made = await makeWorld(context, { opened, scope: { repo, batch: null, named: null }, flags: {}, emit: () => undefined });
    try {
      await work(made.world, { repo, signal: controller.signal });
    } finally {
      made.end();
    }
  } finally {
    interrupt.stop();
    await opened.end();
  }
}

const fieldNames: Readonly<Partial<Record<Pending['field'], string>>> = {
  body: 'text',
  blockedBy: 'dependencies',
  ref: 'reference to its issue',
  ours: 'labels and our part of the text',
};

function pendingText({ task, number, direction, field }: Pending): string {
  const issue = number === null ? 'a new issue' : `#${number}`;
  if (field === 'line') return `${issue} → a new line ${task}`;
  if (field === 'issue') return `${task} → a new issue`;
  if (field === 'task') return `${issue} → the state of the task ${task}`;
  const name = fieldNames[field] ?? field;
  return direction === 'to-todo' ? `${issue} → ${task}: ${name}` : `${task} → ${issue}: ${name}`;
}

/** What a person has to decide. */
function tell(context: CliContext, { conflicts, notices }: SyncOutcome): void {
  for (const one of conflicts) {
    context.out.write(`conflict: ${conflictText(one)}${one.base === null ? '' : `; before, both said “${one.base}”`}\n`);
    context.out.write(`  → ${conflictCommand(one)}\n`);
  }
  for (const { message, hint } of notices) context.err.write(`${message}\n  → ${hint}\n`);
}

function leftOver(context: CliContext, { left }: SyncOutcome): void {
  for (const { task, why } of left) context.err.write(`${task} was left out: ${why}\n`);
  if (left.length > 0) refuse(context, 'run it again for what was left out');
}
