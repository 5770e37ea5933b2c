// Claude Code's stream-json lines as transcript events. Total: whatever a line holds, the worst answer is `noted`.
// Key order is not stable and `type` is not first, so lines are parsed, never matched by prefix. Measured with 2.1.330.
import { z } from 'zod';
import { capped, noTokens, type Tokens, type TranscriptEvent } from '../../core/transcript.ts';
import { oneLine, parseJson } from '../../lib/json-line.ts';
import { claudeFailure, retryFailure } from './failure.ts';

// Every field is read leniently: a wrong type counts as absent, so that a new version's change costs a fact, not the run.
const text = z.string().nullable().catch(null);
// Bounded, so that no line, however broken, can make a sum infinite, negative or too large for the store.
const count = z.number().min(0).max(1e12).transform(Math.round).catch(0);
const dollars = z.number().min(0).max(1e6).catch(0);
const httpStatus = z.number().int().min(100).max(599).nullable().catch(null);
const epochSeconds = z.number().int().min(0).max(4e9).nullable().catch(null);
const share = z.number().min(0).max(1000).nullable().catch(null);
const usage = z
  .object({ input_tokens: count, output_tokens: count, cache_read_input_tokens: count, cache_creation_input_tokens: count })
  .nullable()
  .catch(null);
const block = z.object({
  type: text,
  text,
  id: text,
  name: text,
  input: z.unknown().optional(),
  tool_use_id: text,
  is_error: z.boolean().catch(false),
  content: z.unknown().optional(),
});
const message = z
  .object({ id: text, usage, stop_reason: text, content: z.array(block.nullable().catch(null)).catch([]) })
  .nullable()
  .catch(null);
const spending = z
  .record(
    z.string(),
    z.object({ costUSD: dollars, inputTokens: count, outputTokens: count, cacheReadInputTokens: count, cacheCreationInputTokens: count }),
  )
  .nullable()
  .catch(null);

const lineSchema = z.object({
  type: text,
  subtype: text,
  session_id: text,
  model: text,
  apiKeySource: text,
  claude_code_version: text,
  mcp_servers: z.array(z.object({ name: z.string(), status: z.string() })).catch([]),
  error: text,
  error_status: httpStatus,
  fallback_model: text,
  message,
  parent_tool_use_id: text,
  rate_limit_info: z.object({ status: text, resetsAt: epochSeconds, rateLimitType: text, utilization: share }).nullable().catch(null),
  is_error: z.boolean().nullable().catch(null),
  api_error: text,
  api_error_status: httpStatus,
  api_error_type: text,
  terminal_reason: text,
  stop_reason: text,
  result: text,
  errors: z.array(z.string()).catch([]),
  modelUsage: spending,
  model_usage_since_last_result: spending,
  permission_denials: z.array(z.object({ tool_name: z.string(), tool_use_id: text })).catch([]),
  is_api_error_message: z.boolean().catch(false),
});

export type ClaudeLine = z.infer<typeof lineSchema>;

export function claudeEvents(raw: string): readonly TranscriptEvent[] {
  if (raw.trim() === '') return [];
  const parsed = lineSchema.safeParse(parseJson(raw));
  if (!parsed.success) return [{ type: 'noted', text: raw.slice(0, 500) }];
  const line = parsed.data;
  switch (line.type) {
    case 'system':
      return systemEvents(line);
    case 'assistant':
      return line.is_api_error_message ? [] : assistantEvents(line);
    case 'user':
      return answerEvents(line);
    case 'rate_limit_event':
      return limitEvents(line);
    case 'result':
      return resultEvents(line);
    case null:
    default:
      return [];
  }
}

function systemEvents(line: ClaudeLine): TranscriptEvent[] {
  if (line.subtype === 'init') {
    return [
      {
        type: 'started',
        session: line.session_id,
        model: line.model,
        version: line.claude_code_version,
        keySource: line.apiKeySource,
        servers: line.mcp_servers,
      },
    ];
  }
  if (line.subtype === 'api_retry') {
    // Its delays stay below a minute, so there is no time to tell; the last one is followed by a result.
    const failure = retryFailure({ status: line.error_status, word: line.error });
    return [{ type: 'retry', failure, status: line.error_status, message: `${line.error ?? 'error'}, tried again`, until: null }];
  }
  if (line.subtype === 'model_fallback') {
    // No `retry`: those of the first model must not count against the one that takes over.
    return [{ type: 'started', session: line.session_id, model: line.fallback_model, version: null, keySource: null, servers: [] }];
  }
  return [];
}

function assistantEvents(line: ClaudeLine): TranscriptEvent[] {
  const events: TranscriptEvent[] = [];
  // A subagent speaks to its parent: its words must never pass for the agent's own last ones.
  const toReader = line.parent_tool_use_id === null;
  for (const part of line.message?.content ?? []) {
    if (toReader && part?.type === 'text' && part.text !== null && part.text !== '') events.push({ type: 'said', text: part.text });
    if (part?.type === 'tool_use')
      events.push({ type: 'tool', id: part.id, name: part.name ?? '?', input: oneLine(part.input), ...childOf(line) });
  }
  const used = line.message?.usage ?? null;
  // A subagent's answers are part of the result's figures; as steps they would count against the limit of turns.
  if (used !== null && toReader) {
    events.push({
      type: 'step',
      id: line.message?.id ?? null,
      session: line.session_id,
      reason: line.message?.stop_reason ?? null,
      cost: null,
      tokens: tokensOf(used),
    });
  }
  return events;
}

function answerEvents(line: ClaudeLine): TranscriptEvent[] {
  return (line.message?.content ?? []).flatMap((part): TranscriptEvent[] => {
    if (part?.type !== 'tool_result') return [];
    // Denials are listed in the result.
    const output = oneLine(textOf(part.content));
    return [{ type: 'answer', id: part.tool_use_id, ok: !part.is_error, denied: false, output, ...childOf(line) }];
  });
}

function childOf(line: ClaudeLine): { readonly child?: true } {
  return line.parent_tool_use_id === null ? {} : { child: true };
}

function limitEvents(line: ClaudeLine): TranscriptEvent[] {
  const info = line.rate_limit_info;
  if (info === null) return [];
  return [
    {
      type: 'limit',
      state: info.status ?? 'unknown',
      window: info.rateLimitType,
      resetsAt: info.resetsAt === null ? null : info.resetsAt * 1000,
      used: info.utilization,
    },
  ];
}

function resultEvents(line: ClaudeLine): TranscriptEvent[] {
  const ok = line.is_error === false && line.subtype === 'success';
  // total_cost_usd and modelUsage are cumulative over a resumed session; the delta since the last result is not.
  const perModel = Object.values(line.model_usage_since_last_result ?? line.modelUsage ?? {});
  const sum = (pick: (model: (typeof perModel)[number]) => number): number => perModel.reduce((total, model) => total + pick(model), 0);
  const tokens: Tokens = {
    input: capped(sum((model) => model.inputTokens)),
    output: capped(sum((model) => model.outputTokens)),
    cacheRead: capped(sum((model) => model.cacheReadInputTokens)),
    cacheWrite: capped(sum((model) => model.cacheCreationInputTokens)),
  };
  const message = line.result ?? line.errors.join('; ');
  const denials = line.permission_denials.map((denial): TranscriptEvent => ({
    type: 'answer',
    id: denial.tool_use_id,
    ok: false,
    denied: true,
    output: denial.tool_name,
  }));
  const cost = capped(Math.round(sum((model) => model.costUSD) * 1e6));
  return [
    ...denials,
    {
      type: 'ended',
      ok,
      failure: ok ? null : claudeFailure(line),
      message,
      tokens: perModel.length === 0 ? noTokens : tokens,
      cost,
      until: null,
    },
  ];
}

function tokensOf(used: NonNullable<z.infer<typeof usage>>): Tokens {
  return {
    input: used.input_tokens,
    output: used.output_tokens,
    cacheRead: used.cache_read_input_tokens,
    cacheWrite: used.cache_creation_input_tokens,
  };
}

/** A tool's result is a string or blocks, of which those of text are of interest. */
function textOf(content: unknown): unknown {
  const blocks = z.array(z.object({ text: z.string() })).safeParse(content);
  return blocks.success ? blocks.data.map((one) => one.text).join(' ') : content;
}
