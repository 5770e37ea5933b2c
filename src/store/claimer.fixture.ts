// A minimal supervisor in a separate process: it opens the file (together with others, while it is new), waits for a line
// on standard input, sees through every queued task that it can claim, and prints the ids of those tasks.
import { once } from 'node:events';
import { noTokens } from '../core/transcript/transcript.ts';
import { claimBy, closeAs } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

const [file = '', holder = ''] = process.argv.slice(2);

const store = await openStore({ file });
await store.addRepo({ root: `/of/${holder}`, at: 1 });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const got: string[] = [];
for (;;) {
  const queued = await store.tasks({ states: ['queued'] });
  if (queued.length === 0) break;
  for (const task of queued) {
    const claim = await claimBy(store, { taskKey: task.key, holder });
    if (!claim.claimed) continue;
    got.push(task.id);
    const { lease } = claim;
    await store.addEvents({
      lease,
      events: [{ type: 'said', text: holder }],
      outOffset: 1,
      cost: 1,
      tokens: noTokens,
      steps: 1,
      at: 11,
    });
    await closeAs(store, { lease, to: 'delivered' });
  }
}
await store.end();
process.stdin.destroy();
process.stdout.write(`${JSON.stringify(got)}\n`);
