// The workflow that people copy into their repositories: its steps, run in an empty clone with an empty database and the token
// of a job, against the stage of the forge.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: { readonly sync: { readonly if: string; readonly steps: readonly { readonly name?: string; readonly run?: string }[] } };
}

const file = new URL('../../docs/actions/yardmaster-issues.yml', import.meta.url);
const workflow = parse(readFileSync(file, 'utf8')) as Workflow;
const steps = workflow.jobs.sync.steps.filter(({ name }) => name !== undefined && name !== 'Install');
const mark = workflow.env['MARK']!;

/** A job of the forge's: a fresh clone, and nothing remembered. Answers what it printed. */
async function job({ yard, forge }: ForgeYard, beforePush: () => void = () => {}): Promise<string> {
  const temp = join(yard.root, 'runner');
  rmSync(temp, { recursive: true, force: true });
  mkdirSync(join(temp, 'bin'), { recursive: true });
  writeFileSync(join(temp, 'bin/yardmaster'), `#!/bin/sh\nexec '${process.execPath}' '${yard.program}' "$@"\n`, { mode: 0o755 });
  const env = {
    ...yard.env,
    ...{ PATH: `${temp}/bin:${yard.env['PATH']}`, RUNNER_TEMP: temp, MARK: mark, BRANCH: 'main', GIT_TERMINAL_PROMPT: '0' },
    FORGE_TOKEN: forge.token({ login: 'github-actions', kind: 'app', rights: { issues: 'write', contents: 'write' } }),
  };
  const clone = join(temp, 'app');
  const run = (script: string, cwd: string): Promise<string> =>
    new Promise((done, failed) =>
      execFile('bash', ['-c', script], { cwd, env, encoding: 'utf8' }, (error, stdout, stderr) =>
        error === null ? done(`${stdout}${stderr}`) : failed(new Error(`${error.message}\n${stdout}\n${stderr}`)),
      ),
    );
  await run(`git clone --quiet '${forge.remote(repository)}' app`, temp);
  beforePush();
  let said = '';
  for (const { run: script = '' } of steps) said += await run(script, clone);
  return said;
}

test('a job carries over both ways, does not answer its own commits, and begins anew from what others push meanwhile', async () => {
  const opened = await openForgeYard({
    todo: '- [ ] t1 Write the parser\n',
    actions: {},
    prepare: (forge) => {
      forge.person('github-actions', { kind: 'bot' });
      forge.repository(repository).permissions.set('github-actions', 'write');
    },
    config: { sources: { issues: { create: 'marked' } } },
  });
  const { yard, forge } = opened;
  const { bare, items } = forge.repository(repository);
  const list = (): string => bare.git(['show', 'main:TODO.md']);
  const commits = (): readonly string[] => bare.git(['log', '--format=%s', 'main']).split('\n');
  forge.as('ada').openIssue({ repository, title: 'Write the guide', body: 'For people.', labels: ['auto-dispatch'] });
  await job(opened);
  expect(list()).toContain('- [ ] t2 Write the guide #auto-dispatch ref:GH#1');
  expect(items.get(1)!.body).toContain('yardmaster:begin');
  expect(commits()[0]).toBe(`TODO.md follows the issues ${mark}`);

  const before = commits().length;
  await job(opened);
  expect(commits()).toHaveLength(before);
  expect(workflow.jobs.sync.if).toContain(`!contains(github.event.head_commit.message || '', '${mark}')`);

  // A person pushes between the job's clone and its own push.
  forge.as('ada').editIssue({ repository, number: 1 }, { title: 'Write the short guide' });
  await job(opened, () => {
    yard.git('pull', '--quiet', '--rebase', bare.path, 'main');
    yard.writeTodo(`${yard.todo()}- [ ] t3 Write the song #auto-dispatch\n`);
    yard.git('commit', '--quiet', '--all', '--message', 'a song');
    yard.git('push', '--quiet', bare.path, 'main');
  });
  expect(list()).toContain('t2 Write the short guide');
  expect(list()).toMatch(/t3 Write the song #auto-dispatch ref:GH#2/);
  expect(items.get(2)).toMatchObject({ title: 't3: Write the song' });
  expect(items.size).toBe(2);
});
