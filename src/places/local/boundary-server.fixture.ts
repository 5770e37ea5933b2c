// Gets, line by line, an isolation and a script to run in it, and answers with the result, line by line. The script has
// this process's environment and user.
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { isolationFor, type Wish } from './isolation.ts';
import { withTable } from './mount-table.ts';

export interface Asked {
  readonly wish: Wish;
  readonly script: string;
  readonly cwd: string;
}

export interface Answer {
  readonly pids: boolean;
  readonly protects: boolean;
  readonly code: number | null;
  readonly output: string;
}

// An outside process without capabilities, like daemons that gave theirs up: root may look into it.
const meek = spawn('/usr/bin/setpriv', ['--inh-caps=-all', ...(process.getuid?.() === 0 ? ['--bounding-set=-all'] : []), 'sleep', '1000'], {
  stdio: 'ignore',
});

for await (const line of createInterface({ input: process.stdin })) {
  const { wish, script, cwd } = JSON.parse(line) as Asked;
  const { prefix, table, ...facts } = await isolationFor(wish);
  const [file, ...args] = [...prefix, '/bin/sh', '-c', script];
  // $OUTSIDE: an outside process of the same user. Git must not search for a repository above the folder.
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: cwd,
    OUTSIDE: String(process.pid),
    MEEK: String(meek.pid),
    GIT_CEILING_DIRECTORIES: dirname(cwd),
  };
  const { status, stdout, stderr } = withTable(table, (files) =>
    spawnSync(file, args, {
      ...{ cwd, env, encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' },
      stdio: ['ignore', 'pipe', 'pipe', ...files],
    }),
  );
  const answer: Answer = { ...facts, code: status, output: stdout + stderr };
  console.log(JSON.stringify(answer));
}
meek.kill();
