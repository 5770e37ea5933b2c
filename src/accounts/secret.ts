// Reads a secret from where it is kept, at the moment it is needed, and nowhere else. What goes wrong is told without it.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Fault } from '../core/fault.ts';
import { baseEnvironment, type Env } from '../core/security/environment.ts';

/** No key or token comes near it; a file of another kind does. */
const longest = 16 * 1024;
/** A password manager may ask its person for leave. Milliseconds. */
const commandMs = 15_000;

interface Wanted {
  readonly account: string;
  readonly env: Env;
  /** Aborts when the secret is not wanted any more. */
  readonly signal?: AbortSignal | undefined;
}

export async function secretInFile(given: Wanted & { readonly path: string }): Promise<string> {
  const path = given.path.startsWith('~/') ? join(given.env['HOME'] ?? homedir(), given.path.slice(2)) : given.path;
  let handle;
  try {
    // Opened without waiting: a named pipe in its place would hang us.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > longest)
      throw missing({ ...given, message: `${path} is no small file`, hint: 'put the secret alone in a file' });
    if ((stats.mode & 0o077) !== 0)
      throw new Fault({
        code: 'secret-exposed',
        message: `others may read ${path}, the secret of ${given.account}`,
        hint: `chmod 600 '${path}'`,
      });
    return onlyLine({ ...given, text: await handle.readFile('utf8'), where: path });
  } catch (error) {
    if (error instanceof Fault) throw error;
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw missing({
      ...given,
      message: `the secret of ${given.account} cannot be read: ${path} (${why})`,
      hint: 'put it there, with mode 0600',
    });
  } finally {
    await handle?.close();
  }
}

/** By the person's shell words; a terminal to ask at is not there. Faults: also `stopped`. */
export async function secretByCommand(given: Wanted & { readonly command: string }): Promise<string> {
  const { signal: stop } = given;
  const isStopped = (): boolean => stop?.aborted === true;
  if (isStopped()) throw stopped(given);
  // A group of its own: what the shell started would keep its output open, and outlive it.
  const child = spawn('/bin/sh', ['-c', given.command], {
    env: { ...baseEnvironment(given.env), ...sessionOf(given.env) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= longest) chunks.push(chunk);
  });
  const end = (): void => {
    endGroup(child.pid);
    // What left the group may hold it open.
    child.stdout.destroy();
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, commandMs);
  stop?.addEventListener('abort', end);
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', () => endGroup(child.pid));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);
  stop?.removeEventListener('abort', end);
  if (isStopped()) throw stopped(given);
  if (late || code !== 0 || size > longest) {
    const how = late
      ? `did not end within ${commandMs / 1000} s`
      : size > longest
        ? 'printed more than a secret'
        : signal === null
          ? `exited with ${code}`
          : `was ended by ${signal}`;
    throw new Fault({
      code: 'secret-failed',
      message: `the command for the secret of ${given.account} ${how}`,
      hint: 'try it in a shell; it must print the secret alone, and ask nothing',
    });
  }
  return onlyLine({ ...given, text: Buffer.concat(chunks).toString('utf8'), where: 'its command' });
}

function stopped({ account }: Wanted): Fault {
  return new Fault({
    code: 'stopped',
    message: `stopped before the secret of ${account} was read`,
    hint: 'it is read when it is needed again',
  });
}

/** Also what its leader left behind; a group that is gone needs no end. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}

/** What agents of the desktop session (keyrings, password managers) are reached by. */
function sessionOf(env: Env): Record<string, string> {
  const names = [
    'DBUS_SESSION_BUS_ADDRESS',
    'SSH_AUTH_SOCK',
    'GPG_TTY',
    'GNUPGHOME',
    'PASSWORD_STORE_DIR',
    'OP_SERVICE_ACCOUNT_TOKEN',
    'BW_SESSION',
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function onlyLine(given: Wanted & { readonly text: string; readonly where: string }): string {
  const text = given.text.trim();
  if (text !== '' && !/\s/.test(text)) return text;
  const what = text === '' ? 'is empty' : 'is more than one word';
  throw missing({ ...given, message: `the secret of ${given.account} ${what} (${given.where})`, hint: 'it must be one word alone' });
}

export function missing(given: { readonly account: string; readonly message: string; readonly hint: string }): Fault {
  return new Fault({ code: 'secret-missing', message: given.message, hint: given.hint, data: { account: given.account } });
}
