// Asks a person a question.
import { createInterface } from 'node:readline/promises';
import { Fault } from '../core/fault.ts';
import { onScreen } from '../lib/visible.ts';
import { exitCodes, type CliContext } from './context.ts';

/** Whether a person can answer. */
export function isTerminal(context: CliContext): boolean {
  return context.err.isTTY && process.stdin.isTTY;
}

/** Null if nobody can answer. Ctrl-D means no; Ctrl-C ends the command with a Fault `interrupted`. */
export async function confirm(context: CliContext, question: string): Promise<boolean | null> {
  if (!isTerminal(context)) return null;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  let interrupted = false;
  asking.on('SIGINT', () => {
    interrupted = true;
    asking.close();
  });
  const closed = new Promise<null>((resolve) => asking.once('close', () => resolve(null)));
  for (let asked = question; ; asked = 'Answer y or n: ') {
    // After Ctrl-D the question is rejected as well as closed.
    const answer = await Promise.race([asking.question(onScreen(asked)).catch(() => null), closed]);
    if (answer === null) break;
    // Nothing typed is the answer in capitals. Anything else may be a slip, and some answers are kept for good.
    if (!/^(?:y|yes|n|no)?$/i.test(answer.trim())) continue;
    asking.close();
    return /^y/i.test(answer.trim());
  }
  context.err.write('\n');
  if (!interrupted) return false;
  context.exit = exitCodes.interrupted;
  throw new Fault({
    code: 'interrupted',
    message: 'interrupted at the question',
    hint: 'nothing was done; run the command again',
  });
}

/** Does not ask if `yes` was given. If nobody can answer, it throws a Fault `usage` with the hint. */
export async function agreed(
  context: CliContext,
  given: { readonly yes: boolean; readonly question: string; readonly hint: string },
): Promise<boolean> {
  const answer = given.yes || (await confirm(context, `${given.question} [y/N] `));
  if (answer === null) throw new Fault({ code: 'usage', message: 'there is no terminal on which to ask you', hint: given.hint });
  return answer;
}
