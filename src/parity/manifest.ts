// The record of everything that we wrote into the agents' configurations; nothing else is ever changed or removed. One file
// in the state folder, beside backups of the documents. Faults: `manifest` (it cannot be read).
import { mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { hashOfText } from './hash.ts';

const item = z.object({ kind: z.enum(['command', 'server', 'rule']), name: z.string() });
const at = z.array(z.string());
const state = { of: item, path: z.string(), hash: z.string(), pending: z.object({ was: z.string().nullable() }).nullable() };
/** A piece without its value: the hash shows whether the value in the file is still ours. */
const written = z.discriminatedUnion('kind', [
  z.object({ ...state, kind: z.literal('file') }),
  z.object({ ...state, kind: z.literal('entry'), at, ordered: z.boolean() }),
  z.object({ ...state, kind: z.literal('member'), at, value: z.string() }),
]);

const document = z.object({
  /** Whether the file did not exist before. */
  created: z.boolean(),
  /**
   * The name of the backup of the document as it was before us, or before our changes since somebody else last changed
   * it; null if there was no document.
   */
  before: z.string().nullable(),
  /** The hash of its text as we left it. With any other hash, somebody has changed it since. */
  after: z.string(),
  /** Paths of objects that we created for our pieces. */
  made: z.array(at),
  /** Paths at which the user had one word that now stands under another key. */
  wrapped: z.array(at),
});

const deployment = z.object({
  agent: z.string(),
  /** The agent's version at the last set-up; null if the agent reported none. */
  version: z.string().nullable(),
  pieces: z.record(z.string(), written),
  documents: z.record(z.string(), document),
  /** Folders that we created, outermost first. */
  folders: z.array(z.string()),
});

const manifest = z.object({ version: z.literal(1), deployments: z.record(z.string(), deployment) });

export type Written = z.infer<typeof written>;
export type WrittenDocument = z.infer<typeof document>;
export type Deployment = z.infer<typeof deployment>;
/** By the root folder of an agent's configuration. */
export type Manifest = Readonly<Record<string, Deployment>>;

export async function readManifest(home: string): Promise<Manifest> {
  const path = fileIn(home);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unreadable(path, error);
  });
  if (text === null) return {};
  try {
    return manifest.parse(JSON.parse(text)).deployments;
  } catch (error) {
    throw unreadable(path, error);
  }
}

export function writeManifest(home: string, deployments: Manifest): void {
  writePrivateFile({ path: fileIn(home), content: `${JSON.stringify({ version: 1, deployments }, null, 1)}\n` });
}

/** Returns the backup's name. */
export async function keepBackup(home: string, text: string): Promise<string> {
  const name = hashOfText(text);
  const path = backup(home, name);
  await mkdir(join(home, 'backups'), { recursive: true, mode: 0o700 });
  if (!existsSync(path)) writePrivateFile({ path, content: text });
  return name;
}

export async function readBackup(home: string, name: string): Promise<string | null> {
  return readFile(backup(home, name), 'utf8').catch(() => null);
}

function backup(home: string, name: string): string {
  return join(home, 'backups', name);
}

function fileIn(home: string): string {
  return join(home, 'deployed.json');
}

function unreadable(path: string, cause: unknown): Fault {
  return new Fault({
    code: 'manifest',
    message: `${path} cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
    hint: 'this file records what Yardmaster wrote for the agents. Restore it from a backup, or move it away: everything in the agents’ configurations then counts as yours',
    cause,
  });
}
