// Writes paths as people write them.
import type { CliContext } from './context.ts';

/** A path as a person would write it, with ~ for the home folder. */
export function homely(context: Pick<CliContext, 'env'>, path: string): string {
  const home = context.env['HOME'] ?? '';
  return home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
