// The behaviour of the scripted agent while it works: its output is checked in the dialect of each agent.
import { execFileSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Json } from './heard.ts';
import { ended, heard, install, kinds, play, root, run, start, useAgentFolder, spoken } from './start-scripted.samples.ts';

useAgentFolder();

const tokens = (input: number, output: number): Json => ({
  total: input + output,
  input,
  output,
  reasoning: 0,
  cache: { read: 0, write: 0 },
});

describe.each(kinds)('%s: what goes on', (kind) => {
  test('an empty list is a success', async () => {
    const end = await play(kind, []);
    expect([end.code, end.stderr, heard(kind, end).texts]).toEqual([0, '', ['Done.']]);
    expect(end.events.at(-1)).toMatchObject(spoken[kind].success);
    const opening = {
      claude: {
        type: 'system',
        subtype: 'init',
        cwd: join(root, 'tree'),
        model: 'claude-sonnet-5-5',
        apiKeySource: 'ANTHROPIC_API_KEY',
        claude_code_version: '2.1.330',
        session_id: expect.any(String),
      },
      opencode: {
        type: 'step_start',
        sessionID: expect.stringMatching(/^ses_/),
        timestamp: expect.any(Number),
        part: { type: 'step-start' },
      },
    };
    expect(end.events[0]).toMatchObject(opening[kind]);
  });

  test('say, tool, step: texts, calls and exact costs', async () => {
    const end = await play(kind, [
      { say: 'First.' },
      { tool: { name: 'Grep', input: { q: 'x' }, output: 'y' } },
      { step: { cost: 0.5 } },
      { tool: { name: 'Odd', failed: true, output: 'no' } },
      { step: { cost: 0.25, tokens: { input: 10, output: 20 } } },
      { step: { cost: 0.125 } },
      { say: 'Last.' },
      { step: { cost: 0.0625 } },
    ]);
    const { texts, tools, costs } = heard(kind, end);
    expect(texts).toEqual(['First.', 'Last.']);
    expect(tools).toEqual([
      ['Grep', { q: 'x' }, false],
      ['Odd', {}, true],
    ]);
    expect(costs).toEqual(kind === 'claude' ? [0.9375] : [0.5, 0.25, 0.125, 0.0625]);
    const closing = { result: 'Last.', num_turns: 4, usage: { input_tokens: 3010, output_tokens: 320 } };
    expect(end.events.at(-1)).toMatchObject(kind === 'claude' ? closing : spoken.opencode.success);
    const steps = [
      ['tool-calls', tokens(1000, 100)],
      ['tool-calls', tokens(10, 20)],
      ['tool-calls', tokens(1000, 100)],
      ['stop', tokens(1000, 100)],
    ];
    expect(end.events.filter(({ type }) => type === 'step_finish').map(({ part }) => [part.reason, part.tokens])).toEqual(
      kind === 'claude' ? [] : steps,
    );
  });

  test('commit and edit: a real commit of the one file, in the person’s name if there is one', async () => {
    const tree = join(root, 'tree');
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: tree, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    const agent = install(kind, [
      { edit: { file: 'loose.txt', content: 'l' } },
      { commit: { file: 'deep/a.txt', content: 'a\n', message: 't1: a "b"' } },
    ]);
    const end = await run({ kind, agent });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    git('config', 'user.email', 'me@example.com');
    git('config', 'user.name', 'Me');
    agent.write({ '*': [[{ commit: { file: 'deep/a.txt', content: 'b\n', message: 't1: b' } }]] });
    expect((await run({ kind, agent })).code).toBe(0);
    // A file that is already committed is not committed again.
    expect((await run({ kind, agent })).code).toBe(0);
    expect(git('log', '--format=%s|%ae')).toBe('t1: b|me@example.com\nt1: a "b"|agent@example.com');
    expect(git('status', '--porcelain')).toBe('?? loose.txt');
    const path = kind === 'claude' ? { file_path: join(tree, 'deep/a.txt') } : { filePath: join(tree, 'deep/a.txt') };
    expect(heard(kind, end).tools[1]).toEqual([kind === 'claude' ? 'Write' : 'write', { ...path, content: 'a\n' }, false]);
  });

  test('run: the shell, in the working directory, with our environment; a failure is reported and recorded', async () => {
    const agent = install(kind, [
      { run: 'echo "$MARK in $(pwd)"; sleep 1000 & echo $! >left' },
      { run: 'echo no >&2; exit 3' },
      { run: 'kill -9 $$' },
      { say: 'Then without.' },
    ]);
    const end = await run({ kind, agent, env: { MARK: 'yard-7' } });
    process.kill(Number(readFileSync(join(root, 'tree', 'left'), 'utf8')), 'SIGKILL');
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect(agent.runs()).toEqual([
      { command: 'echo "$MARK in $(pwd)"; sleep 1000 & echo $! >left', code: 0, output: `yard-7 in ${join(root, 'tree')}\n` },
      { command: 'echo no >&2; exit 3', code: 3, output: 'no\n' },
      { command: 'kill -9 $$', code: null, output: '' },
    ]);
    const bash = kind === 'claude' ? 'Bash' : 'bash';
    expect(heard(kind, end)).toMatchObject({
      texts: ['Then without.'],
      tools: agent.runs().map(({ command, code }) => [bash, { command }, code !== 0]),
    });
  });

  test('run with must: a failure is an error of the test', async () => {
    const end = await play(kind, [{ run: 'echo oh; exit 3', must: true }, { say: 'never' }]);
    expect(end).toMatchObject({ code: 70, stderr: 'scripted agent: the shell ended with 3: echo oh; exit 3\noh\n\n' });
    expect(heard(kind, end).texts).toEqual([]);
  });

  test('raw, rawBytes, stderr: unchanged bytes', async () => {
    const end = await play(kind, [
      { raw: { text: '{"type":"assis' } },
      { raw: { base64: Buffer.from([0, 255, 10]).toString('base64') } },
      { rawBytes: { mb: 2 } },
      { stderr: 'oh\n' },
      { exit: { code: 0 } },
    ]);
    const start = kind === 'claude' ? end.stdout.indexOf('{"type":"assis') : 0;
    expect(end.stdout.subarray(start)).toEqual(
      Buffer.concat([Buffer.from('{"type":"assis'), Buffer.from([0, 255, 10]), Buffer.alloc(2 * 1024 * 1024, 'x'), Buffer.from('\n')]),
    );
    expect(end.stderr).toBe('oh\n');
  });

  test('denied: the call fails and the run goes on', async () => {
    const end = await play(kind, [{ denied: { tool: 'Bash' } }, { say: 'Then without.' }]);
    expect(end.code).toBe(0);
    expect(heard(kind, end)).toMatchObject({ tools: [['Bash', {}, true]], texts: ['Then without.'] });
    const id = expect.stringMatching(/^toolu_/) as string;
    const told = {
      claude: { type: 'system', subtype: 'permission_denied', tool_name: 'Bash', tool_use_id: id },
      opencode: { type: 'tool_use' },
    }[kind];
    expect(end.events).toContainEqual(expect.objectContaining(told));
    const listed = { permission_denials: [{ tool_name: 'Bash', tool_use_id: id, tool_input: {} }] };
    expect(end.events.at(-1)).toMatchObject(kind === 'claude' ? { ...spoken.claude.success, ...listed } : spoken.opencode.success);
    const errors = { claude: [], opencode: [expect.stringMatching(/^The user has specified a rule/)] };
    expect(end.events.flatMap(({ part }) => part?.state?.error ?? [])).toEqual(errors[kind]);
  });

  test('waitFor: waits until the file exists, after printing the answer so far', async () => {
    const agent = install(kind, [{ say: 'Waiting.' }, { step: { cost: 9 } }, { waitFor: { file: 'gate/open' } }, { say: 'Open.' }]);
    const child = start({ kind, agent });
    const end = ended(child);
    let seen = '';
    for await (const [chunk] of on(child)) if ((seen += chunk).includes(kind === 'claude' ? 'Waiting.' : '"cost":9')) break;
    expect(child.exitCode).toBeNull();
    mkdirSync(join(root, 'bin', 'gate'), { recursive: true });
    writeFileSync(join(root, 'bin', 'gate', 'open'), '');
    expect(heard(kind, await end).texts).toEqual(['Waiting.', 'Open.']);
    expect(await run({ kind, agent })).toMatchObject({ code: 0 });
  });

  test.for(['nohup', 'setsid', 'double-fork'] as const)(
    'fork %s: a sleeper with our environment outlives us and holds no pipe',
    async (how, { skip }) => {
      if (process.platform !== 'linux') skip('the sleeper is looked up in /proc');
      const agent = install(kind, [{ fork: { kind: how } }]);
      expect(await run({ kind, agent, env: { MARK: 'yard-7' } })).toMatchObject({ code: 0 });
      const [pid] = agent.forks();
      expect(agent.forks()).toHaveLength(1);
      try {
        expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('MARK=yard-7');
        expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep\u00001000');
        const [, parent, group, session] = /^\d+ \(.*\) \S (\d+) (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        expect(Number(parent)).toBeLessThan(Number(pid));
        expect([group === String(pid), session === String(pid)]).toEqual(how === 'setsid' ? [true, true] : [false, false]);
      } finally {
        process.kill(Number(pid), 'SIGKILL');
      }
    },
  );
});

async function* on(child: ChildProcessWithoutNullStreams): AsyncGenerator<[string]> {
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) yield [String(chunk)];
}

test('started by its own name it needs only a Node on PATH', () => {
  const program = fileURLToPath(new URL('scripted-agent.fixture.ts', import.meta.url));
  const out = execFileSync(program, ['--version'], { encoding: 'utf8', env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` } });
  expect(out).toBe('2.1.330 (Claude Code)\n');
});
