// The real binaries against the scripted server: each writes a file, runs a command and ends with a text.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { agentBinary, claudeEnv, missingAgent, opencodeEnv } from '../support/agents.ts';
import type { AgentName } from '../support/agents.ts';
import { startModelServer } from './model-server.ts';
import type { ModelServer } from './model-server.ts';

interface Scene {
  readonly server: ModelServer;
  readonly url: string;
  readonly home: string;
  readonly cwd: string;
}

async function setScene(): Promise<Scene> {
  // Claude Code tells its working directory with links resolved.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'yard-agents-')));
  const [home, cwd] = await Promise.all([mkdtemp(join(root, 'home-')), mkdtemp(join(root, 'cwd-'))]);
  const script = {
    t7: [
      { write: { path: 'hello.txt', content: 'hello\n' }, text: 'First the file.' },
      { bash: 'wc -c < hello.txt > size.txt' },
      { say: 'All done.' },
    ],
  };
  const server = await startModelServer({ script, choose: ({ prompt }) => /\bt\d+(\.\d+)*\b/.exec(prompt)?.[0] ?? null });
  onTestFinished(async ({ task }) => {
    await server.close();
    if (task.result?.state === 'fail') console.error(`kept for inspection: ${root}`);
    else await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  return { server, url: server.url, home, cwd };
}

interface Running {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** The events that the agent printed; a failed run rejects with its output. */
// oxlint-disable-next-line typescript/no-explicit-any -- events of another program, each assertion reads its own part
function run({ file, args, env, cwd }: Running): Promise<Record<string, any>[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      [...args],
      { env, cwd, timeout: 55_000, killSignal: 'SIGKILL', maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else
          resolve(
            stdout
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line)),
          );
      },
    );
    child.stdin?.end('Please do t7.');
  });
}

function installed(name: AgentName, skip: (reason: string) => never): string {
  return agentBinary(name) ?? skip(missingAgent(name));
}

async function expectWork({ server, cwd }: Scene): Promise<void> {
  expect(await readFile(join(cwd, 'hello.txt'), 'utf8')).toBe('hello\n');
  expect((await readFile(join(cwd, 'size.txt'), 'utf8')).trim()).toBe('6');
  expect(
    server
      .requests()
      .filter(({ kind }) => kind === 'step')
      .map(({ scenario, step, cwd: from }) => [scenario, step, from]),
  ).toEqual([0, 1, 2].map((step) => ['t7', step, cwd]));
}

test('claude', { timeout: 60_000 }, async ({ skip }) => {
  const file = installed('claude', skip);
  const scene = await setScene();
  const args = ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'bypassPermissions', '--no-session-persistence'];
  const events = await run({ file, args, env: claudeEnv(scene), cwd: scene.cwd });
  await expectWork(scene);
  expect(events.at(-1)).toMatchObject({
    type: 'result',
    is_error: false,
    result: 'All done.',
    num_turns: 3,
    usage: { input_tokens: 3000, output_tokens: 300 },
  });
  expect(events.at(-1)?.['total_cost_usd']).toBeCloseTo(0.018);
  expect(scene.server.requests().map(({ kind, apiKey, prompt }) => [kind, apiKey, prompt])).toEqual(
    Array(3).fill(['step', 'sk-ant-test-000', 'Please do t7.']),
  );
});

test.for(['@ai-sdk/openai-compatible', '@ai-sdk/anthropic'] as const)('opencode with %s', { timeout: 60_000 }, async (npm, { skip }) => {
  const file = installed('opencode', skip);
  const scene = await setScene();
  const modelsFile = join(scene.home, 'models.json');
  await writeFile(modelsFile, '{}');
  const events = await run({ file, args: ['run', '--format', 'json'], env: opencodeEnv({ ...scene, modelsFile, npm }), cwd: scene.cwd });
  await expectWork(scene);
  expect(events.filter(({ type }) => type === 'text').map(({ part }) => part.text)).toEqual(['First the file.', 'All done.']);
  const steps = events.filter(({ type }) => type === 'step_finish').map(({ part }) => part);
  expect(steps.map(({ reason, cost }) => [reason, cost])).toEqual([
    ['tool-calls', 0.0045],
    ['tool-calls', 0.0045],
    ['stop', 0.0045],
  ]);
  const requests = scene.server.requests();
  expect(requests.filter(({ kind }) => kind === 'title')).toHaveLength(1);
  expect(new Set(requests.map(({ apiKey, bearer }) => `${apiKey} ${bearer}`))).toEqual(
    new Set([npm === '@ai-sdk/anthropic' ? 'sk-test-000 null' : 'null sk-test-000']),
  );
});
