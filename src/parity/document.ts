// A JSON document of an agent's user, changed in place: everything that is not ours keeps every byte, comments included.
// Faults: `config`, with file, line and column.
import { applyEdits, findNodeAtLocation, modify, parse, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { Fault } from '../core/fault.ts';
import type { Piece } from '../core/own/piece.ts';
import { cut } from './cut.ts';
import { hashOf } from './hash.ts';

export type Placed = Exclude<Piece, { kind: 'file' }>;

/** `strict`: the agent accepts neither comments nor trailing commas in this document. */
export function checkDocument(given: { readonly path: string; readonly text: string; readonly strict: boolean }): void {
  const { path, text, strict } = given;
  if (text.trim() === '') return;
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: !strict, disallowComments: strict });
  const [error] = errors;
  if (error !== undefined) throw wrong({ path, text, offset: error.offset, what: printParseErrorCode(error.error) });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong({ path, text, offset: 0, what: 'expected an object of keys' });
}

function wrong(given: { path: string; text: string; offset: number; what: string }): Fault {
  const before = given.text.slice(0, given.offset).split('\n');
  const place = `${given.path}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
  return new Fault({ code: 'config', message: `${place}: ${given.what}`, hint: 'correct the file by hand; it was not changed' });
}

/**
 * Answers the hash of the value at a piece's position. Null if there is no value; a hash that matches nothing if no piece
 * could stand there.
 */
export function presentHashes(text: string): (piece: Placed) => string | null {
  const root = parseTree(text);
  return (piece) => presentHash(root, piece);
}

function presentHash(root: Node | undefined, piece: Placed): string | null {
  let node = root;
  for (const key of piece.at) {
    if (node === undefined) return null;
    if (wraps(piece, node)) return piece.kind === 'entry' && key === piece.wrap ? hashOf(node.value) : null;
    if (node.type !== 'object') return 'taken';
    node = findNodeAtLocation(node, [key]);
  }
  if (node === undefined) return null;
  if (piece.kind === 'entry') return hashOf(valueOf(node));
  if (node.type !== 'array') return 'taken';
  return memberIndex(node, piece.value) === -1 ? null : hashOf(piece.value);
}

function wraps(piece: Placed, node: Node): boolean {
  return piece.kind === 'entry' && piece.wrap !== null && node.type === 'string';
}

function memberIndex(list: Node, value: string): number {
  return (list.children ?? []).findIndex((one) => one.type === 'string' && one.value === value);
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) => (value ? [[key?.value, valueOf(value)]] : [])),
  );
}

/** The position at which a key is inserted; undefined for the last one. */
export function put(given: { readonly text: string; readonly piece: Placed; readonly index?: number }): string {
  const { piece, index } = given;
  let text = given.text.trim() === '' ? `{}${eolOf(given.text)}` : given.text;
  if (piece.kind === 'entry' && piece.wrap !== null)
    for (const at of wordsAbove(text, piece)) {
      const word: unknown = nodeAt(text, at)?.value;
      text = changed({ text, at, value: { [piece.wrap]: word } });
    }
  if (piece.kind === 'entry')
    return changed({ text, at: piece.at, value: piece.value, ...(index === undefined ? {} : { getInsertionIndex: () => index }) });
  const list = nodeAt(text, piece.at);
  if (list === undefined) return changed({ text, at: piece.at, value: [piece.value] });
  return changed({ text, at: [...piece.at, (list.children ?? []).length], value: piece.value, isArrayInsertion: true });
}

export function removePiece(text: string, piece: Placed): string {
  if (piece.kind === 'entry') return without(text, piece.at);
  const list = nodeAt(text, piece.at);
  const index = list === undefined ? -1 : memberIndex(list, piece.value);
  return index === -1 ? text : without(text, [...piece.at, index]);
}

function without(text: string, at: readonly (string | number)[]): string {
  const node = nodeAt(text, at);
  if (node === undefined) return text;
  return cut(text, node.parent?.type === 'property' ? node.parent : node);
}

/** The objects on the path to a piece that do not exist yet. */
export function missingAbove(text: string, piece: Placed): (readonly string[])[] {
  const above = piece.kind === 'entry' ? piece.at.slice(0, -1) : piece.at;
  return above.map((_, index) => above.slice(0, index + 1)).filter((at) => nodeAt(text, at) === undefined);
}

/** The paths at which the user's single word has to become an object, so that a piece can stand beside it. */
export function wordsAbove(text: string, piece: Placed): (readonly string[])[] {
  const above = piece.at.slice(0, -1).map((_, index) => piece.at.slice(0, index + 1));
  return above.filter((at) => {
    const node = nodeAt(text, at);
    return node !== undefined && wraps(piece, node);
  });
}

/** Restores the user's single word if nothing stands beside it any more; null if the key does not exist. */
export function unwrap(text: string, at: readonly string[]): string | null {
  const node = nodeAt(text, at);
  if (node === undefined) return null;
  const [only, ...others] = node.type === 'object' ? (node.children ?? []) : [];
  const word = only?.children?.[1];
  return word?.type === 'string' && others.length === 0 ? changed({ text, at, value: word.value }) : text;
}

/** Removes the key if its object is empty now; null if it does not exist. */
export function prune(text: string, at: readonly string[]): string | null {
  const node = nodeAt(text, at);
  if (node === undefined) return null;
  const empty = (node.type === 'object' || node.type === 'array') && (node.children ?? []).length === 0;
  return empty ? without(text, at) : text;
}

/** The document contains nothing but the reference to its schema, which an agent may have added. */
export function isEmptyDocument(text: string): boolean {
  return /^\s*(?:\{\s*(?:"\$schema"\s*:\s*"[^"]*",?\s*)?\}\s*)?$/.test(text);
}

function nodeAt(text: string, at: readonly (string | number)[]): Node | undefined {
  const root = parseTree(text);
  return root === undefined ? undefined : findNodeAtLocation(root, [...at]);
}

function changed(given: {
  text: string;
  at: readonly (string | number)[];
  value: unknown;
  isArrayInsertion?: boolean;
  getInsertionIndex?: (keys: string[]) => number;
}): string {
  const { text, at, value, ...options } = given;
  const edits = modify(text, [...at], value, { ...options, formattingOptions: formatOf(text) });
  return applyEdits(text, edits);
}

/** The indentation that most of the file uses. */
function formatOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indents = [...text.matchAll(/^[ \t]+(?=["}\]])/gm)].map(([indent]) => indent);
  const tabs = indents.filter((indent) => indent.startsWith('\t')).length;
  const spaces = indents.find((indent) => indent.startsWith(' ')) ?? '  ';
  return { insertSpaces: tabs * 2 <= indents.length, tabSize: spaces.length, eol: eolOf(text) };
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
