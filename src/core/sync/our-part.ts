// Our part of an issue's body: what the task list says about the task, as people who open the issue want to read it. It is
// made from the list alone, so that nothing in it changes unless the list or the task does. It is shortened where it would
// not fit: first the plan, then the notes.
import { quotedLine, quotedText } from './quoted.ts';
import type { Mark } from '../todo/head.ts';

/** `number`: of the task's issue; null if it has none. */
export interface Neighbour {
  readonly id: string;
  readonly number: number | null;
}

export interface PartFacts {
  readonly id: string;
  /** As people read it, such as `in review`. */
  readonly status: string;
  /** As written in the list: `2h`. */
  readonly estimate: string | null;
  readonly dates: { readonly logged: string | null; readonly started: string | null; readonly completed: string | null };
  readonly tags: readonly string[];
  readonly blockedBy: readonly Neighbour[];
  readonly blocks: readonly Neighbour[];
  readonly subtasks: readonly { readonly id: string; readonly title: string; readonly mark: Mark }[];
  readonly notes: string | null;
  /** `text`: the section of the plan; null if it was not found. */
  readonly plan: { readonly place: string; readonly text: string | null } | null;
}

/** Text of more lines is folded. */
const mostLines = 20;

/** `room`: the most characters. Below about 300 characters it stays longer than asked. */
export function ourPart({ facts, room }: { readonly facts: PartFacts; readonly room: number }): string {
  const first = composed(facts);
  if (first.length <= room) return first;
  const plan = facts.plan?.text ?? '';
  const planRoom = plan.length - (first.length - room) - cutNote.length - 4;
  const short = composed({ ...facts, plan: facts.plan === null ? null : { ...facts.plan, text: cut(plan, planRoom) } });
  if (short.length <= room) return short;
  const bare = { ...facts, plan: null, notes: null };
  const lean = composed(bare);
  if (lean.length <= room) return lean;
  return composed({ ...bare, subtasks: [], tags: [], blockedBy: [], blocks: [] });
}

const cutNote = '\n\n(shortened)';

/** Quoting may lengthen the text, so more is cut than would be needed without it. */
function cut(text: string, room: number): string | null {
  if (room < 200) return null;
  return `${text.slice(0, Math.floor(room * 0.8)).replace(/[\uD800-\uDBFF]$/, '')}${cutNote}`;
}

function composed(facts: PartFacts): string {
  const { id, status, estimate, dates, tags, blockedBy, blocks, subtasks, notes, plan } = facts;
  const dated = Object.entries(dates).flatMap(([name, date]) => (date === null ? [] : named(name, quotedLine(date))));
  const head = [named('task', `\`${id}\``), named('status', status), ...(estimate === null ? [] : [named('estimate', `~${estimate}`)])];
  const lines = [
    head.join(' · '),
    dated.join(' · '),
    tags.length === 0 ? '' : named('tags', tags.map((tag) => `\`${tag}\``).join(' ')),
    blockedBy.length === 0 ? '' : named('blocked by', blockedBy.map(neighbour).join(', ')),
    blocks.length === 0 ? '' : named('blocks', blocks.map(neighbour).join(', ')),
  ].filter((line) => line !== '');
  const sections = [
    `---\n${lines.join('\\\n')}`,
    subtasks.length === 0 ? '' : `**Subtasks**\n\n${subtasks.map(subtask).join('\n')}`,
    notes === null ? '' : folded({ title: 'Notes', text: quotedText(notes) }),
    plan === null ? '' : planSection(plan),
    footer,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

const footer =
  '<sub>Yardmaster keeps this part from TODO.md. Write above it: your text, the title, labels, and closing or reopening the issue flow back.</sub>';

function named(name: string, value: string): string {
  return `**${name.charAt(0).toUpperCase()}${name.slice(1)}** ${value}`;
}

/** A known issue is named on purpose, so that the forge links the two. */
function neighbour({ id, number }: Neighbour): string {
  return number === null ? `\`${id}\`` : `\`${id}\` (#${number})`;
}

function subtask({ id, title, mark }: PartFacts['subtasks'][number]): string {
  const text = `\`${id}\` ${quotedLine(title)}`;
  if (mark === 'declined') return `- ~~${text.replaceAll('~~', '~\u200b~')}~~ (declined)`;
  return `- [${mark === 'done' ? 'x' : ' '}] ${text}`;
}

function planSection({ place, text }: NonNullable<PartFacts['plan']>): string {
  const title = `Plan: ${quotedLine(place)}`;
  return text === null ? `**${title}**` : folded({ title, text: quotedText(text) });
}

function folded({ title, text }: { title: string; text: string }): string {
  if (text.split('\n').length <= mostLines) return `**${title}**\n\n${text}`;
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;
}
