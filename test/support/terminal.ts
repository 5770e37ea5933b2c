// A real terminal for a story: a pseudo-terminal of `script`, in which shell words run.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Yard } from './yard.ts';

/** Why there is no terminal here; null: there is one. */
export const noTerminal = process.platform !== 'linux' || !existsSync('/usr/bin/script') ? 'there is no `script` of util-linux here' : null;

export interface Terminal {
  readonly child: ChildProcess;
  /** Everything that was on the screen so far. */
  readonly screen: () => string;
  /** Resolves once the text is on the screen; fails if the terminal is closed before. */
  shows(text: string): Promise<void>;
}

/** Runs shell words in a new terminal; `ym` is our program. */
export function openTerminal(yard: Yard, words: string): Terminal {
  const program = `ym() { "${process.execPath}" "${yard.program}" "$@"; }; ${words}`;
  const child = spawn('/usr/bin/script', ['-qefc', program, '/dev/null'], {
    cwd: yard.repo,
    env: { ...yard.env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (seen.includes(text) ? resolve() : undefined);
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`the terminal was closed; it showed:\n${seen}`)));
      look();
    });
  return { child, screen: () => seen, shows };
}
