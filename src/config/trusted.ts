// Stores the version of a repository's configuration that a person trusted: the text of its files at that time, in a file
// of our state.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { stateHome, type Env } from './paths.ts';

/** The texts of the files; null if there was no such file. */
export interface Files {
  /** `yardmaster.yaml`. */
  readonly config: string | null;
  /** `.yardmaster/mcp.yaml`. */
  readonly servers: string | null;
}

interface Of {
  readonly env: Env;
  /** The top folder of the repository. */
  readonly repo: string;
}

/** The file exists while a person trusts something in the repository. */
export function trustedFile({ env, repo }: Of): string {
  const name = createHash('sha256').update(repo).digest('hex').slice(0, 32);
  return join(stateHome(env).trust, `${name}.json`);
}

/**
 * Null if nothing was trusted, or if the record cannot be read, which has the same effect. For another repository that
 * now stands at the same path, nothing was trusted either, unless its files are exactly the same.
 */
export function trustedFiles(of: Of & { readonly now: Files }): Files | null {
  try {
    const told = JSON.parse(readFileSync(trustedFile(of), 'utf8')) as Partial<Record<keyof Files | 'repo' | 'folder', unknown>>;
    const { repo, folder, config, servers } = told;
    if (repo !== of.repo || !isText(config) || !isText(servers)) return null;
    const isSame = config === of.now.config && servers === of.now.servers;
    return isSame || folder === folderMark(repo) ? { config, servers } : null;
  } catch {
    return null;
  }
}

/** Distinguishes a repository from another one at the same path. */
export function folderMark(repo: string): string {
  const found = ['.git', '.'].map((name) => statSync(join(repo, name), { bigint: true, throwIfNoEntry: false }));
  return found.map((one) => (one === undefined ? '-' : `${one.ino}-${one.birthtimeNs}`)).join(' ');
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** Only the owner can read the file, because it may contain private settings. Throws errors of the file system unchanged. */
export function writeTrusted(given: Of & { readonly files: Files }): void {
  const { repo, files } = given;
  writePrivateFile({ path: trustedFile(given), content: `${JSON.stringify({ repo, folder: folderMark(repo), ...files }, null, 2)}\n` });
}

export function forgetTrusted(of: Of): void {
  rmSync(trustedFile(of), { force: true });
}

/**
 * Whether the environment trusts every repository, for machines that work only on their owner's repositories. Fault:
 * `config`.
 */
export function isGiven(env: Env): boolean {
  const word = env['YARDMASTER_TRUST']?.toLowerCase() ?? '';
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['', '0', 'false', 'no', 'off'].includes(word)) return false;
  throw new Fault({
    code: 'config',
    message: `YARDMASTER_TRUST is "${env['YARDMASTER_TRUST']}", which is neither true nor false`,
    hint: 'export YARDMASTER_TRUST=1, or unset it',
  });
}
