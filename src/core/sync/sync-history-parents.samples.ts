// Parents of issues in random histories. A sync must not change a parent that a person has set, and not set one again that a
// person has removed, until the line gets another parent. Untouched by people, an issue has the parent that the list says.
import { parseTodo, type TodoTask } from '../todo/line.ts';
import { trustedMarker } from './intake.ts';
import { numberOf } from './pair-up.ts';
import type { Issue } from './sync-facts.ts';
import type { World } from './sync-world.samples.ts';

/** Of an issue: the parent at the forge, the one that the list wants, and the one that the marker remembers. */
interface ParentSides {
  readonly present: Issue['parent'];
  readonly wanted: Issue['parent'];
  readonly last: Issue['parent'];
  readonly hasLine: boolean;
}

export type Parents = ReadonlyMap<number, ParentSides>;

export interface ParentsLedger {
  /** Issues whose parent a person has removed, while the list and the marker agreed. */
  readonly removed: Set<number>;
  /** Issues whose parent a person has ever changed at the forge. */
  readonly touched: Set<number>;
}

/** The issues of lines, as far as they are there. */
export function issueNumbers({ issues }: World, lines: readonly TodoTask[]): ReadonlyMap<string, number> {
  return new Map(
    lines.flatMap((todo) => {
      const number = numberOf(todo);
      return number !== null && issues.has(number) ? [[todo.id, number] as const] : [];
    }),
  );
}

export function parentsOf(world: World): Parents {
  const lines = parseTodo({ text: world.text, ids: 't' }).tasks;
  const numbers = issueNumbers(world, lines);
  const wanted = new Map(lines.map(({ id, parent }) => [numbers.get(id), parent === null ? undefined : numbers.get(parent)]));
  return new Map(
    [...world.issues.values()].map((issue) => {
      const last = trustedMarker({ issue, policy: world.policy })?.base.parents?.[0] ?? 'none';
      return [issue.number, { present: issue.parent, wanted: wanted.get(issue.number) ?? 'none', last, hasLine: wanted.has(issue.number) }];
    }),
  );
}

export function watchParents(given: { ledger: ParentsLedger; by: 'person' | 'sync'; before: Parents; after: Parents; what: string }): void {
  const { ledger, by, before, after, what } = given;
  for (const [number, is] of after) {
    const was = before.get(number);
    if (was === undefined || is.wanted !== was.wanted) ledger.removed.delete(number);
    if (was === undefined || is.present === was.present) continue;
    if (by === 'person') {
      ledger.touched.add(number);
      ledger.removed.delete(number);
      if (is.present === 'none' && is.wanted === is.last) ledger.removed.add(number);
      continue;
    }
    if (was.present !== 'none' && was.present !== was.last)
      throw new Error(`${what} has overwritten the parent of #${number} that a person set: ${was.present} → ${is.present}`);
    // An older copy may say something that was never synced.
    if (ledger.removed.delete(number) && !what.startsWith('stale'))
      throw new Error(`${what} has set the parent of #${number} again that a person removed: ${is.present}`);
  }
}

/** Issues that nobody but the sync has moved, and that do not have the parent that the list says. */
export function wrongParents({ world, ledger }: { readonly world: World; readonly ledger: ParentsLedger }): ReadonlyMap<number, string> {
  const wrong = [...parentsOf(world)].filter(
    ([number, { present, wanted, hasLine }]) => hasLine && present !== wanted && !ledger.touched.has(number) && !world.refused.has(number),
  );
  return new Map(wrong.map(([number, { present, wanted }]) => [number, `parent of #${number}: ${wanted} | ${present}`]));
}

/** A line becomes a subtask, of the line above or by a token, or one no longer. */
export function moveLine(world: World, { todo, b }: { readonly todo: TodoTask; readonly b: number }): void {
  const all = world.text.split('\n');
  const at = todo.line - 1;
  const raw = all[at] ?? '';
  if (b % 3 === 0) {
    all[at] = / parent:t\d+/.test(raw) ? raw.replace(/ parent:t\d+/, '') : raw.replace(/- \[.\] \S+/, `$& parent:t${1 + (b % 4)}`);
    world.text = all.join('\n');
    return;
  }
  const indent = /^ */.exec(raw)?.[0].length ?? 0;
  const isSubtask = indent > 0;
  if (!isSubtask && !all.slice(0, at).some((line) => line.startsWith('- ['))) return;
  const next = all.findIndex((line, index) => index > at && new RegExp(`^ {0,${indent}}- \\[`).test(line));
  const end = next === -1 ? all.length - 1 : next;
  world.text = all
    .map((line, index) => (index < at || index >= end || line === '' ? line : isSubtask ? line.replace(/^ {1,2}/, '') : `  ${line}`))
    .join('\n');
}
