// Common steps of the stories about repositories with an unusual layout.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Action } from '../agent/script.ts';
import type { Told, Yard } from './yard.ts';

export const must = (run: string): Action => ({ run, must: true });
export const quick = { worker: { backoffSeconds: 0.1 } };
export const one = '- [ ] t1 Work #auto-dispatch\n';
export const origin = (yard: Yard): string => join(yard.root, 'origin.git');

/** Runs git in the stage's folder with the person's environment. */
export const gitAt = (yard: Yard, ...args: string[]): string =>
  execFileSync('git', args, { cwd: yard.root, env: yard.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();

/** The paths of a branch at the remote with their modes, as git prints them. */
export const treeAt = (yard: Yard, branch: string | null | undefined): string[] =>
  gitAt(yard, '--git-dir', origin(yard), 'ls-tree', '-r', '--format=%(objectmode) %(path)', `refs/heads/${branch}`).split('\n');

export async function only(yard: Yard): Promise<Told> {
  return (await yard.json<Told[]>('ls'))[0]!;
}
