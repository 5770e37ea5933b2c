// Plans the changes that bring an agent's configuration in line with the source. It reads files and changes none.
import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import { pieceId, stepOf, type Piece } from '../core/own/piece.ts';
import type { FileChange, Plan } from '../ports/deployer.ts';
import { hashOf } from './hash.ts';
import { keeps } from './keeps.ts';
import type { Deployment, Written, WrittenDocument } from './manifest.ts';
import { planDocument, type Look, type Looked } from './plan-document.ts';

export interface Planned extends Omit<Plan, 'carryOut'> {
  /** The record of our pieces after the plan is done. */
  readonly next: Deployment;
}

export interface Wanted {
  readonly agent: string;
  readonly version: string | null;
  readonly root: string;
  readonly pieces: readonly Piece[];
  readonly strict: readonly string[];
  readonly deployment: Deployment | null;
  /** The folder of the backups. */
  readonly home: string;
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
      const here = given.pieces.filter((piece) => piece.path === path);
      const look = { path, text, wanted: here, written, document: before ?? null };
      const done = isFile(here, written) ? planFile(look) : await planDocument({ ...given, ...look, strict: given.strict.includes(path) });
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

async function textOf(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path);
    // Rewriting a file that is not text would destroy it.
    if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text');
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    const what = error instanceof Error ? error.message : String(error);
    throw new Fault({
      code: 'not-read',
      message: `${path} cannot be read: ${what}`,
      hint: 'check what this path is, and its permissions',
      cause: error,
    });
  }
}
