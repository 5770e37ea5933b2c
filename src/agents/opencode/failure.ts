// Distinguishes OpenCode's failures: by HTTP status and the error's name first; by the provider's message only if one
// status has several meanings (a 400 or 429 that is about money). Measured with 1.18.33.
import type { FailureKind } from '../../core/task/failure.ts';

/** The content of an `error` line. */
export interface OpencodeError {
  readonly name: string | null;
  readonly message: string | null;
  readonly status: number | null;
}

export function errorFailure(error: OpencodeError): FailureKind | null {
  const { status } = error;
  const message = error.message ?? '';
  if (status !== null) return statusFailure({ status, message });
  switch (error.name) {
    case 'ProviderAuthError':
      return 'auth';
    case 'APIError':
      // Without a status, the request was never answered.
      return 'connection';
    case 'MessageAbortedError':
      return 'killed';
    case 'ContextOverflowError':
      return 'context';
    case 'ContentFilterError':
      return 'refusal';
    case null:
    default:
      // Within a stream, the error is a text that contains the provider's answer.
      if (message.includes('"context_length_exceeded"')) return 'context';
      return /timed out|Cannot connect|socket|ECONN/i.test(message) ? 'connection' : null;
  }
}

export function retryFailure(facts: { readonly status: number | null; readonly message: string }): FailureKind {
  return facts.status === null || facts.status < 400 ? 'connection' : statusFailure({ status: facts.status, message: facts.message });
}

function statusFailure(facts: { readonly status: number; readonly message: string }): FailureKind {
  const { status, message } = facts;
  // Google reports a limit per minute with the text for an empty account, and adds when to try again.
  const passing = status === 429 && /\bretry in\b/i.test(message);
  const aboutMoney = !passing && /credit balance|insufficient[_ ](?:quota|credits|balance|funds)|billing/i.test(message);
  if (status === 402 || (aboutMoney && (status === 400 || status === 403 || status === 429))) return 'billing';
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return !passing && /usage[_ ]limit|quota/i.test(message) ? 'usage-limit' : 'rate-limit';
  if (status === 529 || status === 503) return 'overloaded';
  if (status >= 500) return 'backend';
  return 'request';
}
