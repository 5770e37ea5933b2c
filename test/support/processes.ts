// Processes of this machine, read from /proc. Linux only.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** The processes whose arguments contain this number of seconds. */
export function sleeping(seconds: number): number[] {
  return allPids().filter((pid) => read(pid, 'cmdline').split('\0').includes(`${seconds}`));
}

/** The first process of an attempt that runs this program: the agent itself, without the processes around it. */
export function agentOf(given: { readonly attempt: string; readonly program: string }): number {
  const found = allPids().find(
    (pid) =>
      read(pid, 'environ').split('\0').includes(`YARDMASTER_ATTEMPT=${given.attempt}`) && programOf(pid) === realpathSync(given.program),
  );
  if (found === undefined) throw new Error(`no process of ${given.attempt} runs ${given.program}`);
  return found;
}

/** Descriptions of the processes that work in a folder or below it, except this one. */
export function workingBelow(folder: string): string[] {
  return allPids().flatMap((pid) => {
    const at = folderOf(pid);
    return at === folder || at.startsWith(`${folder}/`) ? [`${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ').trim()}`] : [];
  });
}

/** The start time in clock ticks since the machine's start; null if there is no such process, or it is a zombie. */
export function startTimeOf(pid: number): string | null {
  const stat = read(pid, 'stat');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return words[0] === 'Z' ? null : (words[19] ?? null);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}
