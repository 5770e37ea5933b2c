// What git said, for people: the lines that carry the reason, without prefixes, hints and credentials, on one line.
import type { Obstacle } from './obstacle.ts';

const longest = 400;

/** What ssh and ssh-keygen write before they find that nobody can be asked; what they say then follows on the same line. */
const question = /Enter (?:passphrase|PIN)[^:\n]*: ?/g;

export function gitReason(answer: {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  readonly obstacle: Obstacle | null;
}): string {
  if (answer.aborted) return 'git was stopped';
  if (answer.timedOut) return 'git did not end within its time limit';
  const lines = meaningfulLines(answer.stderr.replaceAll(question, ''));
  const telling = lines.filter((line) => /^(?:fatal|error): /.test(line));
  const chosen = (telling.length > 0 ? telling : lines.slice(-3)).map((line) => line.replace(/^(?:fatal|error): /, ''));
  const said = chosen.join('; ') || `git ended with ${answer.code ?? 'a signal'}`;
  return clip(answer.obstacle === null ? said : `${answer.obstacle.message}: ${said}`);
}

/** Lines of standard error without hints, warnings, progress and the closing "failed to push". */
export function meaningfulLines(stderr: string): string[] {
  return stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:hint:|warning:|To |error: failed to push some refs|Preparing worktree)/.test(line));
}

export function clip(text: string): string {
  // A remote's URL may carry a token, and git repeats URLs.
  const line = text
    .replace(/:\/\/[^/@\s']+@/g, '://')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
