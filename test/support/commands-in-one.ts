// Runs the commands of one story one after another in one process, because a story that covers every command of the program
// would otherwise start Node some two hundred times. All other stories show that each command also runs in a process of its
// own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import { compiledIn } from './bundle.ts';
import { ended, type Ran, type Yard } from './yard.ts';

/** Commands that keep something for as long as their process lives, or end it. */
const alone = new Set(['run', 'pulse', 'up', 'down', 'attach', 'demo', 'trust']);

/** `env` is added to the environment of the commands. */
export function commandsIn(yard: Yard, env: Readonly<Record<string, string>> = {}): (words: readonly string[]) => Promise<Ran> {
  const host = fork(
    fileURLToPath(new URL('command-host.ts', import.meta.url)),
    [inject('program'), compiledIn(dirname(inject('program')))],
    {
      cwd: yard.repo,
      env: { ...yard.env, ...env },
      execArgv: [],
    },
  );
  onTestFinished(() => void host.kill('SIGKILL'));
  const gone = once(host, 'exit').then(([code]) => {
    throw new Error(`the process of the commands ended with ${code}`);
  });
  gone.catch(() => undefined);
  return async (words) => {
    if (alone.has(words[0] ?? '')) return ended(yard.startWith(env, ...words));
    const answer = once(host, 'message');
    host.send(words);
    const [ran] = (await Promise.race([answer, gone])) as [Ran];
    return ran;
  };
}
