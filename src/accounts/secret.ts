// Reads a secret from where it is kept, at the moment it is needed and never earlier. Messages about failures never contain
// the secret.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Fault } from '../core/fault.ts';
import { baseEnvironment, type Env } from '../core/security/environment.ts';

/** In bytes. No key or token is nearly as long, so a longer file is something else. */
const longest = 16 * 1024;
/** In milliseconds. A password manager may have to ask the person for permission. */
const commandMs = 15_000;

interface Wanted {
  readonly account: string;
  readonly env: Env;
  /** Aborts when the secret is no longer needed. */
  readonly signal?: AbortSignal | undefined;
}

export async function secretInFile(given: Wanted & { readonly path: string }): Promise<string> {
  const path = given.path.startsWith('~/') ? join(given.env['HOME'] ?? homedir(), given.path.slice(2)) : given.path;
  let handle;
  try {
    // Opened without blocking, because opening a named pipe would wait for ever.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > longest)
      throw missing({
        ...given,
        message: `${path} is not a small regular file`,
        hint: 'put the secret into a file that contains nothing else',
      });
    if ((stats.mode & 0o077) !== 0)
      throw new Fault({
        code: 'secret-exposed',
        message: `other users can read ${path}, which holds the secret of ${given.account}`,
        hint: `chmod 600 '${path}'`,
      });
    return onlyLine({ ...given, text: await handle.readFile('utf8'), where: path });
  } catch (error) {
    if (error instanceof Fault) throw error;
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw missing({
      ...given,
      message: `the secret of ${given.account} cannot be read: ${path} (${why})`,
      hint: 'put the secret into that file, with mode 0600',
    });
  } finally {
    await handle?.close();
  }
}

/** Runs the command in a shell, without a terminal to ask questions at. Fails with `stopped` too. */
export async function secretByCommand(given: Wanted & { readonly command: string }): Promise<string> {
  const { signal: stop } = given;
  const isStopped = (): boolean => stop?.aborted === true;
  if (isStopped()) throw stopped(given);
  // In a process group of its own: processes that the shell started would otherwise keep its output open and outlive it.
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
    // A process that left the group may still hold the output open.
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
        ? 'printed more than one secret'
        : signal === null
          ? `exited with ${code}`
          : `was ended by ${signal}`;
    throw new Fault({
      code: 'secret-failed',
      message: `the command for the secret of ${given.account} ${how}`,
      hint: 'try it in a shell; it must print nothing but the secret, and ask no questions',
    });
  }
  return onlyLine({ ...given, text: Buffer.concat(chunks).toString('utf8'), where: 'its command' });
}

function stopped({ account }: Wanted): Fault {
  return new Fault({
    code: 'stopped',
    message: `stopped before the secret of ${account} was read`,
    hint: 'nothing to do: it is read again when it is needed',
  });
}

/** Also ends processes that the group's leader left behind. A group that no longer exists is fine. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group no longer exists.
  }
}

/** The variables through which programs of the desktop session (keyrings, password managers) are reached. */
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
  throw missing({
    ...given,
    message: `the secret of ${given.account} ${what} (${given.where})`,
    hint: 'the secret must be exactly one word',
  });
}

export function missing(given: { readonly account: string; readonly message: string; readonly hint: string }): Fault {
  return new Fault({ code: 'secret-missing', message: given.message, hint: given.hint, data: { account: given.account } });
}
