// The base of the three-way merge: hashes of the values that both sides had in common when they were last made the same. It
// stands in the marker, so that everybody who syncs starts from the same base, and is remembered by whoever wrote
// or saw it. Of each field it also holds a few earlier hashes: a copy of TODO.md that is behind shows an earlier value, and
// that must not be taken for an edit.
import { fields, hashOf, setFields, setText, textFields, type Field, type Hash, type SetField, type Values } from './fields.ts';

export interface Snapshot {
  /** Counts the snapshots of an issue, from 1. */
  readonly rev: number;
  /** Of each field the hash of the common value, then those of up to three earlier ones; empty if none was common yet. */
  readonly hashes: Readonly<Record<Field, readonly Hash[]>>;
  /** The hashes of the elements; null if the sets were never common. */
  readonly elements: Readonly<Record<SetField, readonly Hash[] | null>>;
  /** The parents that our sync has remembered of the issue, newest first (null: none); absent if it never had one. */
  readonly parents?: readonly (number | null)[];
  /** Fields with a conflict: they stay as they are until a person settles it, or until both sides are equal. */
  readonly frozen: readonly Field[];
}

export const mostEarlier = 3;

export const noSnapshot: Snapshot = {
  rev: 0,
  hashes: { title: [], body: [], state: [], assignee: [], tags: [], blockedBy: [] },
  elements: { tags: null, blockedBy: null },
  frozen: [],
};

export function fieldText(values: Values, field: Field): string {
  return field === 'tags' || field === 'blockedBy' ? setText(values[field]) : values[field];
}

/** `common`: the values of the fields that are the same on both sides now. The same snapshot if nothing has changed. */
export function nextSnapshot(given: {
  readonly last: Snapshot;
  readonly common: Partial<Values>;
  readonly frozen: readonly Field[];
  /** The ids of tasks that can be named at an issue now. What is known of others is kept. */
  readonly named: Iterable<string>;
  readonly parents?: Snapshot['parents'];
}): Snapshot {
  const { last, common, frozen, parents = last.parents } = given;
  const named = new Set([...given.named].map(hashOf));
  const hashes = { ...last.hashes };
  const elements = { ...last.elements };
  for (const field of textFields) {
    const value = common[field];
    if (value !== undefined) hashes[field] = moved(last.hashes[field], hashOf(value));
  }
  for (const field of setFields) {
    const value = common[field];
    if (value === undefined) continue;
    hashes[field] = moved(last.hashes[field], hashOf(setText(value)));
    const others = field === 'tags' ? [] : (last.elements[field] ?? []).filter((hash) => !named.has(hash));
    elements[field] = [...value.map(hashOf), ...others];
  }
  const next = {
    ...last,
    hashes,
    elements,
    frozen: fields.filter((field) => frozen.includes(field)),
    ...(parents === undefined ? {} : { parents }),
  };
  return sameSnapshot(next, last) ? last : { ...next, rev: last.rev + 1 };
}

/**
 * What is remembered here of a snapshot. Where the line says what an older copy of the list said, the list is known to say just
 * that: until it says something else, it is no edit, also in every later sync.
 */
export function knownAfter(given: { readonly snapshot: Snapshot; readonly line: Values; readonly behind: readonly Field[] }): Snapshot {
  const { snapshot, line, behind } = given;
  const hashes = behind.map((field) => [field, [hashOf(fieldText(line, field))]] as const);
  return behind.length === 0 ? snapshot : { ...snapshot, hashes: { ...snapshot.hashes, ...Object.fromEntries(hashes) } };
}

function moved(hashes: readonly Hash[], now: Hash): readonly Hash[] {
  return hashes[0] === now ? hashes : [now, ...hashes.filter((hash) => hash !== now)].slice(0, 1 + mostEarlier);
}

export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  const text = ({ rev, hashes, elements, frozen, parents }: Snapshot): string =>
    JSON.stringify([rev, fields.map((field) => hashes[field]), setFields.map((field) => elements[field]), frozen, parents]);
  return text(a) === text(b);
}

/** Reads what a marker holds; null if it is no snapshot. People can edit a marker, so nothing about it is taken for granted. */
export function readSnapshot(value: unknown): Snapshot | null {
  if (!isRecord(value) || !Number.isSafeInteger(value['rev'])) return null;
  const { hashes, elements, frozen } = value;
  if (!isRecord(hashes) || !isRecord(elements) || !isTexts(frozen)) return null;
  const hashesOf = (field: Field): readonly Hash[] => (isTexts(hashes[field]) ? hashes[field] : []);
  const elementsOf = (field: SetField): readonly Hash[] | null => (isTexts(elements[field]) ? elements[field] : null);
  return {
    rev: Number(value['rev']),
    hashes: {
      title: hashesOf('title'),
      body: hashesOf('body'),
      state: hashesOf('state'),
      assignee: hashesOf('assignee'),
      tags: hashesOf('tags'),
      blockedBy: hashesOf('blockedBy'),
    },
    elements: { tags: elementsOf('tags'), blockedBy: elementsOf('blockedBy') },
    frozen: fields.filter((field) => frozen.includes(field)),
    ...parentsIn(value['parents']),
  };
}

/** Absent where it cannot be read, as in the markers of earlier versions. */
function parentsIn(parents: unknown): Pick<Snapshot, 'parents'> {
  return Array.isArray(parents) && parents.every((one) => one === null || Number.isSafeInteger(one)) ? { parents } : {};
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
