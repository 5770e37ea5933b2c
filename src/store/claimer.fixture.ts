// A supervisor in small, as a process of its own: opens the file (with others at once, when it is new), waits for a
// line on standard input, sees every queued task that it can get through, and prints the ids of the tasks it got.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openStore } from './open.ts';

const [file = '', holder = ''] = process.argv.slice(2);
const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const route = { agent: 'ours', model: 'p/m', account: null, billing: null, place: 'local', host: 'this', reasons: [] };

const store = await openStore({ file });
await store.addRepo({ root: `/of/${holder}`, at: 1 });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const got: string[] = [];
for (;;) {
  const queued = await store.tasks({ states: ['queued'] });
  if (queued.length === 0) break;
  for (const task of queued) {
    const claim = await store.claim({
      id: randomUUID(),
      taskKey: task.key,
      route,
      session: 's',
      holder,
      leaseFor: 1000,
      leaseFrom: { boot: 'this one', ms: 10, wall: 10 },
      at: 10,
      reason: { code: 'dispatched', facts: { route: [] } },
      admit: () => true,
    });
    if (!claim.claimed) continue;
    got.push(task.id);
    const { lease } = claim;
    await store.addEvents({
      lease,
      events: [{ type: 'said', text: holder }],
      outOffset: 1,
      cost: 1,
      tokens,
      steps: 1,
      at: 11,
    });
    const verdict = { kind: 'work', message: '', until: null, feedback: null } as const;
    await store.close({
      lease,
      closing: { verdict, cost: 1, tokens, steps: 1, commits: 1, at: 12, ledger: [] },
      task: { to: 'delivered', reason: { code: 'arrived', facts: { evidence: 'closed' } }, patch: {} },
    });
  }
}
await store.end();
process.stdin.destroy();
process.stdout.write(`${JSON.stringify(got)}\n`);
