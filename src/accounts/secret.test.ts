// Stopping a command for a secret that is no longer needed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretByCommand } from './secret.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-secret-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secret = (command: string, signal: AbortSignal): Promise<string> =>
  secretByCommand({ account: 'mine', env: { PATH: process.env['PATH'] }, command, signal });

test('ends with all that it started', async () => {
  const [begun, held] = [join(folder, 'begun'), join(folder, 'held')];
  execFileSync('mkfifo', [begun, held]);
  const stop = new AbortController();
  // The program is in a session of its own and keeps the command's output open.
  const asking = secret(`$(command -v setsid) sh -c "echo begun >'${begun}'; exec cat '${held}'" & wait`, stop.signal);
  const told = expect(asking).rejects.toMatchObject({ code: 'stopped' });
  await readFile(begun);
  stop.abort();
  await told;
  // Opened for both directions, so that it does not depend on a reader.
  await (await open(held, 'r+')).close();
});

test('is not begun', async () => {
  await expect(secret(`touch '${join(folder, 'begun')}'`, AbortSignal.abort())).rejects.toMatchObject({ code: 'stopped' });
  expect(existsSync(join(folder, 'begun'))).toBe(false);
});
