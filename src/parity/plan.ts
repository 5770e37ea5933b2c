// What is to be done at one agent so that its configuration is as the source says: reads files, changes none.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import { pieceId, stepOf, type Item, type Piece, type Step } from '../core/piece.ts';
import type { FileChange, Plan } from '../ports/deployer.ts';
import {
  checkDocument,
  isEmptyDocument,
  missingAbove,
  presentHash,
  prune,
  put,
  take,
  unwrap,
  wordsAbove,
  type Placed,
} from './document.ts';
import { hashOf, hashOfText } from './hash.ts';
import { readBackup, type Deployment, type Written, type WrittenDocument } from './manifest.ts';

export interface Planned extends Omit<Plan, 'carryOut'> {
  /** What is ours once it is done. */
  readonly next: Deployment;
}

export interface Wanted {
  readonly agent: string;
  readonly version: string | null;
  readonly root: string;
  readonly pieces: readonly Piece[];
  readonly strict: readonly string[];
  readonly deployment: Deployment | null;
  /** Of the backups. */
  readonly home: string;
  readonly takeBack: boolean;
}

export async function planFor(given: Wanted): Promise<Planned> {
  const { deployment } = given;
  const recorded = Object.entries(deployment?.pieces ?? {});
  const paths = new Set([...given.pieces.map(({ path }) => path), ...recorded.map(([, { path }]) => path)]);
  const steps: Planned['steps'][number][] = [];
  const changes: FileChange[] = [];
  const faults: Fault[] = [];
  const pieces: Record<string, Written> = {};
  const documents: Record<string, WrittenDocument> = {};
  for (const path of paths) {
    const written = new Map(recorded.filter(([, one]) => one.path === path));
    const before = deployment?.documents[path];
    try {
      const text = await textOf(path);
      const wanted = given.pieces.filter((piece) => piece.path === path);
      const look = { path, text, wanted, written, document: before ?? null };
      const done = isFile(wanted, written)
        ? planFile(look)
        : await planDocument({ ...given, ...look, strict: given.strict.includes(path) });
      steps.push(...done.steps.map(({ of, step }) => ({ of, step, path })));
      Object.assign(pieces, done.written);
      if (done.document !== null) documents[path] = done.document;
      if (done.after !== text) changes.push({ path, before: text, after: done.after });
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(fault);
      Object.assign(pieces, Object.fromEntries(written));
      if (before !== undefined) documents[path] = before;
    }
  }
  const { agent, version } = given;
  return { steps, changes, faults, next: { agent, version, pieces, documents, folders: deployment?.folders ?? [] } };
}

interface Look {
  readonly path: string;
  readonly text: string | null;
  readonly wanted: readonly Piece[];
  readonly written: ReadonlyMap<string, Written>;
  readonly document: WrittenDocument | null;
}

interface Looked {
  readonly steps: readonly { readonly of: Item; readonly step: Step }[];
  readonly written: Readonly<Record<string, Written>>;
  readonly document: WrittenDocument | null;
  readonly after: string | null;
}

function isFile(wanted: readonly Piece[], written: ReadonlyMap<string, Written>): boolean {
  return (wanted[0] ?? [...written.values()][0])?.kind === 'file';
}

function planFile({ text, wanted: [piece], written }: Look): Looked {
  const [id, known] = [...written][0] ?? [];
  const before = known ?? null;
  const rival = piece?.kind === 'file' && before === null && piece.rivals.some((path) => existsSync(path));
  const present = rival ? 'taken' : text === null ? null : hashOf(text);
  const step = stepOf({ wanted: piece === undefined ? null : hashOf(piece.value), written: before, present });
  const of = piece?.of ?? before?.of;
  if (of === undefined) return { steps: [], written: {}, document: null, after: text };
  const kept = keeps(step, { piece: piece ?? null, before });
  const value = piece?.kind === 'file' ? piece.value : null;
  return {
    steps: [{ of, step }],
    written: kept === null ? {} : { [piece === undefined ? (id ?? '') : pieceId(piece)]: kept },
    document: null,
    after: step === 'add' || step === 'update' ? value : step === 'remove' ? null : text,
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

async function planDocument(given: Look & { strict: boolean; home: string; takeBack: boolean }): Promise<Looked> {
  const { path, document } = given;
  const current = given.text ?? '';
  checkDocument({ path, text: current, strict: given.strict });
  const all = onesOf(given, current);
  const written = Object.fromEntries(
    all.flatMap((one) => {
      const kept = keeps(one.step, { piece: one.wanted ? one.piece : null, before: one.before });
      return kept === null ? [] : [[one.id, kept]];
    }),
  );
  const untouched = document !== null && hashOfText(current) === document.after;
  const steps = all.map(({ piece, step }) => ({ of: piece.of, step }));
  if (given.takeBack && untouched) {
    const back = document.before === null ? null : await readBackup(given.home, document.before);
    if (document.before === null || back !== null) return { steps, written: {}, document: null, after: back };
  }
  const { text, made, wrapped } = edited({ text: current, all, document });
  if (text === current) return { steps, written, document: Object.keys(written).length === 0 ? null : document, after: given.text };
  const before = untouched ? document.before : given.text === null ? null : hashOfText(given.text);
  const gone = before === null && isEmptyDocument(text);
  return {
    steps,
    written,
    document: Object.keys(written).length === 0 ? null : { before, after: hashOfText(text), made, wrapped },
    after: gone ? null : text,
  };
}

function onesOf({ wanted, written }: Look, text: string): One[] {
  const ids = new Set(wanted.map(pieceId));
  const left = [...written].filter(([id]) => !ids.has(id)).map(([id, before]) => ({ id, before, piece: asPiece(before), wanted: false }));
  const asked = wanted.flatMap((piece) => {
    const id = pieceId(piece);
    return piece.kind === 'file' ? [] : [{ id, piece, before: written.get(id) ?? null, wanted: true }];
  });
  return [...left, ...asked].flatMap((one) => {
    if (one.piece === null) return [];
    const hash = one.wanted ? hashOf(one.piece.value) : null;
    const step = stepOf({ wanted: hash, written: one.before, present: presentHash(text, one.piece) });
    return [{ ...one, piece: one.piece, ordered: one.piece.kind === 'entry' && one.piece.order !== null, step }];
  });
}

/** Enough of a piece to take it out. */
function asPiece(written: Written): Placed | null {
  const { of, path } = written;
  if (written.kind === 'file') return null;
  if (written.kind === 'member') return { kind: 'member', of, path, at: written.at, value: written.value };
  return { kind: 'entry', of, path, at: written.at, value: null, order: written.ordered ? 'behind' : null, wrap: null };
}

function keeps(step: Step, given: { piece: Piece | null; before: Written | null }): Written | null {
  const { piece, before } = given;
  if (step === 'removed' || step === 'changed') return before;
  if (piece === null || (step !== 'add' && step !== 'update' && step !== 'keep')) return null;
  const { of, path } = piece;
  const state = { of, path, hash: hashOf(piece.value), pending: null };
  if (piece.kind === 'file') return { kind: 'file', ...state };
  if (piece.kind === 'member') return { kind: 'member', ...state, at: [...piece.at], value: piece.value };
  return { kind: 'entry', ...state, at: [...piece.at], ordered: piece.order !== null };
}

interface Edited {
  readonly text: string;
  readonly made: string[][];
  readonly wrapped: string[][];
}

function edited(given: { text: string; all: readonly One[]; document: WrittenDocument | null }): Edited {
  const { all, document } = given;
  let { text } = given;
  const moves = (step: Step): boolean => step === 'add' || step === 'update' || step === 'remove';
  const anew = all.some(({ ordered, step }) => ordered && moves(step));
  const again = (one: One): boolean => one.ordered && anew && (one.step === 'keep' || one.step === 'update');
  for (const one of all) if (one.step === 'remove' || again(one)) text = take(text, one.piece);
  const made = new Keys(document?.made ?? []);
  const wrapped = new Keys(document?.wrapped ?? []);
  const placed = new Map<string, number>();
  for (const one of all) {
    if (one.step !== 'add' && one.step !== 'update' && !again(one)) continue;
    const { piece } = one;
    wrapped.add(wordsAbove(text, piece));
    made.add(missingAbove(text, piece));
    const parent = JSON.stringify(piece.at.slice(0, -1));
    const index = placed.get(parent) ?? 0;
    const first = piece.kind === 'entry' && piece.order === 'before';
    if (first) placed.set(parent, index + 1);
    text = put({ text, piece, ...(first ? { index } : {}) });
  }
  for (const [keys, undo] of [
    [wrapped, unwrap],
    [made, prune],
  ] as const) {
    for (const at of keys.innermostFirst()) {
      const undone = undo(text, at);
      if (undone !== text) keys.drop(at);
      text = undone ?? text;
    }
  }
  return { text, made: made.innermostFirst(), wrapped: wrapped.innermostFirst() };
}

/** Paths of keys, each once. */
class Keys {
  readonly #all: Map<string, readonly string[]>;

  constructor(known: readonly (readonly string[])[]) {
    this.#all = new Map(known.map((at) => [JSON.stringify(at), at]));
  }

  add(paths: readonly (readonly string[])[]): void {
    for (const at of paths) this.#all.set(JSON.stringify(at), at);
  }

  drop(at: readonly string[]): void {
    this.#all.delete(JSON.stringify(at));
  }

  innermostFirst(): string[][] {
    return [...this.#all.values()].toSorted((a, b) => b.length - a.length).map((at) => [...at]);
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    const what = error instanceof Error ? error.message : String(error);
    throw new Fault({ code: 'not-read', message: `${path} cannot be read: ${what}`, hint: 'look at what is there', cause: error });
  }
}
