// Claude Code's failures told apart: structured fields first; its own messages, never the model's prose, where a
// field is missing. Measured with 2.1.330.
import type { FailureKind } from '../../core/failure.ts';
import type { ClaudeLine } from './events.ts';

export function claudeFailure(line: ClaudeLine): FailureKind {
  switch (line.subtype) {
    case 'error_max_budget_usd':
      return 'budget';
    case 'error_max_turns':
      return 'turns';
    case 'error_during_execution':
      // An error event within the stream ends like this; so does an interrupt, which says it in the terminal reason.
      return line.terminal_reason?.startsWith('aborted') === true ? 'killed' : 'backend';
    default:
      return apiFailure(line);
  }
}

function apiFailure(line: ClaudeLine): FailureKind {
  if (line.api_error === 'usage_limit_reached') return 'usage-limit';
  if (line.api_error === 'connection_failed') return 'connection';
  if (line.stop_reason === 'refusal') return 'refusal';
  const message = line.result ?? '';
  if (line.api_error_status !== null) return statusFailure(line.api_error_status, message);
  // "Not logged in" makes no request, so there is no status; a refusal is told in words alone.
  if (/^(?:Not logged in|Invalid API key|Failed to authenticate)\b/.test(message)) return 'auth';
  if (/safeguards flagged|\bUsage Policy\b/i.test(message)) return 'refusal';
  if (/^Credit balance is too low/.test(message)) return 'billing';
  if (/timed out|Connection|ECONN|EAI_AGAIN/.test(message)) return 'connection';
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

/** The word in an `api_retry` line. */
export function retryFailure(word: string | null): FailureKind | null {
  switch (word) {
    case 'overloaded':
      return 'overloaded';
    case 'rate_limit':
      return 'rate-limit';
    case 'server_error':
      return 'backend';
    case 'authentication_failed':
      return 'auth';
    case 'unknown':
      return 'connection';
    default:
      return null;
  }
}
