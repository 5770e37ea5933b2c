// A question to a person.
import { createInterface } from 'node:readline/promises';
import { Fault } from '../core/fault.ts';
import { onScreen } from '../lib/visible.ts';
import type { CliContext } from './context.ts';

/** Whether somebody is there to answer. */
export function isTerminal(context: CliContext): boolean {
  return context.err.isTTY && process.stdin.isTTY;
}

/** Null: nobody is there to answer. */
export async function confirm(context: CliContext, question: string): Promise<boolean | null> {
  if (!isTerminal(context)) return null;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(onScreen(question));
  asking.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Without asking where `yes` was given. Where nobody is there to answer, a Fault `usage` with the hint. */
export async function agreed(
  context: CliContext,
  given: { readonly yes: boolean; readonly question: string; readonly hint: string },
): Promise<boolean> {
  const answer = given.yes || (await confirm(context, `${given.question} [y/N] `));
  if (answer === null) throw new Fault({ code: 'usage', message: 'nobody is there to be asked', hint: given.hint });
  return answer;
}
