// Processes by way of macOS's `ps` and `sysctl`. NOT RUN BY OUR TESTS SO FAR: written from the manual pages.
// Weaker than on Linux: start times have a resolution of one second, environments are shown only of the user's own
// processes, and the marker is looked for in one line of text that holds arguments and environment together.
import { execFileSync } from 'node:child_process';
import type { Found, Process, Processes } from './processes.ts';

/** pid, group, state, five words of start time, and (in the long form) the command with its environment. */
const row = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)(?:\s+(.*))?$/;

export const macProcesses: Processes = {
  bootId: () => run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim(),
  look: (pid) => parse(run('/bin/ps', ['-o', 'pid=,pgid=,stat=,lstart=', '-p', String(pid)]))[0]?.process ?? null,
  find({ entry, group }) {
    const found: Found[] = [];
    for (const { process: one, text } of parse(run('/bin/ps', ['-axEww', '-o', 'pid=,pgid=,stat=,lstart=,command=']))) {
      const carries = ` ${text} `.includes(` ${entry} `);
      if (one.pid !== process.pid && (carries || one.group === group)) found.push({ ...one, carries });
    }
    return found;
  },
};

function parse(table: string): { process: Process; text: string }[] {
  const rows: { process: Process; text: string }[] = [];
  for (const line of table.split('\n')) {
    const [, pid, group, state, startTime, text] = row.exec(line) ?? [];
    if (state === undefined || startTime === undefined || state.startsWith('Z')) continue;
    rows.push({ process: { pid: Number(pid), group: Number(group), startTime: startTime.replaceAll(/\s+/g, ' ') }, text: text ?? '' });
  }
  return rows;
}

/** The start time is printed in local time and words: without a fixed zone and language it would change with the caller's. */
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
    // `ps -p` of a pid that is not there exits with 1.
    return '';
  }
}
