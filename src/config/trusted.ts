// What a person trusted of a repository's configuration: the text of its files as it was then, in a file of our state.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { stateHome, type Env } from './paths.ts';

/** Texts; null: there was no such file. */
export interface Files {
  /** `yardmaster.yaml`. */
  readonly config: string | null;
  /** `.yardmaster/mcp.yaml`. */
  readonly servers: string | null;
}

interface Of {
  readonly env: Env;
  /** Its top folder. */
  readonly repo: string;
}

/** There while a person trusts something of it. `folder`: where such files are kept, if not in our state. */
export function trustedFile({ env, repo, folder }: Of & { readonly folder?: string }): string {
  const name = createHash('sha256').update(repo).digest('hex').slice(0, 32);
  return join(folder ?? stateHome(env).trust, `${name}.json`);
}

/** Null: nothing was trusted, or it cannot be read, which is the same. */
export function trustedFiles(of: Of): Files | null {
  try {
    const told = JSON.parse(readFileSync(trustedFile(of), 'utf8')) as Partial<Record<keyof Files | 'repo', unknown>>;
    const { repo, config, servers } = told;
    return repo === of.repo && isText(config) && isText(servers) ? { config, servers } : null;
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** It may hold what only its owner should read. Throws the file system's errors. */
export function writeTrusted(given: Of & { readonly folder?: string; readonly files: Files }): void {
  const { repo, files } = given;
  writePrivateFile({ path: trustedFile(given), content: `${JSON.stringify({ repo, ...files }, null, 2)}\n` });
}

export function forgetTrusted(of: Of): void {
  rmSync(trustedFile(of), { force: true });
}

/** Whether the environment gives trust to every repository, as of a machine that works only with its own. Fault: `config`. */
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
