// The verdict: what we conclude from outcome, our own stop and git's facts. Exit code 0 alone is never success, and no word
// in an agent's prose decides anything, except the one declared outcome "no change needed".
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
  /** Text for the next worker on this task, if there is one. */
  readonly feedback: string | null;
  /**
   * The worker did its part, and a later step of ours failed. The next try begins with that step, without a worker; a
   * worker is started only if the step finds no work.
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
 * Whether the final message begins with "no change needed": in upper or lower case, also as a heading, emphasized or quoted
 * by marks. A list item or a quoted line is about a part, or comes from somebody else. The words must stand alone: their
 * line ends, or a punctuation mark or "because" introduces the reason. "No change needed in the parser", or "… needed, but
 * I could not …", is about less than the whole task. The text after that is not judged, because prose decides nothing. In
 * doubt it is no declaration: then the worker is asked once more, which costs a turn, while a false declaration would close
 * a task that nobody worked on.
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
  /** The attempt continued an earlier attempt's session. */
  readonly resumed: boolean;
  /** MCP servers that it needed and that did not start. */
  readonly missing: readonly string[];
  /** How the transcript ends, if we ended the worker: see `signOf`. */
  readonly lastSign: Said | null;
}

export function judge(facts: JudgeFacts): Verdict {
  const { outcome, stop, git, missing, lastSign } = facts;
  if (stop?.reason === 'cancelled') return judged('cancelled', stop.said);
  if (missing.length > 0) return judged('tools', { code: 'servers-missing', facts: { names: missing } });
  const work = outcome.ok ? judgeWork(outcome, git) : null;
  // A worker that a person ended may still say that it is done. It is not blamed for what it had no time for.
  if (work !== null && (stop?.reason !== 'stopped' || work.kind === 'work' || work.kind === 'no-change')) return work;
  if (stop !== null) {
    const said: Said = lastSign === null ? stop.said : { code: 'ended', facts: { said: stop.said, sign: lastSign } };
    return { ...judged(stop.reason === 'lost' ? 'killed' : stop.reason, said), until: stop.until };
  }
  // A provider may refuse a request because of its long conversation and accept it in a new one.
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
