// Only real processes can show this about shell commands: their environment, their output, and which processes they wait
// for.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Place } from '../../ports/place.ts';
import { carriers } from './carriers.samples.ts';
import { describeRealProcesses, long, never } from './real-place.samples.ts';

describeRealProcesses((stage) => {
  const { isolate, env, pipe } = stage;
  let root: string;
  let protect: readonly string[];
  let tag: string;
  let place: Place;
  let isolated: boolean;
  beforeEach(() => void ({ root, protect, tag, place, isolated } = stage.now()));

  describe('shell', () => {
    const shell = (command: string, over: { timeoutMs?: number; signal?: AbortSignal; cwd?: string } = {}) =>
      place.shell({
        command,
        marker: randomUUID(),
        isolate,
        protect,
        writable: [],
        cwd: root,
        env: env(),
        timeoutMs: long,
        signal: never,
        ...over,
      });

    it('has no environment but the given one, and its folder', async () => {
      process.env['YARD_LEAKED'] = 'leaked';
      const { output: text } = await shell('echo "$YARD_LEAKED:$YARD_TEST"; pwd -P');
      delete process.env['YARD_LEAKED'];
      expect(text).toBe(`:${tag}\n${execFileSync('pwd', ['-P'], { cwd: root, encoding: 'utf8' })}`);
    });

    it('keeps the last 64 KiB, in whole characters', async () => {
      const { output: text, code } = await shell(
        'i=0; while [ $i -lt 3000 ]; do echo "$i éééééééééééééééééééé"; i=$((i+1)); done; printf x',
      );
      expect(code).toBe(0);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
      expect(Buffer.byteLength(text)).toBeGreaterThan(64 * 1024 - 4);
      expect(text).not.toContain('\ufffd');
      expect(text.endsWith('\n2999 éééééééééééééééééééé\nx')).toBe(true);
    });

    it('does not wait for somebody out of its reach who holds the pipe open', async () => {
      const up = pipe('up');
      const { code, output: text } = await shell(
        `env -i YARD_TEST=${tag} setsid sh -c 'echo $$ > ${up}; exec sleep 1000' & read pid < ${up}; echo $pid`,
      );
      expect(code).toBe(0);
      expect(text).toMatch(/^\d+\n$/);
      const out = carriers(`YARD_TEST=${tag}`);
      if (isolated) return expect(out).toEqual([]);
      expect(out).toEqual([Number(text)]);
      process.kill(Number(text), 'SIGKILL');
    });

    it('is a fault where there is no such folder', async () => {
      await expect(shell('true', { cwd: join(root, 'missing') })).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
    });
  });
});
