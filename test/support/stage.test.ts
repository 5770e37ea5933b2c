// A closed stage leaves nothing behind, even if its story was interrupted in the middle.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildStage, commandsOf, ended } from './stage.ts';

/** Continues in a process of its own, as `up` does, which reports when it is ready. */
const detaching = `import { spawn } from 'node:child_process';
if (process.argv[2] === 'stay') { process.send('ready'); process.disconnect(); setInterval(() => {}, 1000); }
else {
  const child = spawn(process.execPath, [process.argv[1], 'stay'], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.once('message', () => { child.disconnect(); child.unref(); });
}
`;

test.skipIf(process.platform !== 'linux')('a supervisor that a story left in the background ends with its stage', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-detaching-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'program.mjs');
  writeFileSync(program, detaching);
  const stage = await buildStage({ todo: '', program });
  expect(await stage.run('up')).toMatchObject({ code: 0 });
  expect(commandsOf(stage.home)).toHaveLength(1);
  await stage.close({ keep: false });
  await expect.poll(() => commandsOf(stage.home)).toEqual([]);
});

test('a command that cannot be started is an error, and nothing waits for it', async () => {
  const stage = await buildStage({ todo: '', program: 'none' });
  const child = stage.startWith({}, 'ls');
  await once(child, 'exit');
  await stage.close({ keep: false });
  // Its folder does not exist any more.
  await expect(ended(stage.start('ls'))).rejects.toThrow('ENOENT');
});
