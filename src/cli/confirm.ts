// A question to a person.
import { createInterface } from 'node:readline/promises';
import { onScreen } from '../lib/visible.ts';
import type { CliContext } from './context.ts';

/** Null: nobody is there to answer. */
export async function confirm(context: CliContext, question: string): Promise<boolean | null> {
  if (!context.err.isTTY || !process.stdin.isTTY) return null;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(onScreen(question));
  asking.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
