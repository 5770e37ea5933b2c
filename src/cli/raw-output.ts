// Copies what an agent wrote to its standard output, byte for byte, as it grows.
import { createReadStream } from 'node:fs';
import type { Attempt } from '../core/task/attempt.ts';
import { Fault } from '../core/fault.ts';
import { tailOffset } from '../lib/tail-offset.ts';
import { viewWorkers } from './compose.ts';
import { refuse, type CliContext } from './context.ts';

export interface Printing {
  readonly attempt: Attempt;
  /** Only this many lines from the end; null: from the beginning. */
  readonly last: number | null;
  readonly signal: AbortSignal;
  /** Called before a read: output that is written after the answer is read in the next round. */
  readonly isOver: () => Promise<boolean>;
  readonly wait: () => Promise<void>;
}

export async function printRaw(context: CliContext, given: Printing): Promise<void> {
  const { launch, number, id, route } = given.attempt;
  if (launch === null) return refuse(context, `the worker of attempt ${number} was never started`);
  const file = (await viewWorkers([given.attempt])).get(id)?.output ?? null;
  if (file === null) return refuse(context, `the output of attempt ${number} is on ${route.host}, which cannot be reached from here`);
  try {
    let start = given.last === null ? 0 : await tailOffset({ file, lines: given.last });
    for (;;) {
      const over = await given.isOver();
      for await (const chunk of createReadStream(file, { start })) {
        const bytes = chunk as Buffer;
        await context.out.send(bytes, given.signal);
        start += bytes.length;
        if (given.signal.aborted) return;
      }
      if (over) return;
      await given.wait();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Fault({
      code: 'no-output',
      message: `${file} no longer exists`,
      hint: 'leave --raw out to see the stored transcript',
      cause: error,
    });
  }
}
