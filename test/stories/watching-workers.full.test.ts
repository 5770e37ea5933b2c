// A large transcript, of which a person reads a little. (What is stored of a worker that writes much: watching-workers.test.ts; that a
// page is read from where it begins: src/lib/tail-offset.test.ts.)
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { openYard } from '../support/yard.ts';

const todo = '- [ ] t1 First #auto-dispatch\n';

test('a transcript of 100 MB is shown from its first page on without reading the rest', async ({ skip }) => {
  skip(process.platform !== 'linux', 'how much a process has read is asked of /proc');
  const [pieces, kilobytes] = [400, 256];
  const output = 'a line of what the tool said\n'.repeat((kilobytes * 1024) / 29);
  const yard = await openYard({
    todo,
    config: { worker: { maxSteps: 1000 } },
    actions: {
      t1: [[...Array.from({ length: pieces }, (_, at): Action => ({ tool: { name: `tool-${at}`, output } })), { say: 'no change needed' }]],
    },
  });
  await yard.run('run');
  const { attempts } = await yard.json<{ attempts: { id: string }[] }>('show', 't1');
  expect(statSync(join(yard.home, 'attempts', attempts[0]?.id ?? '', 'stdout')).size).toBeGreaterThan(100 * 2 ** 20);
  for (const args of [[], ['--follow'], ['--raw'], ['--raw', '--lines', '2'], ['--json', '--lines', '2']]) {
    const logs = yard.start('logs', 't1', ...args);
    const end = once(logs, 'close');
    // Nobody reads on: it waits, with the rest unread.
    await once(logs.stdout ?? logs, 'readable');
    const read = Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${logs.pid}/io`, 'latin1'))?.[1]);
    expect(read, args.join(' ')).toBeLessThan(20 * 2 ** 20);
    logs.kill('SIGKILL');
    await end;
  }
});
