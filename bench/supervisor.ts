// A supervisor in a process of its own that tells its parent when it did what: the same ports and the same `run` as the
// command line's, with each call to a port noted. Ends when the parent says so or goes away.
import { run } from '../src/supervisor/run.ts';
import { now } from './samples.ts';
import { openWorld, type Mark } from './world.ts';

let marks: Mark[] = [];
let timer: NodeJS.Timeout | null = null;

// In batches: telling each one at once would cost more than most of the calls.
function note(mark: Mark): void {
  marks.push(mark);
  timer ??= setTimeout(flush, 20);
}

function flush(): void {
  // The parent may be gone already.
  if (process.connected) process.send?.(marks);
  marks = [];
  timer = null;
}

const from = now();
const opened = await openWorld({ env: process.env, note });
note({ call: 'opened', of: null, from, to: now() });
// Its workers are left to the parent: ending them would be a part of every profile.
process.on('message', () => process.exit());
process.on('disconnect', () => process.exit());
const never = new AbortController().signal;
await run(opened.world, { until: 'down', pollMs: opened.pollMs, drain: never, stop: never, waker: opened.waker });
