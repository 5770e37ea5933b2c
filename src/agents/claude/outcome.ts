// What Claude Code's end proves: success is the last `result` with is_error false and subtype success, nothing else.
import type { Exit, Outcome, TranscriptEvent } from '../../core/transcript.ts';
import { spent, tallyOf, type Tally } from '../../core/tally.ts';
import type { FailureKind } from '../../core/failure.ts';

export function claudeOutcome(end: { readonly exit: Exit; readonly events: Iterable<TranscriptEvent>; readonly stderr: string }): Outcome {
  const tally = tallyOf(end.events);
  const { cost, tokens } = spent(tally);
  const facts = { session: tally.session, model: tally.model, billing: billingOf(tally), cost, tokens, steps: tally.steps, lastWords: tally.lastWords, denied: tally.denied };
  const closing = tally.ended;
  // An interrupt may leave exit code 0 without a result, and a later crash a result without exit code 0.
  if (closing?.ok === true && end.exit.code === 0) return { ok: true, failure: null, message: closing.message, until: null, ...facts };
  const until = tally.rejectedLimit?.resetsAt ?? null;
  if (closing !== null && !closing.ok) return { ok: false, failure: closing.failure, message: closing.message, until, ...facts };
  const failure = endFailure({ exit: end.exit, stderr: end.stderr, began: tally.session !== null });
  return { ok: false, failure, message: endMessage(end), until, ...facts };
}

/** Plan windows are reported only under a subscription; the opening event names the key otherwise. */
function billingOf(tally: Tally): Outcome['billing'] {
  if (tally.limited || tally.keySource === 'CLAUDE_CODE_OAUTH_TOKEN') return 'subscription';
  return tally.keySource === null || tally.keySource === 'none' ? null : 'token';
}

function endFailure(facts: { exit: Exit; stderr: string; began: boolean }): FailureKind {
  const { exit, began } = facts;
  if (exit.code === 126 || exit.code === 127) return 'never-started';
  if (exit.code === null || exit.signal === 'SIGKILL' || exit.signal === 'SIGTERM' || exit.signal === 'SIGHUP' || exit.signal === 'SIGINT') return 'killed';
  if (began) return 'crashed';
  // Bad flags, a missing file or a refused permission mode: exit 1 within a second, a message on standard error only.
  return /No conversation found with session ID|Session ID .* is already in use/.test(facts.stderr) ? 'crashed' : 'misconfigured';
}

function endMessage(end: { readonly exit: Exit; readonly stderr: string }): string {
  const how = end.exit.code === null ? 'it vanished without an exit status' : end.exit.signal === null ? `it exited with ${end.exit.code}` : `it was ended by ${end.exit.signal}`;
  const last = end.stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return last === '' ? `${how} and no result` : `${how} and no result: ${last}`;
}
