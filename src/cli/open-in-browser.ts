// Opens a page in the person's browser with the program that their system has for that. Where there is none, the address that
// was printed has to do.
import { spawn } from 'node:child_process';
import type { CliContext } from './context.ts';

export async function openInBrowser(context: CliContext, url: string): Promise<void> {
  const browser = context.env['BROWSER'];
  const program = browser !== undefined && browser !== '' ? browser : process.platform === 'darwin' ? 'open' : 'xdg-open';
  await new Promise<void>((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => {
      context.err.write(`no program is there to open it (${program}): open the address above yourself\n`);
      resolve();
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
