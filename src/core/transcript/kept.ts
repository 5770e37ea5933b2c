// What of a transcript's texts is stored. All of them stand in the worker's raw output, which goes with the attempt; the
// database keeps what people and the next worker read, and no worker may fill a disk or a command's memory with it.
import type { TranscriptEvent } from './transcript.ts';

/** Characters of one text: some 800 lines of a terminal. */
const longestText = 64 << 10;

/** Characters of all texts of an attempt; a long day of an agent has a tenth of it. */
export const mostText = 16 << 20;

/** Characters of each text from then on: what a verdict reads of the last words stands at their beginning. */
const shortText = 1000;

/** What an event takes beside its text, about. */
const eventSize = 100;

interface Kept {
  readonly events: readonly TranscriptEvent[];
  /** Characters kept of the attempt so far, these included. */
  readonly kept: number;
}

/**
 * Shortens what was read together, after so many characters that were kept before. Past `mostText`, what only tells (words,
 * calls, their answers) is left out but for the last words and the last call: a supervisor that takes over rebuilds its fold from
 * what is stored, and reads those from it. What counts (steps, costs, errors, limits) is never left out.
 */
export function keep(events: readonly TranscriptEvent[], before: number): Kept {
  const all: TranscriptEvent[] = [];
  let kept = before;
  const add = (event: TranscriptEvent, most: number): void => {
    const short = shortened(event, most);
    all.push(short);
    kept = addToKept(kept, short);
  };
  let taken = 0;
  for (const event of events) {
    if (kept > mostText) break;
    add(event, longestText);
    taken += 1;
  }
  if (before <= mostText && kept > mostText) add({ type: 'noted', text: fullText }, longestText);
  for (const event of telling(events.slice(taken))) add(event, shortText);
  return { events: all, kept };
}

const fullText = `${mostText >> 20} Mi characters of this attempt are stored; from here on the last words and the last call of each look, shortened`;

export function addToKept(kept: number, event: TranscriptEvent): number {
  return kept + eventSize + textOf(event).length;
}

/** Without what only tells, except the last words and the last call. */
function telling(events: readonly TranscriptEvent[]): readonly TranscriptEvent[] {
  const last = [events.findLast(({ type }) => type === 'said'), events.findLast(({ type }) => type === 'tool')];
  return events.filter((event) => !onlyTells(event) || last.includes(event));
}

function onlyTells(event: TranscriptEvent): boolean {
  return event.type === 'said' || event.type === 'tool' || event.type === 'noted' || (event.type === 'answer' && !event.denied);
}

/** Where the text of an event stands; those without one are short. */
const fields: Partial<Record<TranscriptEvent['type'], string>> = {
  said: 'text',
  noted: 'text',
  tool: 'input',
  answer: 'output',
  retry: 'message',
  error: 'message',
  ended: 'message',
};

function textOf(event: TranscriptEvent): string {
  const field = fields[event.type];
  return field === undefined ? '' : String(Reflect.get(event, field));
}

function shortened(event: TranscriptEvent, most: number): TranscriptEvent {
  const [field, text] = [fields[event.type], textOf(event)];
  if (field === undefined || text.length <= most) return event;
  const start = text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
  return { ...event, [field]: `${start}… (${text.length - start.length} more characters are not stored)` };
}
