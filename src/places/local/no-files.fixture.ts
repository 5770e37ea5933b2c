// A process of its own that has no file descriptors left, and is to start a program. It may have few of them.
import { closeSync, openSync, writeSync } from 'node:fs';
import { startAtGate } from './starter.ts';

const files: number[] = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {
  // There are none left.
}
for (const file of files.splice(0, 3)) closeSync(file);
const started = startAtGate({ file: '/bin/sh', args: ['-c', 'echo "at $$"; read -r go'], cwd: '/', env: {}, table: null });
await started.catch((error: unknown) => writeSync(1, `rejected: ${error instanceof Error ? error.message : ''}\n`));
