// Plans the changes in one JSON document, and computes its text afterwards.
import { pieceId, stepOf, type Item, type Piece, type Step } from '../core/own/piece.ts';
import { splitMark } from '../lib/byte-order-mark.ts';
import { checkDocument, isEmptyDocument, presentHashes, type Placed } from './document.ts';
import { Draft } from './draft.ts';
import { hashOf, hashOfText } from './hash.ts';
import { keeps } from './keeps.ts';
import { readBackup, type Written, type WrittenDocument } from './manifest.ts';

export interface Look {
  readonly path: string;
  readonly text: string | null;
  readonly wanted: readonly Piece[];
  readonly written: ReadonlyMap<string, Written>;
  readonly document: WrittenDocument | null;
}

export interface Looked {
  readonly steps: readonly { readonly of: Item; readonly step: Step }[];
  readonly written: Readonly<Record<string, Written>>;
  readonly document: WrittenDocument | null;
  readonly after: string | null;
}

/** Faults: `config` if the document cannot be understood. */
export async function planDocument(given: Look & { readonly strict: boolean; readonly home: string }): Promise<Looked> {
  const { path, document } = given;
  // The parser does not accept a byte order mark, which the agents ignore and a person's editor may need.
  const { mark, rest: current } = splitMark(given.text ?? '');
  checkDocument({ path, text: current, strict: given.strict });
  const draft = new Draft(current, document);
  // Removals come first, because a replacement may stand above or below the removed piece.
  const left = leftOf(given, current);
  for (const { step, piece } of left) if (step === 'remove') draft.take(piece);
  draft.tidy();
  const asked = askedOf(given, draft.text);
  place({ draft, asked, anew: [...left, ...asked].some((one) => one.ordered && moves(one.step)) });
  draft.tidy();
  const all = [...left, ...asked];
  const steps = all.map(({ piece, step }) => ({ of: piece.of, step }));
  const written = Object.fromEntries(
    all.flatMap((one) => {
      const kept = keeps(one.step, { piece: one.wanted ? one.piece : null, before: one.before });
      return kept === null ? [] : [[one.id, kept]];
    }),
  );
  const none = Object.keys(written).length === 0;
  const untouched = document !== null && hashOfText(mark + current) === document.after;
  if (none && untouched) {
    const back = document.before === null ? null : await readBackup(given.home, document.before);
    if (document.before === null || back !== null) return { steps, written, document: null, after: back };
  }
  const { text } = draft;
  if (text === current) return { steps, written, document: none ? null : document, after: given.text };
  const before = untouched ? document.before : given.text === null ? null : hashOfText(given.text);
  const created = document?.created ?? given.text === null;
  return {
    steps,
    written,
    document: none ? null : { created, before, after: hashOfText(mark + text), ...draft.traces() },
    after: created && isEmptyDocument(text) ? null : mark + text,
  };
}

interface One {
  readonly id: string;
  readonly piece: Placed;
  readonly ordered: boolean;
  readonly wanted: boolean;
  readonly before: Written | null;
  readonly step: Step;
}

function moves(step: Step): boolean {
  return step === 'add' || step === 'update' || step === 'remove';
}

function leftOf({ wanted, written }: Look, text: string): One[] {
  const present = presentHashes(text);
  const ids = new Set(wanted.map(pieceId));
  return [...written].flatMap(([id, before]) => {
    const piece = asPiece(before);
    if (ids.has(id) || piece === null) return [];
    const step = stepOf({ wanted: null, written: before, present: present(piece) });
    return [{ id, piece, before, wanted: false, ordered: isOrdered(piece), step }];
  });
}

function askedOf({ wanted, written }: Look, text: string): One[] {
  const present = presentHashes(text);
  return wanted.flatMap((piece) => {
    if (piece.kind === 'file') return [];
    const id = pieceId(piece);
    const before = written.get(id) ?? null;
    const step = stepOf({ wanted: hashOf(piece.value), written: before, present: present(piece) });
    return [{ id, piece, before, wanted: true, ordered: isOrdered(piece), step }];
  });
}

function isOrdered(piece: Placed): boolean {
  return piece.kind === 'entry' && piece.order !== null;
}

/** As much of a piece as its removal needs. */
function asPiece(written: Written): Placed | null {
  const { of, path } = written;
  if (written.kind === 'file') return null;
  if (written.kind === 'member') return { kind: 'member', of, path, at: written.at, value: written.value };
  return { kind: 'entry', of, path, at: written.at, value: null, order: written.ordered ? 'behind' : null, wrap: null };
}

/** `anew`: all pieces whose order matters are rewritten in their order. */
function place(given: { draft: Draft; asked: readonly One[]; anew: boolean }): void {
  const { draft, asked, anew } = given;
  const again = (one: One): boolean => one.ordered && anew && (one.step === 'keep' || one.step === 'update');
  for (const one of asked) if (again(one)) draft.take(one.piece);
  const placed = new Map<string, number>();
  for (const one of asked) {
    if (one.step !== 'add' && one.step !== 'update' && !again(one)) continue;
    const parent = JSON.stringify(one.piece.at.slice(0, -1));
    const index = placed.get(parent) ?? 0;
    const first = one.piece.kind === 'entry' && one.piece.order === 'before';
    if (first) placed.set(parent, index + 1);
    draft.put(one.piece, first ? index : null);
  }
}
