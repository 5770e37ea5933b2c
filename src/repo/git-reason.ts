// Extracts from git's output, for people, the lines that carry the reason: on one line, without prefixes, hints and
// credentials.
import { causeOf } from '../core/cause.ts';
import type { Obstacle } from './obstacle.ts';

const longest = 400;

/**
 * The question that ssh and ssh-keygen print before they find that nobody can be asked; their error then follows on the
 * same line.
 */
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
  const stderr = answer.stderr.replaceAll(question, '');
  const lines = meaningfulLines(stderr);
  const telling = lines.filter((line) => /^(?:fatal|error): /.test(line));
  const said = (telling.length > 0 ? telling : lines.slice(-3)).map(bare).join('; ') || `git ended with ${answer.code ?? 'a signal'}`;
  // Git's last line often does not say why: another program's earlier line does.
  const why = bare(answer.obstacle?.message ?? causeOf(stderr)?.line ?? said).replace(/\.$/, '');
  return clip(said.includes(why) ? said : `${why}: ${said}`);
}

function bare(line: string): string {
  return line.replace(/^(?:fatal|error): /, '');
}

/** The lines of standard error without hints, warnings, progress and the closing "failed to push". */
export function meaningfulLines(stderr: string): string[] {
  return stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:hint:|warning:|To |error: failed to push some refs|Preparing worktree)/.test(line));
}

export function clip(text: string): string {
  // A remote's URL may contain a token, and git repeats URLs.
  const line = text
    .replace(/:\/\/[^/@\s']+@/g, '://')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
