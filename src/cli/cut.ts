// A text of others in a column: only a person's terminal is too narrow for all of it, a program gets the whole.
import { clip } from '../lib/table.ts';
import type { Screen } from './context.ts';

export function cut(screen: Screen, text: string, to: number): string {
  return clip(text, screen.isTTY ? to : Infinity);
}
