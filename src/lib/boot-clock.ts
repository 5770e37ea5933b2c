// The kernel's boot clock: how long this machine has been up, the same for all of its processes, whatever their wall clocks
// say and whoever sets those; and the id of the boot from which it counts.
import { openSync, readFileSync, readSync } from 'node:fs';

const onMac = process.platform === 'darwin';
let boot: string | null = null;
let uptime: number | null = null;
const line = Buffer.alloc(64);

/** Changes with every start of the machine. */
export function bootId(): string {
  return (boot ??= (onMac ? sysctl('kern.bootsessionuuid') : readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')).trim());
}

/**
 * Milliseconds since the machine started, including time asleep; never goes back. On Linux in steps of 10 ms, from a file
 * that stays open: opening it each time takes five times as long. /proc/uptime is CLOCK_BOOTTIME (the kernel's
 * fs/proc/uptime.c asks ktime_get_boottime_ts64). `process.hrtime` is not used on Linux, because CLOCK_MONOTONIC leaves
 * out time asleep, and because libraries such as libfaketime answer in the kernel's place. On macOS `process.hrtime` is
 * mach_continuous_time (libuv's darwin.c), which includes time asleep. NOT RUN BY OUR TESTS THERE.
 */
export function bootMs(): number {
  if (onMac) return Number(process.hrtime.bigint() / 1_000_000n);
  uptime ??= openSync('/proc/uptime', 'r');
  const length = readSync(uptime, line, 0, line.length, 0);
  return Math.round(Number.parseFloat(line.toString('latin1', 0, length)) * 1000);
}

/** `child_process` takes long to load, and Linux does not need it. */
function sysctl(name: string): string {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  return execFileSync('/usr/sbin/sysctl', ['-n', name], { encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] });
}
