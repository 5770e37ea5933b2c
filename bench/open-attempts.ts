// Creates open attempts whose supervisor was killed and whose workers are still running.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ground } from './ground.ts';
import type { Stage } from './stage.ts';

export async function leaveOpenAttempts(ground: Ground, given: { readonly stage: Stage; readonly count: number }): Promise<void> {
  const { stage, count } = given;
  const child = fork(join(import.meta.dirname, 'launch-attempts.ts'), [stage.repo, String(count)], { env: stage.env });
  ground.own(child);
  const ended = once(child, 'exit');
  const launched = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
  if (!launched) throw new Error('the attempts could not be launched; see above');
  child.kill('SIGKILL');
  await ended;
}
