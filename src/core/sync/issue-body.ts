// The body of an issue: the person's text, and our part between two markers. Of the person's text no byte changes, unless
// the text itself is set. Whatever people do to the markers (copy them, delete one, write between them), no text of theirs
// is lost and none of ours is left twice: both markers hold hashes of the lines that we wrote, so all others are theirs.
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
  /** The login that we assigned, because the task is worked on; null: none. */
  readonly assigned: string | null;
}

export interface IssueBody {
  /** The person's text above and below our part, byte for byte. */
  readonly above: string;
  readonly below: string;
  /** Whether our part is there once, and nobody has written in it. */
  readonly isWhole: boolean;
}

// A person may have put one directly behind words of their own.
const begin = /(?:^[ \t]*)?<!-- yardmaster:begin (\{.*\}) -->[ \t]*(?:\r\n|\r|\n|$)/m;
const end = /(?:^[ \t]*)?<!-- yardmaster:end (?:"([^"\n]*)" )?-->[ \t]*(?:\r\n|\r|\n|$)/m;
const anyMarker = new RegExp(`${begin.source}|${end.source}`, 'gm');

interface Found {
  readonly what: 'begin' | 'end';
  readonly start: number;
  readonly end: number;
  /** What a begin says about the issue. */
  readonly json: string;
  /** The hashes of our lines. */
  readonly lines: ReadonlySet<Hash>;
}

export function readIssueBody(body: string): IssueBody {
  const found = Array.from(body.matchAll(anyMarker), (match): Found => {
    const [text, json, ofEnd = ''] = match;
    const lines = json === undefined ? ofEnd : (readMarker(json)?.lines ?? '');
    const own = new Set(lines.match(/.{5}/g));
    return { what: json === undefined ? 'end' : 'begin', start: match.index, end: match.index + text.length, json: json ?? '', lines: own };
  });
  const [first, last] = found;
  if (first === undefined) return { above: body, below: '', isWhole: false };
  const isWhole = found.length === 2 && first.what === 'begin' && last?.what === 'end';
  if (isWhole && othersIn(body.slice(first.end, last.start), first.lines) === '')
    return { above: body.slice(0, first.start), below: body.slice(last.end), isWhole };
  return { ...repaired({ body, found }), isWhole: false };
}

/** Of several markers the newest; null if there is none, or if none can be read. */
export function markerIn(body: string): Marker | null {
  const markers = Array.from(body.matchAll(anyMarker), ([, json]) => readMarker(json ?? '')?.marker ?? null);
  return markers.reduce((most, one) => (one !== null && (most === null || one.base.rev > most.base.rev) ? one : most), null);
}

/** Our lines are taken out around every marker; what is left is the person's. */
function repaired({ body, found }: { body: string; found: readonly Found[] }): Pick<IssueBody, 'above' | 'below'> {
  const parts: string[] = [];
  let from = 0;
  let opener: Found | null = null;
  for (const marker of found) {
    const stretch = body.slice(from, marker.start);
    if (opener !== null) parts.push(othersIn(stretch, opener.lines));
    else parts.push(marker.what === 'end' ? withoutTail(stretch, marker.lines) : stretch);
    opener = marker.what === 'begin' ? marker : null;
    from = marker.end;
  }
  const rest = body.slice(from);
  if (opener === null) return { above: parts.join(''), below: rest };
  return { above: parts.join('') + othersIn(rest, opener.lines), below: '' };
}

/** The lines that are not ours, with their line ends. */
function othersIn(text: string, own: ReadonlySet<Hash>): string {
  const others = linesIn(text).filter((line) => !own.has(lineHash(line)));
  // Blank lines between ours are nobody's.
  const first = others.findIndex((line) => line.trim() !== '');
  return first === -1 ? '' : others.slice(first).join('');
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

function linesOf(part: string): string {
  return [...new Set(linesIn(part).flatMap((line) => (line.trim() === '' ? [] : lineHash(line))))].join('');
}

function readMarker(json: string): { readonly marker: Marker; readonly lines: string } | null {
  const value = parsed(json);
  if (!isRecord(value)) return null;
  const { repo, task, base, assigned, lines } = value;
  const snapshot = readSnapshot(base);
  if (typeof repo !== 'string' || typeof task !== 'string' || snapshot === null) return null;
  return {
    marker: { repo, task, base: snapshot, assigned: typeof assigned === 'string' ? assigned : null },
    lines: typeof lines === 'string' ? lines : '',
  };
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
  const lines = linesOf(part);
  const written = `${above}${gap}<!-- yardmaster:begin ${jsonOf({ ...marker, lines })} -->\n${part}\n<!-- yardmaster:end "${lines}" -->\n${below}`;
  return written.length > largestIssueBody ? null : written;
}

/** JSON in which no comment can end. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('>', '\\u003e').replaceAll('--', '-\\u002d');
}
