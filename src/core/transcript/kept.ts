// Limits how much of a transcript's text is stored. All of the text is in the worker's raw output, which is kept as long as
// the attempt. The database keeps what people and the next worker read, so no worker can fill the disk or a command's
// memory with it.
import type { TranscriptEvent } from './transcript.ts';

/** Characters of one text: about 800 lines of a terminal. */
const longestText = 64 << 10;

/** Characters of all texts of an attempt together. A long working day of an agent uses a tenth of it. */
export const mostText = 16 << 20;

/** Characters of each text after that limit. What a verdict reads in the last words is at their beginning. */
const shortText = 1000;

/** The approximate size of an event without its text. */
const eventSize = 100;

interface Kept {
  readonly events: readonly TranscriptEvent[];
  /** How many characters of the attempt are stored so far, including these. */
  readonly kept: number;
}

/**
 * Shortens events that were read together; `before` is how many characters of the attempt are stored already. Past
 * `mostText`, events that only inform (text, calls, their answers) are left out, except for the last text and the last
 * call: a supervisor that takes over rebuilds its tally from the stored events, and needs those two. Events that count
 * (steps, costs, errors, limits) are never left out.
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
  for (const event of essentialOf(events.slice(taken))) add(event, shortText);
  return { events: all, kept };
}

const fullText = `${mostText >> 20} Mi characters of this attempt are stored; from here on, each reading of the output adds only the last text and the last call, shortened`;

export function addToKept(kept: number, event: TranscriptEvent): number {
  return kept + eventSize + textOf(event).length;
}

/** The events without those that only inform, except for the last text and the last call. */
function essentialOf(events: readonly TranscriptEvent[]): readonly TranscriptEvent[] {
  const last = [events.findLast(({ type }) => type === 'said'), events.findLast(({ type }) => type === 'tool')];
  return events.filter((event) => !onlyTells(event) || last.includes(event));
}

function onlyTells(event: TranscriptEvent): boolean {
  return event.type === 'said' || event.type === 'tool' || event.type === 'noted' || (event.type === 'answer' && !event.denied);
}

/** The field that holds an event's text. Events that are not listed are short. */
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
