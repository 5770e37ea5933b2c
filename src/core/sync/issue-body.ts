// The body of an issue: the person's text, and our part between two markers. Of the person's text no byte changes, unless
// the text itself is set. Whatever people do to the markers (copy them, delete one, write between them), no text of theirs
// is lost and none of ours is left twice: the marker holds hashes of the lines that we wrote, so all others are theirs.
import { commonBody, hashOf, type Hash } from './fields.ts';
import { isRecord, readSnapshot, type Snapshot } from './snapshot.ts';

/** In UTF-16 units, which is at least as much as the forge counts. */
export const largestIssueBody = 65_536;

/** What the marker says about the issue. */
export interface Marker {
  /** `acme/app`: an issue that was transferred here brings the marker of another repository with it. */
  readonly repo: string;
  readonly task: string;
  readonly base: Snapshot;
  /** Whether we assigned ourselves, because the task is worked on. */
  readonly assigned: boolean;
}

export interface IssueBody {
  /** The person's text above and below our part, byte for byte. */
  readonly above: string;
  readonly below: string;
  /** Whether our part is there once, and nobody has written in it. */
  readonly isWhole: boolean;
}

const begin = /^[ \t]*<!-- yardmaster:begin (\{.*\}) -->[ \t]*(?:\r\n|\r|\n|$)/m;
const end = /^[ \t]*<!-- yardmaster:end -->[ \t]*(?:\r\n|\r|\n|$)/m;
const anyMarker = new RegExp(`${begin.source}|${end.source}`, 'gm');

interface Found {
  readonly what: 'begin' | 'end';
  readonly start: number;
  readonly end: number;
  readonly json: string;
}

/** `rendered`: our part as it would be now, by which our lines are known where the marker that knew them was deleted. */
export function readIssueBody({ body, rendered }: { readonly body: string; readonly rendered: () => string }): IssueBody {
  const found = Array.from(body.matchAll(anyMarker), (match): Found => {
    const [text, json] = match;
    return { what: json === undefined ? 'end' : 'begin', start: match.index, end: match.index + text.length, json: json ?? '' };
  });
  const [first] = found;
  if (first === undefined) return { above: body, below: '', isWhole: false };
  const known = found.every(({ json }) => readMarker(json) === null) ? linesOf(rendered()) : new Set<Hash>();
  const last = found[1];
  const isWhole = found.length === 2 && first.what === 'begin' && last?.what === 'end';
  const inside = isWhole ? body.slice(first.end, last.start) : '';
  const theirs = isWhole ? othersIn(inside, ownLines(first, known)) : '';
  if (isWhole && theirs === '') return { above: body.slice(0, first.start), below: body.slice(last.end), isWhole };
  return { ...repaired({ body, found, known }), isWhole: false };
}

/** Of several markers the newest; null if there is none, or if none can be read. */
export function markerIn(body: string): Marker | null {
  const markers = Array.from(body.matchAll(anyMarker), ([, json]) => readMarker(json ?? '')?.marker ?? null);
  return markers.reduce((most, one) => (one !== null && (most === null || one.base.rev > most.base.rev) ? one : most), null);
}

/** Our lines are taken out around every marker; what is left is the person's. */
function repaired(given: { body: string; found: readonly Found[]; known: ReadonlySet<Hash> }): Pick<IssueBody, 'above' | 'below'> {
  const { body, found, known } = given;
  const parts: string[] = [];
  let from = 0;
  let opener: Found | null = null;
  for (const marker of found) {
    const stretch = body.slice(from, marker.start);
    if (opener !== null) parts.push(othersIn(stretch, ownLines(opener, known)));
    else parts.push(marker.what === 'end' ? withoutTail(stretch, known) : stretch);
    opener = marker.what === 'begin' ? marker : null;
    from = marker.end;
  }
  const rest = body.slice(from);
  if (opener === null) return { above: parts.join(''), below: rest };
  return { above: parts.join('') + othersIn(rest, ownLines(opener, known)), below: '' };
}

function ownLines({ json }: Found, known: ReadonlySet<Hash>): ReadonlySet<Hash> {
  const lines = readMarker(json)?.lines ?? '';
  return new Set([...known, ...(lines.match(/.{5}/g) ?? [])]);
}

/** The lines that are not ours, with their line ends. */
function othersIn(text: string, own: ReadonlySet<Hash>): string {
  const others = linesIn(text).filter((line) => !own.has(lineHash(line)));
  return others.every((line) => line.trim() === '') ? '' : others.join('');
}

/** Without those of our lines that stand directly above the end: only they can have been below a begin that was deleted. */
function withoutTail(text: string, own: ReadonlySet<Hash>): string {
  const lines = linesIn(text);
  const last = lines.findLastIndex((line) => line.trim() !== '' && !own.has(lineHash(line)));
  return lines.slice(0, last + 1).join('');
}

function linesIn(text: string): readonly string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

function lineHash(line: string): Hash {
  return hashOf(line.trim()).slice(0, 5).padEnd(5, '_');
}

function linesOf(part: string): ReadonlySet<Hash> {
  return new Set(linesIn(part).flatMap((line) => (line.trim() === '' ? [] : lineHash(line))));
}

function readMarker(json: string): { readonly marker: Marker; readonly lines: string } | null {
  const value = parsed(json);
  if (!isRecord(value)) return null;
  const { repo, task, base, assigned, lines } = value;
  const snapshot = readSnapshot(base);
  if (typeof repo !== 'string' || typeof task !== 'string' || snapshot === null) return null;
  return { marker: { repo, task, base: snapshot, assigned: assigned === true }, lines: typeof lines === 'string' ? lines : '' };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The person's text in its common form. */
export function personText({ above, below }: Pick<IssueBody, 'above' | 'below'>): string {
  return [commonBody(above), commonBody(below)].filter((text) => text !== '').join('\n\n');
}

/** Answers null if it would be too long for an issue. `text`: replaces the person's text; null leaves every byte of it. */
export function writeIssueBody(given: {
  readonly body: IssueBody;
  readonly text: string | null;
  readonly part: string;
  readonly marker: Marker;
}): string | null {
  const { body, text, part, marker } = given;
  const above = text ?? body.above;
  const below = text === null ? body.below : '';
  const gap = above === '' || /(?:\r\n\r\n|\n\n|\r\r)$/.test(above) ? '' : /[\r\n]$/.test(above) ? '\n' : '\n\n';
  const lines = [...linesOf(part)].join('');
  const written = `${above}${gap}<!-- yardmaster:begin ${jsonOf({ ...marker, lines })} -->\n${part}\n<!-- yardmaster:end -->\n${below}`;
  return written.length > largestIssueBody ? null : written;
}

/** JSON in which no comment can end. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('>', '\\u003e').replaceAll('--', '-\\u002d');
}
