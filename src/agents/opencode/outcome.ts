// Concludes from the end of OpenCode whether it succeeded. Exit code 0 alone proves nothing: a run whose permission request
// was refused ends with it, and also a run of another agent than the one asked for. Measured with 1.18.33.
import { causeOf, tellingLine } from '../../core/cause.ts';
import type { FailureKind } from '../../core/task/failure.ts';
import { spent, type Tally } from '../../core/transcript/tally.ts';
import { isUnknown, type Exit, type Outcome } from '../../core/transcript/transcript.ts';

interface End {
  readonly exit: Exit;
  readonly tally: Tally;
  readonly stderr: string;
}

interface Ending {
  readonly failure: FailureKind;
  readonly message: string;
}

export function opencodeOutcome(end: End): Outcome {
  const { tally } = end;
  const ending = failureOf(end);
  const { cost, tokens } = spent(tally);
  return {
    ok: ending === null,
    failure: ending?.failure ?? null,
    message: ending?.message ?? 'the last step ended with "stop"',
    until: tally.lastError?.until ?? null,
    session: tally.session,
    model: tally.model,
    // Its events do not say which credential was used.
    billing: null,
    cost,
    tokens,
    steps: tally.steps,
    lastWords: tally.lastWords,
    denied: tally.denied,
  };
}

function failureOf(end: End): Ending | null {
  const { tally } = end;
  const reason = tally.lastStep?.reason ?? null;
  const exit = isUnknown(end.exit) && reason === 'stop' ? wellEnded : end.exit;
  const stderr = lines(end.stderr);
  const error = tally.lastError;
  if (error !== null && error.failure !== null)
    return { failure: error.failure, message: error.status === null ? error.message : `${error.status}: ${error.message}` };
  if (error !== null) return loggedFailure(end.stderr) ?? { failure: 'crashed', message: error.message };
  if (exit.code === 126 || exit.code === 127)
    return {
      failure: causeOf(stderr.join('\n'))?.by === 'shim' ? 'misconfigured' : 'never-started',
      message: tellingLine(stderr.join('\n')) || 'the command could not be executed',
    };
  // It has no signal handler: a signal ends it without a message.
  if (exit.code === null || exit.signal !== null)
    return {
      failure: isCrash(exit) ? 'crashed' : 'killed',
      message: exit.signal === null ? 'it vanished without an exit status' : `it was ended by ${exit.signal}`,
    };
  // Its own notices begin with `!`; an error that it logs may quote any text.
  const rejected = stderr.find((line) => /^!\s+permission requested: .*auto-rejecting$/.test(line));
  if (rejected !== undefined) return { failure: 'permission-denied', message: rejected };
  const fallback = stderr.find((line) => /^!\s+agent .*Falling back to default agent$/.test(line));
  if (fallback !== undefined) return { failure: 'misconfigured', message: fallback };
  // Its exit code reports an overflow even if it compacted the conversation and continued to its end.
  const wellInTheEnd = exit.code === 0 || (exit.code === 1 && tally.mendedAt !== null && tally.steps > tally.mendedAt);
  if (!wellInTheEnd) return exitFailure({ code: exit.code, stderr, began: tally.session !== null });
  if (reason === 'stop') return null;
  if (reason === 'content-filter') return { failure: 'refusal', message: 'the provider’s filter ended the answer' };
  return {
    failure: 'crashed',
    message: reason === null ? 'it exited with 0 without a finished step' : `it exited with 0, but its last step ended with "${reason}"`,
  };
}

const wellEnded: Exit = { code: 0, signal: null };

function exitFailure(facts: { readonly code: number; readonly stderr: readonly string[]; readonly began: boolean }): Ending {
  const { code, stderr, began } = facts;
  if (!began && stderr.some((line) => /^Error: Session not found$/.test(line))) return { failure: 'session', message: 'Session not found' };
  const broken = began ? undefined : stderr.find((line) => brokenStore.test(line));
  if (broken !== undefined) return { failure: 'session', message: broken };
  // To an unknown flag it answers only with its help.
  const helped = stderr[0]?.startsWith('opencode run ') === true;
  const error = stderr.findLastIndex((line) => line.startsWith('Error: '));
  // An error in a configuration is described on several lines; after an error of its program comes a stack trace.
  const isOfProgram = stderr.some((line) => /^at .*\(|^Node\.js v\d/.test(line));
  const told = error === -1 || isOfProgram ? tellingLine(stderr.join('\n')) : stderr.slice(error).join(' ').slice(0, 300);
  const reason = helped ? 'it printed its help, so it does not know one of its arguments' : told === '' ? 'no message' : told;
  return { failure: began || stderr.length === 0 ? 'crashed' : 'misconfigured', message: `it exited with ${code}: ${reason}` };
}

/** Its database is broken, or a record in it that every session of the task would read. */
const brokenStore =
  /file is not a database|database disk image is malformed|^Failed query: |EffectDrizzleQueryError|SyntaxError: JSON Parse error/;

/** The cause of an "Unexpected server error", as its log on standard error describes it. */
function loggedFailure(stderr: string): Ending | null {
  const reason = [...stderr.matchAll(/ message=failed ref=\S+ error="((?:[^"\\]|\\.)*)"/g)].at(-1)?.[1];
  if (reason === undefined) return null;
  const missing = /^ProviderModelNotFoundError: Model not found: [^/]+\/(.+?)\.(?: Did you mean: (.*)\?)?$/.exec(reason);
  if (brokenStore.test(reason)) return { failure: 'session', message: reason.slice(0, 300) };
  if (missing === null) return { failure: 'crashed', message: reason.slice(0, 300) };
  // A provider without a credential is treated as if its models did not exist; then the same name is suggested.
  const known = (missing[2] ?? '').split(', ').includes(missing[1] ?? '');
  return known
    ? { failure: 'auth', message: `no credential for the provider of ${missing[1]}` }
    : { failure: 'request', message: reason.slice(0, 300) };
}

function isCrash(exit: Exit): boolean {
  return (
    exit.signal === 'SIGSEGV' ||
    exit.signal === 'SIGABRT' ||
    exit.signal === 'SIGILL' ||
    exit.signal === 'SIGBUS' ||
    exit.signal === 'SIGTRAP'
  );
}

/** Standard error without colour codes and empty lines. */
function lines(stderr: string): string[] {
  // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
  const plain = stderr.replace(/\u001b\[[0-9;]*m/g, '');
  return plain
    .split('\n')
    .map((line) => line.trim().slice(0, 300))
    .filter((line) => line !== '');
}
