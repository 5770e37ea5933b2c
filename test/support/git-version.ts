// The version of the installed git, so that features of newer versions are tested where they exist.
import { execFileSync } from 'node:child_process';

function version(): readonly [number, number] {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(execFileSync('git', ['--version'], { encoding: 'utf8' })) ?? [];
  return [Number(major), Number(minor)];
}

/** Why the installed git is too old for a feature of this version; null: it is not. */
export const since = (major: number, minor: number) => (): string | null => {
  const [has, part] = version();
  return has > major || (has === major && part >= minor) ? null : `git is ${has}.${part}, and this is of ${major}.${minor}`;
};
