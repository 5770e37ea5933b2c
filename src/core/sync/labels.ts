// The labels of an issue: which of them are tags of the task's line, which are ours, and which are none of our business and
// stay. Of the labels that tell the status there is always exactly one.
import { autoDispatch, isToken } from '../todo/words.ts';
import { sorted } from './fields.ts';

export const statuses = ['available', 'queued', 'claimed', 'in-review', 'blocked', 'verify-failed', 'done'] as const;
export type Status = (typeof statuses)[number];

/** What a task's state is to those who look at the issue. */
export interface StatusFacts {
  /** The state of the stored task; null for a line that nobody has asked to dispatch. */
  readonly state: 'queued' | 'running' | 'delivered' | 'done' | 'blocked' | 'failed' | 'cancelled' | null;
  readonly verifyFailed: boolean;
  readonly isClosed: boolean;
}

export function statusOf({ state, verifyFailed, isClosed }: StatusFacts): Status {
  switch (state) {
    case 'queued':
      return 'queued';
    case 'running':
      return 'claimed';
    case 'delivered':
      return 'in-review';
    case 'blocked':
      return verifyFailed ? 'verify-failed' : 'blocked';
    // A failed task needs a person, so it is blocked to everybody else.
    case 'failed':
      return 'blocked';
    // Only the line says whether a task is still done. A tick may be lost by git or taken back by a person, and whoever syncs
    // without the stored task must come to the same answer.
    case 'done':
    case 'cancelled':
    case null:
      return isClosed ? 'done' : 'available';
  }
}

const byTag: ReadonlyMap<string, string> = new Map([
  ['feat', 'enhancement'],
  ['docs', 'documentation'],
]);
const byLabel: ReadonlyMap<string, string> = new Map([...byTag].map(([tag, label]) => [label, tag]));
const ours = /^(?:status|dispatched|implemented):/i;
/** The forge refuses longer names. */
const longestLabel = 50;

/** The common name of a tag; null for a tag that can be no label, or would be one of ours. */
function labelOfTag(tag: string): string | null {
  const name = tag.toLowerCase();
  return ours.test(name) || name.length > longestLabel || name.includes(',') ? null : (byTag.get(name) ?? name);
}

/**
 * The tag that a label becomes; null for a label that can be no tag, and for ours. A label must not dispatch a task because
 * it happens to be named like the tag that does: only the label for intake stands for that one.
 */
function tagOfLabel(label: string): string | null {
  const name = label.toLowerCase();
  const tag = byLabel.get(name) ?? name;
  return !ours.test(name) && tag !== autoDispatch && isToken({ text: `#${tag}`, name: 'tag', ids: 't' }) ? tag : null;
}

/** Tags and labels in their common form. `intake`: the label that stands for `#auto-dispatch`. */
export function tagsOfLine(given: { readonly tags: readonly string[]; readonly intake: string }): readonly string[] {
  return sorted(given.tags.flatMap((tag) => (tag === autoDispatch ? given.intake.toLowerCase() : (labelOfTag(tag) ?? []))));
}

export function tagsOfIssue(given: { readonly labels: readonly string[]; readonly intake: string }): readonly string[] {
  const intake = given.intake.toLowerCase();
  return sorted(
    given.labels.flatMap((label) => {
      const name = label.toLowerCase();
      return name === intake || tagOfLabel(name) !== null ? name : [];
    }),
  );
}

/** How a common name is written in the line. */
export function tagToWrite({ name, intake }: { readonly name: string; readonly intake: string }): string {
  return name === intake.toLowerCase() ? autoDispatch : (byLabel.get(name) ?? name);
}

export interface LabelFacts {
  readonly now: readonly string[];
  /** The tags that the issue should have, in their common form. */
  readonly tags: readonly string[];
  readonly intake: string;
  readonly status: Status;
  /** Tiers, as they happened: `dispatched:sonnet`. */
  readonly dispatched: string | null;
  readonly implemented: string | null;
}

/** All labels that the issue should have. Those that people wrote keep their spelling and their place. */
export function labelsFor({ now, tags, intake, status, dispatched, implemented }: LabelFacts): readonly string[] {
  const wanted = [
    ...tags,
    `status:${status}`,
    ...(dispatched === null ? [] : [`dispatched:${dispatched}`]),
    ...(implemented === null ? [] : [`implemented:${implemented}`]),
  ];
  const tagsNow = tagsOfIssue({ labels: now, intake });
  const kept = now.filter((label) => {
    const name = label.toLowerCase();
    return tagsNow.includes(name) ? tags.includes(name) : !name.startsWith('status:') || name === `status:${status}`;
  });
  const names = new Set(kept.map((label) => label.toLowerCase()));
  return [...kept, ...wanted.filter((label) => !names.has(label.toLowerCase()))];
}
