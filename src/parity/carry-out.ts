// Carries out a plan. Each write is recorded before it happens, so it is known after a crash at any moment which pieces are
// ours. Every file is replaced in one step, and a document is backed up before our first change.
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';
import { replaceFile } from '../lib/replace-file.ts';
import type { FileChange } from '../ports/deployer.ts';
import { hashOfText } from './hash.ts';
import { keepBackup, readManifest, writeManifest, type Deployment, type Written } from './manifest.ts';
import type { Planned } from './plan.ts';

export async function carryOut(given: {
  readonly home: string;
  readonly root: string;
  readonly planned: Planned;
  readonly takeBack: boolean;
}): Promise<void> {
  const { home, root, planned } = given;
  const { changes, next } = planned;
  const manifest = await readManifest(home);
  const before = manifest[root] ?? null;
  if (changes.length === 0 && JSON.stringify(before) === JSON.stringify(next)) return;
  for (const { path, before: text } of changes)
    if (text !== null && next.documents[path]?.before === hashOfText(text)) await keepBackup(home, text);
  writeManifest(home, { ...manifest, [root]: pendingOf(before, next) });
  const folders = [...next.folders];
  for (const change of changes) folders.push(...(await write(change)));
  if (given.takeBack) await clear(folders);
  const { [root]: _, ...others } = manifest;
  const over = given.takeBack && Object.keys(next.pieces).length === 0;
  writeManifest(home, over ? others : { ...others, [root]: { ...next, folders } });
}

/** Everything that was ours, and everything that is about to be. */
function pendingOf(before: Deployment | null, next: Deployment): Deployment {
  const pieces: Record<string, Written> = { ...before?.pieces };
  for (const [id, piece] of Object.entries(next.pieces)) {
    const was = pieces[id]?.hash ?? null;
    pieces[id] = was === piece.hash ? piece : { ...piece, pending: { was } };
  }
  return { ...next, pieces, documents: { ...before?.documents, ...next.documents } };
}

/** Returns the folders that it created, outermost first. */
async function write({ path, before, after }: FileChange): Promise<string[]> {
  const now = await readFile(path, 'utf8').catch(() => null);
  if (now !== before)
    throw new Fault({ code: 'changed-meanwhile', message: `${path} was changed just now`, hint: 'run the command again' });
  try {
    if (after === null) {
      await rm(path, { force: true });
      return [];
    }
    const first = await mkdir(dirname(path), { recursive: true });
    // A document of an agent may contain somebody's secrets.
    await replaceFile({ path, text: after, mode: path.endsWith('.md') ? 0o644 : 0o600 });
    return first === undefined ? [] : between(first, dirname(path));
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Fault({
      code: 'not-written',
      message: `${path} cannot be written: ${what}`,
      hint: 'check its folder and run the command again',
      cause,
    });
  }
}

function between(first: string, last: string): string[] {
  return first === last ? [first] : [...between(first, dirname(last)), last];
}

/** Removes those folders that are empty now, innermost first. */
async function clear(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
}
