// A supervisor in a process of its own that reports to its parent when it did what. It uses the same ports and the same
// `run` as the command line, and records each call to a port. It ends when the parent asks for it or goes away.
import { run } from '../src/supervisor/run.ts';
import { now } from './samples.ts';
import { openWorld, type Mark } from './world.ts';

let marks: Mark[] = [];
let timer: NodeJS.Timeout | null = null;

// Sent in batches, because sending each one at once would cost more than most of the calls.
function note(mark: Mark): void {
  marks.push(mark);
  timer ??= setTimeout(flush, 20);
}

function flush(): void {
  // The parent may have ended already.
  if (process.connected) process.send?.(marks);
  marks = [];
  timer = null;
}

const from = now();
const opened = await openWorld({ env: process.env, note });
note({ call: 'opened', of: null, from, to: now() });
// Its workers are left to the parent, because ending them would be part of every profile.
process.on('message', () => process.exit());
process.on('disconnect', () => process.exit());
const never = new AbortController().signal;
await run(opened.world, { until: 'down', pollMs: opened.pollMs, drain: never, stop: never, waker: opened.waker });
