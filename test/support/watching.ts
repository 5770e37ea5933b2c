// Waiting for what happens, for stories: events of a running supervisor, and the state of its process.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

type Event = Readonly<Record<string, unknown>>;

/** Resolves at the first event of a running `--json` supervisor that matches; fails when it ends before. */
export function eventOf(child: ChildProcess, match: (event: Event) => boolean): Promise<Event> {
  return new Promise((resolve, reject) => {
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer | string) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      const found = lines.map((line) => JSON.parse(line) as Event).find(match);
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the supervisor ended with ${code} before the event`)));
  });
}

export const said = (task: string) => (event: Event) => event['type'] === 'progress' && event['task'] === task;

export const warned = (code: string) => (event: Event) => event['type'] === 'warning' && event['code'] === code;

/** Asks again and again until it is so; bounded by the test's own time. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await setImmediate();
}

/** Resolves once the process is stopped by a signal. */
export const stopped = (child: ChildProcess): Promise<void> =>
  until(() => /\) [Tt] /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1')));
