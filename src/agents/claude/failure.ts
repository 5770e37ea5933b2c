// Distinguishes Claude Code's failures: by structured fields first; where a field is missing, by its own messages, never by
// the model's prose. Measured with 2.1.330.
import type { FailureKind } from '../../core/task/failure.ts';
import { text, wholeIn, type Fields, type Range } from '../../lib/fields.ts';

export const statuses: Range = [100, 599];

/** For a `result` line and the texts of its `errors`. */
export function claudeFailure(line: Fields, errors: readonly string[]): FailureKind {
  const reason = text(line.terminal_reason);
  if (reason?.startsWith('aborted') === true) return 'killed';
  // The second one means that it sent no request, because its own count is over the limit.
  if (reason === 'prompt_too_long' || reason === 'blocking_limit') return contextFailure(text(line.result) ?? '');
  switch (line.subtype) {
    case 'error_max_budget_usd':
      return 'budget';
    case 'error_max_turns':
      return 'turns';
    case 'error_during_execution':
      if (errors.some((error) => /^(?:No conversation found with session ID|Failed to resume session)/.test(error))) return 'session';
      // An error event within the stream ends in this way.
      return 'backend';
    default:
      return apiFailure(line);
  }
}

/** It compacts the conversation by itself. If the provider could not serve that request, the problem is temporary. */
function contextFailure(message: string): FailureKind {
  const status = /automatic compaction failed: API Error: (\d{3})\b/.exec(message)?.[1];
  return status === undefined || Number(status) < 429 ? 'context' : statusFailure(Number(status), message);
}

function apiFailure(line: Fields): FailureKind {
  if (line.api_error === 'usage_limit_reached') return 'usage-limit';
  if (line.api_error === 'connection_failed') return 'connection';
  if (line.stop_reason === 'refusal') return 'refusal';
  if (line.api_error === 'tool_history_mismatch') return 'session';
  if (line.api_error_type === 'request_too_large') return 'context';
  // In a stream that began with 200, the status is reported as 500, and only the type shows the overload.
  if (line.api_error_type === 'overloaded_error') return 'overloaded';
  const message = text(line.result) ?? '';
  const status = wholeIn(line.api_error_status, statuses);
  if (status !== null) return statusFailure(status, message);
  return toldFailure(message);
}

/**
 * Recognized by Claude Code's own sentence, which it prints instead of the model's. "Not logged in" makes no request, so
 * there is no status.
 */
function toldFailure(message: string): FailureKind {
  if (/^(?:Not logged in|Invalid API key|Failed to authenticate)\b/.test(message)) return 'auth';
  // The same for a cloud: no request was made either.
  if (/^API Error: Could not load (?:AWS|Azure|Google Cloud) credentials\b/.test(message)) return 'auth';
  if (/^Credit balance is too low/.test(message)) return 'billing';
  if (/^API Error: .*(?:safeguards flagged|\bUsage Policy\b)/i.test(message)) return 'refusal';
  if (/^(?:API Error: .*(?:timed out|Connection|ECONN|EAI_AGAIN)|Request timed out)/.test(message)) return 'connection';
  return 'crashed';
}

function statusFailure(status: number, message: string): FailureKind {
  if (status === 400 && /^Credit balance is too low/.test(message)) return 'billing';
  if (status === 402) return 'billing';
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate-limit';
  if (status === 529 || status === 503) return 'overloaded';
  if (status >= 500) return 'backend';
  return 'request';
}

/** The reason in an `api_retry` line. */
export function retryFailure(facts: { readonly status: number | null; readonly word: string | null }): FailureKind | null {
  switch (facts.word) {
    case 'overloaded':
      return 'overloaded';
    case 'rate_limit':
      return 'rate-limit';
    case 'server_error':
      return 'backend';
    case 'authentication_failed':
    case 'cloud_credential_error':
      return 'auth';
    case 'unknown':
      return facts.status === null ? 'connection' : statusFailure(facts.status, '');
    case null:
    default:
      return null;
  }
}
