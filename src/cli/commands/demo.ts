// `demo`: shows a whole run in a throw-away repository, with real agents, a scripted model and a forge on loopback, without
// an account.
import { delimiter, dirname } from 'node:path';
import { agentBinary, agentNames } from '../../../test/support/agents.ts';
import { ForgeStage } from '../../../test/forge-stage/stage.ts';
import { startModelServer } from '../../../test/model-server/model-server.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import { Fault } from '../../core/fault.ts';
import { script } from '../../demo/scenario.ts';
import { setStage, type Stage } from '../../demo/stage.ts';
import { dollars, elapsed, table } from '../../lib/table.ts';
import { which } from '../../lib/which.ts';
import { asking, openStore, viewWorkers } from '../compose.ts';
import { standingsOf } from '../../api/standings.ts';
import { exitCodes, printJson, type CliContext } from '../context.ts';
import { attemptView, charged, taskView } from '../../api/task-view.ts';
import { run } from './run.ts';

export async function demo(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const binaries = await findBinaries(this);
  const server = await startModelServer({ script, choose: ({ prompt }) => /\btask (t\d+)\b/i.exec(prompt)?.[1] ?? null });
  const forge = await ForgeStage.start();
  try {
    // The shell tools of the agents need this process's Node for `node --check`.
    const path = [dirname(process.execPath), this.env['PATH'] ?? ''].join(delimiter);
    const stage = await setStage({ url: server.url, binaries, path, forge });
    this.err.write(`a repository with six tasks: ${stage.repo}\nthe scripted model: ${server.url}\nthe scripted forge: ${forge.url}\n\n`);
    const context: CliContext = { ...this, env: stage.env, cwd: stage.repo };
    const quiet = flags.json === true ? { ...context, out: { ...context.out, write: () => undefined } } : context;
    await run.call(quiet, { concurrency: 3, until: 'done' });
    await stage.fetch();
    await conclude(this, { stage, json: flags.json === true });
    this.exit = quiet.exit;
  } finally {
    await Promise.all([server.close(), forge.close()]);
  }
}

async function findBinaries(context: CliContext): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of agentNames) {
    const path = agentBinary(name) ?? which({ name, searchPath: context.env['PATH'] ?? '', cwd: context.cwd });
    if (path === null)
      throw new Fault({
        code: 'agent-not-installed',
        message: `the demo needs the agent ${name}, which is not installed`,
        hint: `install ${name}; in a checkout of this project, \`npm run demo\` installs its own`,
      });
    found[name] = path;
  }
  return found;
}

async function conclude(context: CliContext, given: { stage: Stage; json: boolean }): Promise<void> {
  const { stage } = given;
  const store = await openStore({ env: stage.env });
  try {
    const tasks = await store.tasks({});
    const attempts = await store.attemptsOf(tasks.map((task) => task.key));
    const views = tasks.map((task) => ({ task, all: attempts.filter((attempt) => attempt.taskKey === task.key) }));
    if (tasks.some((task) => task.state !== 'done')) context.exit = exitCodes.failed;
    if (given.json) {
      const workers = await viewWorkers(attempts);
      const standsOf = await standingsOf(
        asking({ env: stage.env, cwd: stage.repo }, store),
        views.map(({ task, all }) => ({ task, last: all.at(-1) ?? null })),
      );
      return printJson(context, {
        repo: stage.repo,
        home: stage.env['YARDMASTER_HOME'],
        tasks: views.map(({ task, all }) => ({
          ...taskView({ task, last: all.at(-1) ?? null, stands: standsOf(task) }),
          attempts: all.map((attempt) => attemptView(attempt, workers.get(attempt.id))),
        })),
      });
    }
    const rows = views.map(({ task, all }) => {
      const last = all.at(-1);
      const pull = openedPull(task.delivery);
      const time = all.reduce((sum, one) => sum + ((one.endedAt ?? one.startedAt) - one.startedAt), 0);
      const cost = all.reduce((sum, one) => sum + charged(one), 0);
      return [
        task.id,
        last?.route.agent ?? '-',
        last?.route.model ?? '-',
        `${last?.verdict?.kind ?? '-'} → ${task.state}`,
        String(last?.commits ?? 0),
        dollars(cost),
        elapsed(time),
        pull === null ? '-' : `#${pull.seen.number} ${pull.seen.state}`,
      ];
    });
    context.out.write(`\n${table([['TASK', 'AGENT', 'MODEL', 'VERDICT', 'COMMITS', 'COST', 'TIME', 'PULL REQUEST'], ...rows])}`);
    const program = process.argv[1] ?? 'yardmaster';
    const say = [
      `cd ${stage.repo}; export HOME=${stage.env['HOME']} YARDMASTER_HOME=${stage.env['YARDMASTER_HOME']}`,
      `${program} explain t3`,
      `${program} logs t4`,
      `${program} pr`,
      'git log --oneline origin/main',
      'cat TODO.md',
      `rm -rf ${stage.root}`,
    ];
    context.out.write(`\nTo explore further:\n${say.map((line) => `  ${line}\n`).join('')}`);
  } finally {
    await store.end();
  }
}
