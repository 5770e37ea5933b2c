// `up`: runs a long-lived supervisor for all registered repositories. It starts itself in the background and returns once
// the supervisor works; `--foreground` is for service managers.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { iso } from '../../lib/iso.ts';
import type { Supervisor } from '../../ports/store.ts';
import { homeOf, openPorts, type Opened } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import type { Ports } from '../../supervisor/world.ts';
import { supervise } from '../supervise.ts';
import { requireTrustOfEach } from '../trust.ts';
import { unitOf } from '../unit.ts';

export interface UpFlags {
  json?: boolean;
  foreground?: boolean;
  another?: boolean;
  printUnit?: boolean;
  concurrency?: number;
}

export async function up(this: CliContext, flags: UpFlags): Promise<void> {
  if (flags.printUnit === true) {
    // The paths that the unit carries must be valid wherever the service manager starts it.
    homeOf(this);
    return this.out.write(unitOf({ platform: process.platform, command: ownCommand(), env: this.env }));
  }
  const opened = await openPorts(this);
  try {
    const running = await standing(opened.ports);
    if (running.length > 0 && flags.another !== true)
      return refuse(this, `a supervisor is already running (pid ${running.map(({ pid }) => pid).join(', ')}); \`yardmaster down\` ends it`);
    await requireTrustOfEach(this, { repos: await opened.ports.store.repos(), given: false });
    await (flags.foreground === true ? stay(this, { opened, flags }) : detach(this, flags));
  } finally {
    await opened.end();
  }
}

/** The long-lived supervisors of this home that are alive. Those that are gone are removed from the list. */
export async function standing({ store, host }: Pick<Ports, 'store' | 'host'>): Promise<readonly Supervisor[]> {
  const listed = await store.supervisors();
  for (const { holder } of listed) if (host.isGone(holder)) await store.dismiss({ holder });
  return listed.filter(({ kind, holder }) => kind === 'up' && !host.isGone(holder));
}

async function stay(context: CliContext, given: { opened: Opened; flags: UpFlags }): Promise<void> {
  const { opened, flags } = given;
  const over = flags.concurrency === undefined ? {} : { concurrency: flags.concurrency };
  const scope = { repo: null, batch: null, named: null };
  const onReady = (): void => void (process.connected && process.send?.('ready'));
  await supervise(context, { opened, scope, over, json: flags.json === true, kind: 'up', until: 'down', onReady });
}

/** Node and our own file, as this process was started. */
function ownCommand(): string[] {
  return [process.execPath, ...process.argv.slice(1, 2)];
}

async function detach(context: CliContext, flags: UpFlags): Promise<void> {
  const log = join(homeOf(context).root, 'supervisor.log');
  const file = openSync(log, 'a', 0o600);
  await chmod(log, 0o600);
  const [node = process.execPath, ...program] = ownCommand();
  const more = [
    '--another',
    ...(flags.json === true ? ['--json'] : []),
    ...(flags.concurrency === undefined ? [] : ['--concurrency', String(flags.concurrency)]),
  ];
  const child = spawn(node, [...program, 'up', '--foreground', ...more], {
    cwd: '/',
    env: context.env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ['ignore', file, file, 'ipc'],
  });
  closeSync(file);
  if (!(await isReady(child))) {
    const told = (await readFile(log, 'utf8')).trim().split('\n').slice(-5).join('\n');
    throw new Fault({
      code: 'not-up',
      message: `the supervisor ended right after its start: ${told}`,
      hint: `read ${log}, or run \`yardmaster up --foreground\``,
    });
  }
  child.disconnect();
  child.unref();
  const started = { pid: child.pid, log, at: iso(Date.now()) };
  if (flags.json === true) return printJson(context, started);
  context.out.write(`the supervisor is running, pid ${child.pid}; it writes to ${log}\n`);
}

async function isReady(child: ChildProcess): Promise<boolean> {
  const ready = once(child, 'message').then(() => true);
  const ended = once(child, 'exit').then(() => false);
  return Promise.race([ready, ended]);
}
