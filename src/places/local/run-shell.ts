// Runs a shell command with a time limit and its whole process tree: for a person on the host, or for a task in the place.
import type { ShellCommand, ShellResult } from '../../ports/host.ts';
import type { Boundary } from '../../ports/place.ts';
import type { Marker } from '../../lib/process-table.ts';
import { boundedCommand } from './bounded-command.ts';
import { isolationFor } from './isolation.ts';

const keep = 64 * 1024;

// Standard error goes into the same pipe as standard output, because the order of two pipes could not be reconstructed.
const script = 'exec 2>&1; exec "$@"';

export async function runShell(given: ShellCommand & Boundary & { readonly marker: Marker }): Promise<ShellResult> {
  const { command, isolate, protect, writable, ...rest } = given;
  const { prefix, table } = await isolationFor({ pids: isolate, protect, writable });
  const args = [...prefix, '/bin/sh', '-c', command];
  const { why, exit, stdout } = await boundedCommand({ ...rest, script, args, table, stdin: null, keep });
  return { code: why === 'ended' && exit.signal === null ? exit.code : null, timedOut: why === 'timeout', output: stdout };
}
