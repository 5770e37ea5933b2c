// Which git is here: what a newer one brought is tested where it is.
import { execFileSync } from 'node:child_process';

function version(): readonly [number, number] {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(execFileSync('git', ['--version'], { encoding: 'utf8' })) ?? [];
  return [Number(major), Number(minor)];
}

/** Why the git here does not do for what came with this version; null: it does. */
export const since = (major: number, minor: number) => (): string | null => {
  const [has, part] = version();
  return has > major || (has === major && part >= minor) ? null : `git is ${has}.${part}, and this is of ${major}.${minor}`;
};
