// Turns a step and the request that consumed it into an answer that is independent of any protocol.
import { isAbsolute, join } from 'node:path';
import type { ModelRequest } from './request.ts';
import { defaultUsage, planHeaders } from './steps.ts';
import type { ErrorFacts, PlanFacts, Step, Usage } from './steps.ts';

export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly text: string;
  readonly call: ToolCall | null;
  readonly stop: 'end' | 'call' | 'refusal' | 'length';
  readonly usage: Usage;
}

export interface Failure {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent instead of the protocol's own JSON. */
  readonly body: string | null;
}

/** `broken`: the reply begins, and then falls silent, drops the connection or reports an error instead of ending. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'broken'; readonly reply: Reply; readonly by: 'silence' | 'drop' | 'error'; readonly failure: Failure }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'silence' };

export function answerStep(step: Step, request: ModelRequest): Answer {
  const usage = { ...defaultUsage, ...step.usage };
  const saying = (text: string, stop: Reply['stop']): Reply => ({ text, call: null, stop, usage });
  if ('say' in step) return { kind: 'reply', reply: saying(step.say, 'end') };
  if ('refusal' in step) return { kind: 'reply', reply: saying(step.refusal, 'refusal') };
  if ('maxTokens' in step) return { kind: 'reply', reply: saying(step.maxTokens, 'length') };
  if ('error' in step) return { kind: 'failure', failure: failure(step.error) };
  if ('usageLimit' in step) return { kind: 'failure', failure: planFailure(step.usageLimit) };
  if ('hang' in step) return { kind: 'silence' };
  if ('stall' in step) return broken(saying(step.stall, 'end'), 'silence');
  if ('cut' in step) return broken(saying(step.cut, 'end'), 'drop');
  if ('sseError' in step) return broken(saying('', 'end'), 'error', { status: 500, type: 'api_error', ...step.sseError });
  const call = 'tool' in step ? step.tool : wellKnownCall(step, request);
  if (call === null) return unofferedTool('bash' in step ? 'bash' : 'write', request);
  return { kind: 'reply', reply: { text: step.text ?? '', call, stop: 'call', usage } };
}

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

export function failure(facts: ErrorFacts): Failure {
  const type = facts.type ?? typeOfStatus[facts.status] ?? 'api_error';
  return {
    status: facts.status,
    type,
    message: facts.message ?? type.replaceAll('_', ' '),
    headers: facts.headers ?? {},
    body: facts.body ?? null,
  };
}

function planFailure(plan: PlanFacts): Failure {
  return failure({
    status: 429,
    message: plan.message ?? 'This request would exceed your account’s rate limit. Please try again later.',
    headers: planHeaders({
      status: 'rejected',
      utilization: 1,
      resetsAt: plan.resetsAt,
      ...(plan.window === undefined ? {} : { window: plan.window }),
    }),
  });
}

function broken(reply: Reply, by: 'silence' | 'drop' | 'error', facts: ErrorFacts = { status: 500 }): Answer {
  return { kind: 'broken', reply, by, failure: failure(facts) };
}

/**
 * The agents agree on the function of these two tools, but not on the case of their names or how their fields are written.
 */
function wellKnownCall(
  step: { readonly bash: string } | { readonly write: { readonly path: string; readonly content: string } },
  request: ModelRequest,
): ToolCall | null {
  const wanted = 'bash' in step ? 'bash' : 'write';
  const tool = request.tools.find(({ name }) => name.toLowerCase() === wanted);
  if (tool === undefined) return null;
  if ('bash' in step) {
    const description = tool.fields.includes('description') ? { description: 'Run the command' } : {};
    return { name: tool.name, input: { command: step.bash, ...description } };
  }
  const { path, content } = step.write;
  const field = tool.fields.find((name) => name.toLowerCase().replaceAll('_', '') === 'filepath') ?? 'file_path';
  return { name: tool.name, input: { [field]: isAbsolute(path) || request.cwd === null ? path : join(request.cwd, path), content } };
}

function unofferedTool(wanted: string, request: ModelRequest): Answer {
  const offered = request.tools.map(({ name }) => name).join(', ') || 'none';
  return {
    kind: 'failure',
    failure: failure({ status: 400, message: `the script calls ${wanted}, which this request does not offer (offered: ${offered})` }),
  };
}
