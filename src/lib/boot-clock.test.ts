// The boot clock as other processes of this machine read it.
import { execFileSync } from 'node:child_process';
import { uptime } from 'node:os';
import { expect, test } from 'vitest';
import { bootId, bootMs } from './boot-clock.ts';

/** The values in a separate process that has just started. */
function elsewhere(): { boot: string; ms: number } {
  const script = `import { bootId, bootMs } from ${JSON.stringify(new URL('boot-clock.ts', import.meta.url).href)};
    console.log(JSON.stringify({ boot: bootId(), ms: bootMs() }));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
}

test('all processes read the same boot and the same clock', () => {
  const before = bootMs();
  const other = elsewhere();
  const after = bootMs();
  expect(other.boot).toBe(bootId());
  expect(other.boot).toMatch(/^[\da-fA-F-]{36}$/);
  expect(other.ms).toBeGreaterThanOrEqual(before);
  expect(other.ms).toBeLessThanOrEqual(after);
});

test('it counts from the start of the machine, in whole milliseconds', () => {
  const before = bootMs();
  const seconds = uptime();
  const after = bootMs();
  expect(Number.isSafeInteger(after)).toBe(true);
  // `uptime` may be in whole seconds.
  expect(seconds * 1000).toBeGreaterThanOrEqual(before - 1000);
  expect(seconds * 1000).toBeLessThanOrEqual(after + 1000);
});
