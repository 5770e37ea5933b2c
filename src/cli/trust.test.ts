// Tests the check before work starts in several repositories.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CliContext } from './context.ts';
import { requireTrustOfEach } from './trust.ts';

test('a wrong configuration is told where its tasks are; an error that nobody expected is told at once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'yard-trust-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [repo, text] of [
    ['wrong', 'nonsense: 1\n'],
    ['right', 'delivery: { checks: [x] }\n'],
  ] as const) {
    mkdirSync(join(root, repo));
    writeFileSync(join(root, repo, 'yardmaster.yaml'), text);
  }
  let told = '';
  const env = { HOME: root };
  const context = { env, err: { write: (text: string) => void (told += text) } } as unknown as CliContext;
  const given = { repos: [join(root, 'wrong'), join(root, 'right')], given: false };
  await requireTrustOfEach(context, given);
  expect(told).toMatch(/^warning: .*right: .*delivery\.checks.*\n.*\n$/);
  const odd = {
    ...context,
    env: {
      get HOME(): string {
        throw new TypeError('a mistake of ours');
      },
    },
  };
  await expect(requireTrustOfEach(odd, given)).rejects.toThrow('a mistake of ours');
});
