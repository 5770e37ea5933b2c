// The verdict: what we conclude from outcome, our own stop and git's facts. Exit code 0 alone is never success,
// and no word in an agent's prose decides anything but the one declared outcome, "no change needed".
import { clip } from '../clip.ts';
import { askedWords } from './prompt.ts';
import type { FailureKind } from './failure.ts';
import type { Stop } from './stop.ts';
import { inWords, type Said } from '../reason/said.ts';
import { changesText } from '../reason/said-words.ts';
import type { Outcome } from '../transcript/transcript.ts';
import type { Instant } from '../time.ts';

/**
 * `work`       commits stand on the branch, ready for checks and delivery
 * `no-change`  the agent declared that nothing had to be changed, and nothing was
 * `cancelled`  a person ended it
 * else         the failure
 */
export type VerdictKind = 'work' | 'no-change' | 'cancelled' | FailureKind;

export interface Verdict {
  readonly kind: VerdictKind;
  readonly said: Said;
  readonly until: Instant | null;
  /** What the next worker on this task is told, where there is one. */
  readonly feedback: string | null;
  /**
   * The worker had done its part, and what failed is a step of ours after it. Another try begins with that step, without a
   * worker; only where that finds no work, one is started.
   */
  readonly workDone?: true;
}

export interface GitFacts {
  /** Commits on the branch since its base. */
  readonly commits: number;
  /** Paths with uncommitted changes, untracked files included, ignored ones not. */
  readonly dirty: readonly string[];
}

/**
 * The final message begins with "no change needed": any case, as a heading or emphasized or quoted by marks. A list item or
 * a quoted line speaks of a part or of somebody else. The words must stand alone: their line ends, or a punctuation mark or
 * "because" introduces the reason. "No change needed in the parser", or "… needed, but I could not …", speaks of less than the
 * whole task. What comes after is not judged: prose decides nothing. In doubt it is no declaration, for then the worker
 * is asked once more, which costs a turn, while a false one closes a task that nobody worked on.
 */
export function declaresNoChange(text: string): boolean {
  return /^\s*(?:#{1,6}[ \t]+)?[*_`"'“‘]*no changes? (?:is |are )?needed[*_`"'”’]*(?:[ \t]*(?:$|[\r\n]|[.:,;!(–—-](?!\W*(?:but|except|however|(?:al)?though|yet|unless)\b))|[ \t]+(?:because|since|as)\s)/i.test(
    text,
  );
}

export interface JudgeFacts {
  readonly outcome: Outcome;
  readonly stop: Stop | null;
  readonly git: GitFacts;
  /** It went on in an earlier attempt's session. */
  readonly resumed: boolean;
  /** MCP servers that it needed and that did not start. */
  readonly missing: readonly string[];
  /** What the transcript ends with, where we ended the worker: see `signOf`. */
  readonly lastSign: Said | null;
}

export function judge(facts: JudgeFacts): Verdict {
  const { outcome, stop, git, missing, lastSign } = facts;
  if (stop?.reason === 'cancelled') return judged('cancelled', stop.said);
  if (missing.length > 0) return judged('tools', { code: 'servers-missing', facts: { names: missing } });
  if (outcome.ok) return judgeWork(outcome, git);
  if (stop !== null) {
    const said: Said = lastSign === null ? stop.said : { code: 'ended', facts: { said: stop.said, sign: lastSign } };
    return { ...judged(stop.reason === 'lost' ? 'killed' : stop.reason, said), until: stop.until };
  }
  // What a provider refuses of a long conversation it may take of a new one.
  const kind = outcome.failure === 'request' && facts.resumed ? 'session' : (outcome.failure ?? 'crashed');
  return { ...judged(kind, inWords(outcome.message)), until: outcome.until };
}

function judged(kind: VerdictKind, said: Said): Verdict {
  return { kind, said, until: null, feedback: null };
}

function judgeWork(outcome: Outcome, git: GitFacts): Verdict {
  if (git.commits > 0) return judged('work', { code: 'commits', facts: { count: git.commits } });
  const words = outcome.lastWords ?? '';
  if (git.dirty.length === 0 && declaresNoChange(words)) return judged('no-change', inWords(clip(words, 300)));
  if (outcome.denied.length > 0) return judged('permission-denied', { code: 'tools-denied', facts: { tools: outcome.denied } });
  const changed = git.dirty.slice(0, 5);
  return {
    ...judged('no-delivery', { code: 'no-commit', facts: { changed } }),
    feedback: `Your last turn ended, but this branch has no commit (${changesText(changed)}). Finish the task and commit the result here. ${askedWords}`,
  };
}
