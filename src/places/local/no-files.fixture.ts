// A separate process that has no file descriptors left and has to start a program. Its limit can be set low.
import { closeSync, openSync, writeSync } from 'node:fs';
import { startAtGate } from './starter.ts';

const files: number[] = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {
  // No file descriptor is left.
}
for (const file of files.splice(0, 3)) closeSync(file);
const started = startAtGate({ file: '/bin/sh', args: ['-c', 'echo "at $$"; read -r go'], cwd: '/', env: {}, table: null });
await started.catch((error: unknown) => writeSync(1, `rejected: ${error instanceof Error ? error.message : ''}\n`));
