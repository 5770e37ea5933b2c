// Reads processes from macOS's `ps`. NOT RUN BY OUR TESTS SO FAR, except for the parsing of the table. It is weaker than on
// Linux: start times have a resolution of one second, environments are visible only for the user's own processes and not
// for programs of the system, and the marker is searched for in one line of text that contains arguments and environment
// together, in this order.
import { execFileSync } from 'node:child_process';
import { bootId } from './boot-clock.ts';
import type { Carrier, Process, Processes } from './process-table.ts';

const columns = 'pid=,pgid=,rss=,stat=,lstart=';

export const macProcesses: Processes = {
  machineId: () => /"IOPlatformUUID" = "([^"]+)"/.exec(run('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']))?.[1] ?? null,
  bootId,
  namespace: () => null,
  lookWithin: () => null,
  look: (pid) => readTable({ table: run('/bin/ps', ['-o', columns, '-p', String(pid)]), marker: null })[0]?.process ?? null,
  carriers({ name, value: wanted }) {
    const rows = readTable({ table: run('/bin/ps', ['-axEww', '-o', `${columns},command=`]), marker: name });
    const carriers = rows.flatMap(({ process: one, memory, marker: value }): Carrier[] =>
      value === null || one.pid === process.pid || (wanted !== null && value !== wanted) ? [] : [{ ...one, memory, marker: value }],
    );
    // `ps` does not show whether a process is in the middle of `exec`, so an empty result is never final.
    return { carriers, settled: false };
  },
  members: (group) =>
    readTable({ table: run('/bin/ps', ['-ax', '-o', columns]), marker: null })
      .map((row) => row.process)
      .filter((one) => one.group === group && one.pid !== process.pid),
};

/**
 * The columns are pid, group, KiB, state, five words of start time, and (in the long form) the command with its
 * environment.
 */
const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)(?:\s+(.*))?$/;

export function readTable(given: {
  readonly table: string;
  /** The variable whose value is read as well. */
  readonly marker: string | null;
}): { process: Process; memory: number; marker: string | null }[] {
  // The last match counts, because the environment stands behind the arguments.
  const carried = given.marker === null ? null : new RegExp(`.* ${given.marker}=(\\S+)`);
  const rows: { process: Process; memory: number; marker: string | null }[] = [];
  for (const line of given.table.split('\n')) {
    const [, pid, group, kib, state, startTime, text] = row.exec(line) ?? [];
    if (state === undefined || startTime === undefined || state.startsWith('Z')) continue;
    rows.push({
      process: { pid: Number(pid), group: Number(group), startTime: startTime.replaceAll(/\s+/g, ' ') },
      memory: Number(kib) * 1024,
      marker: carried?.exec(text ?? '')?.[1] ?? null,
    });
  }
  return rows;
}

/**
 * The start time is printed in local time and words: without a fixed zone and language it would change with those of the
 * caller.
 */
function run(file: string, args: readonly string[]): string {
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      timeout: 5000,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // `ps -p` exits with 1 if there is no such pid.
    return '';
  }
}
