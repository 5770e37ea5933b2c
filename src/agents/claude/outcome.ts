// Concludes from the end of Claude Code whether it succeeded: only the last `result` with is_error false and subtype
// success is a success.
import { causeOf, tellingLine } from '../../core/cause.ts';
import { isUnknown, type Exit, type Outcome } from '../../core/transcript/transcript.ts';
import { spent, type Tally } from '../../core/transcript/tally.ts';
import type { FailureKind } from '../../core/task/failure.ts';

interface End {
  readonly exit: Exit;
  readonly tally: Tally;
  readonly stderr: string;
}

export function claudeOutcome(end: End): Outcome {
  const { tally } = end;
  const { cost, tokens } = spent(tally);
  const facts = {
    session: tally.session,
    model: tally.model,
    billing: billingOf(tally),
    cost,
    tokens,
    steps: tally.steps,
    lastWords: tally.lastWords,
    denied: tally.denied,
  };
  const closing = tally.ended;
  // After an interrupt the exit code may be 0 without a result, and after a later crash there may be a result with another
  // exit code.
  if (closing?.ok === true && (end.exit.code === 0 || isUnknown(end.exit)))
    return { ok: true, failure: null, message: closing.message, until: null, ...facts };
  if (closing !== null && !closing.ok)
    return { ok: false, failure: closing.failure, message: closing.message, until: untilOf(closing.failure, tally), ...facts };
  const failure = endFailure({ ...end, began: tally.session !== null });
  return { ok: false, failure, message: endMessage({ ...end, closed: closing !== null }), until: null, ...facts };
}

/** A refused window is irrelevant to a run that failed for another reason. */
function untilOf(failure: FailureKind | null, tally: Tally): Outcome['until'] {
  return failure === 'usage-limit' || failure === 'rate-limit' ? (tally.rejectedLimit?.resetsAt ?? null) : null;
}

/** Plan windows are only reported under a subscription; otherwise the opening event says which key is used. */
function billingOf(tally: Tally): Outcome['billing'] {
  if (tally.limited || tally.keySource === 'CLAUDE_CODE_OAUTH_TOKEN') return 'subscription';
  return tally.keySource === null || tally.keySource === 'none' ? null : 'token';
}

const killing: ReadonlySet<string | null> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT']);
/** It answers the first two signals with an exit code; a shell in between turns every signal into such a code. */
const killedCodes: ReadonlySet<number | null> = new Set([143, 129, 130, 137]);

function endFailure(facts: End & { readonly began: boolean }): FailureKind {
  const { exit, began } = facts;
  const stderr = facts.stderr.trim();
  if (exit.code === 126 || exit.code === 127) return causeOf(stderr)?.by === 'shim' ? 'misconfigured' : 'never-started';
  if (killing.has(exit.signal) || killedCodes.has(exit.code) || isUnknown(exit)) return 'killed';
  // The id is unknown or in use: nothing ran, and the next attempt begins a session of its own.
  if (!began && /No conversation found with session ID|Failed to resume session/.test(stderr)) return 'session';
  if (!began && /Session ID .* is already in use/.test(stderr)) return 'never-started';
  // Bad flags, a missing file or a refused permission mode: exit code 1 within a second, and a message on standard error
  // only.
  const refused = !began && exit.signal === null && exit.code !== 0 && stderr !== '';
  return refused ? 'misconfigured' : 'crashed';
}

function endMessage(end: End & { readonly closed: boolean }): string {
  const { exit } = end;
  const how = isUnknown(exit)
    ? 'it vanished without an exit status'
    : exit.signal === null
      ? `it exited with ${exit.code}`
      : `it was ended by ${exit.signal}`;
  const what = end.closed ? `${how} after its result` : `${how} and no result`;
  const reason = tellingLine(end.stderr).slice(0, 300);
  return reason === '' ? what : `${what}: ${reason}`;
}
