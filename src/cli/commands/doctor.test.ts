// Tests what the doctor reports when a check fails in an unexpected way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createGitFixture } from '../../../test/support/git-fixture.ts';
import type { CliContext } from '../context.ts';
import { doctor } from './doctor.ts';

async function checksIn(given: { readonly cwd: string; readonly env: CliContext['env'] }): Promise<Record<string, string>> {
  let text = '';
  const out = { write: (more: string) => void (text += more) };
  await doctor.call({ ...given, out, exit: null } as unknown as CliContext, { json: true });
  const checks = JSON.parse(text) as readonly { readonly name: string; readonly state: string; readonly found: string }[];
  return Object.fromEntries(checks.map(({ name, state, found }) => [name, `${state}: ${found}`]));
}

test('each check that it keeps from its work is told as broken, and none as well', async () => {
  const fx = createGitFixture();
  onTestFinished(() => fx.dispose());
  const config = (): string => {
    throw new TypeError('a mistake of ours');
  };
  const env = {
    get XDG_CONFIG_HOME() {
      return config();
    },
    HOME: fx.folder,
    YARDMASTER_HOME: join(fx.folder, 'home'),
  };
  const told = 'broken: a mistake of ours';
  expect(await checksIn({ cwd: fx.root, env })).toMatchObject({ config: told, trust: told, delivery: told, repository: told });
});

test('of a configuration that cannot be read it does not say that nothing lacks trust', async () => {
  const fx = createGitFixture();
  onTestFinished(() => fx.dispose());
  fx.write(fx.root, { 'yardmaster.yaml': 'agents: {claude: {path: ./evil.sh}}\nbudgets: 1\n' });
  const checks = await checksIn({ cwd: fx.root, env: { HOME: fx.folder, YARDMASTER_HOME: join(fx.folder, 'home') } });
  expect(checks).toMatchObject({ config: expect.stringMatching(/^broken: /), trust: 'warning: the configuration cannot be read' });
});

test('a state that cannot be looked at is not taken for another disk', async () => {
  const root = mkdtempSync(join(tmpdir(), 'yard-doctor-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const state = join(root, 'x'.repeat(300));
  expect((await checksIn({ cwd: root, env: { HOME: root, YARDMASTER_HOME: state } }))['disk']).toMatch(/^broken: ENAMETOOLONG/);
  expect((await checksIn({ cwd: root, env: { HOME: root, YARDMASTER_HOME: join(root, 'none') } }))['disk']).toMatch(/^ok: /);
});
