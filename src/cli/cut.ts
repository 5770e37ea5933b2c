// Shortens foreign text in a column. Only a person's terminal is too narrow for all of it; a program gets the whole text.
import { clip } from '../lib/table.ts';
import type { Screen } from './context.ts';

export function cut(screen: Screen, text: string, to: number): string {
  return clip(text, screen.isTTY ? to : Infinity);
}
