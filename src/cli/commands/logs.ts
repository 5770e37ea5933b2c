// `logs`: the transcript of an attempt, for people, as events, or as the agent wrote it.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Attempt } from '../../core/attempt.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Store, StoredEvent } from '../../ports/store.ts';
import { openStore } from '../compose.ts';
import { refuse, type CliContext } from '../context.ts';
import { findTask } from '../find-task.ts';
import { transcriptLine } from '../transcript-line.ts';

export interface LogsFlags {
  json?: boolean;
  follow?: boolean;
  raw?: boolean;
  attempt?: number;
  repo?: string;
}

const pageSize = 1000;

export async function logs(this: CliContext, flags: LogsFlags, id: string): Promise<void> {
  const store = await openStore(this);
  const controller = new AbortController();
  const interrupt = this.onInterrupt(() => controller.abort());
  try {
    const task = await findTask({ store, id, cwd: this.cwd, repo: flags.repo });
    const attempts = await store.attempts(task.key);
    const attempt = flags.attempt === undefined ? attempts.at(-1) : attempts.find((one) => one.number === flags.attempt);
    if (attempt === undefined && flags.attempt !== undefined)
      throw new Fault({ code: 'unknown-attempt', message: `${id} has no attempt ${flags.attempt}`, hint: `it has ${attempts.length}` });
    if (attempt === undefined) return refuse(this, `${id} has no attempt yet; yardmaster explain ${id} says why`);
    const given = { store, attempt, follow: flags.follow === true, signal: controller.signal };
    await (flags.raw === true ? printRaw(this, given) : printEvents(this, { ...given, json: flags.json === true }));
  } finally {
    interrupt.stop();
    await store.end();
  }
}

interface Printing {
  readonly store: Store;
  readonly attempt: Attempt;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

async function printEvents(context: CliContext, given: Printing & { json: boolean }): Promise<void> {
  const { store, attempt } = given;
  let after = -1;
  for (;;) {
    // Asked before the events are read: what is written in between is read in the next round.
    const closed = await isClosed(store, attempt);
    const page = await store.events({ attempt: attempt.id, after, limit: pageSize });
    for (const stored of page) context.out.write(format(stored, given.json));
    after = page.at(-1)?.seq ?? after;
    if (page.length === pageSize) continue;
    if (!given.follow || closed || given.signal.aborted) return;
    await systemClock.sleep(300, given.signal);
  }
}

function format(stored: StoredEvent, json: boolean): string {
  if (json) return `${JSON.stringify({ at: iso(stored.at), ...stored.event })}\n`;
  const line = transcriptLine(stored.event);
  return line === null ? '' : `${line}\n`;
}

async function printRaw(context: CliContext, given: Printing): Promise<void> {
  const { launch } = given.attempt;
  if (launch === null) return refuse(context, 'the worker of this attempt was never started');
  const file = join(launch.folder, 'stdout');
  let start = 0;
  for (;;) {
    const closed = await isClosed(given.store, given.attempt);
    for await (const chunk of createReadStream(file, { start, encoding: 'utf8' })) {
      context.out.write(String(chunk));
      start += Buffer.byteLength(String(chunk));
    }
    if (!given.follow || closed || given.signal.aborted) return;
    await systemClock.sleep(300, given.signal);
  }
}

async function isClosed(store: Store, attempt: Attempt): Promise<boolean> {
  return (await store.attempt(attempt.id))?.state === 'closed';
}
