// Processes by way of /proc. Everything is synchronous: procfs answers from memory, and a look must not be older
// than the signal that follows it. Measured over 1,100 processes on a busy machine, CPU time:
// environments 22 ms, and with the `stat` lines 47 ms; that is less than 5 ms where a hundred run.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import type { Found, Process, Processes } from './processes.ts';

export const linuxProcesses: Processes = {
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  look,
  find({ entry, group }) {
    // `stat` of every process is half of the cost, and needed only while the group has members.
    const members = group !== null && groupExists(group) ? group : null;
    const needle = Buffer.from(`\0${entry}\0`);
    const found: Found[] = [];
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) continue;
      const carries = environmentHas(pid, needle);
      if (!carries && members === null) continue;
      const seen = look(pid);
      if (seen !== null && (carries || seen.group === members)) found.push({ ...seen, carries });
    }
    return found;
  },
};

/** Reads a file of /proc into `scratch` from byte 1 on; answers where it ends. Unreadable is empty. */
let scratch = Buffer.alloc(256 * 1024);

function readProc(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return 1;
  }
  let end = 1;
  try {
    for (;;) {
      if (end === scratch.length) scratch = Buffer.concat([scratch, Buffer.alloc(scratch.length)]);
      const count = readSync(file, scratch, end, scratch.length - end, null);
      if (count === 0) return end;
      end += count;
    }
  } catch {
    return 1;
  } finally {
    closeSync(file);
  }
}

/** The zero byte in front lets the first entry be matched like the others; kernel threads have no environment. */
function environmentHas(pid: number, needle: Buffer): boolean {
  const end = readProc(`/proc/${pid}/environ`);
  scratch[0] = 0;
  return scratch.subarray(0, end).includes(needle);
}

/**
 * `pid (comm) state ppid pgrp …`, the start time is field 22, in clock ticks since boot.
 * comm may hold spaces and parentheses, so the fields are counted from the last one.
 */
function look(pid: number): Process | null {
  const end = readProc(`/proc/${pid}/stat`);
  const line = scratch.toString('latin1', 1, end);
  const [state, , group, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[16];
  if (startTime === undefined || state === 'Z' || state === 'X') return null;
  return { pid, startTime, group: Number(group) };
}

function groupExists(group: number): boolean {
  if (group <= 1) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    // EPERM: there are members, only not ours to signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
