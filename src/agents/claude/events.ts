// Turns Claude Code's stream-json lines into transcript events. It handles every input: whatever a line contains, the worst
// result is `noted`. The order of keys is not stable and `type` is not first, so lines are parsed, never matched by prefix.
// Measured with 2.1.330.
import { fromUsd } from '../../core/money/usd.ts';
import { addTokens, capped, noTokens, type ModelUse, type Tokens, type TranscriptEvent } from '../../core/transcript/transcript.ts';
import { fields, list, numberIn, text, wholeIn, type Fields, type Range } from '../../lib/fields.ts';
import { oneLine, parseJson } from '../../lib/json-line.ts';
import { claudeFailure, retryFailure, statuses } from './failure.ts';

// Bounded, so that no line, however broken, can make a sum infinite, negative or too large for the store.
const counts: Range = [0, 1e12];
const dollars: Range = [0, 1e6];
const seconds: Range = [0, 4e9];
const shares: Range = [0, 1000];

export function claudeEvents(raw: string): readonly TranscriptEvent[] {
  if (raw.trim() === '') return [];
  const line = fields(parseJson(raw));
  if (line === null) return [{ type: 'noted', text: raw.slice(0, 500) }];
  switch (line.type) {
    case 'system':
      return systemEvents(line);
    case 'assistant':
      return line.is_api_error_message === true ? [] : assistantEvents(line);
    case 'user':
      return answerEvents(line);
    case 'rate_limit_event':
      return limitEvents(fields(line.rate_limit_info));
    case 'result':
      return resultEvents(line);
    default:
      return [];
  }
}

function systemEvents(line: Fields): TranscriptEvent[] {
  const session = text(line.session_id);
  if (line.subtype === 'init') {
    const servers = list(line.mcp_servers).flatMap((one) => {
      const [name, status] = [text(fields(one)?.name), text(fields(one)?.status)];
      return name === null || status === null ? [] : [{ name, status }];
    });
    const [model, version, keySource] = [text(line.model), text(line.claude_code_version), text(line.apiKeySource)];
    return [{ type: 'started', session, model, version, keySource, servers }];
  }
  if (line.subtype === 'api_retry') {
    // Its delays stay below a minute, so the event needs no time; after the last one comes a result.
    const [status, word] = [wholeIn(line.error_status, statuses), text(line.error)];
    return [{ type: 'retry', failure: retryFailure({ status, word }), status, message: `${word ?? 'error'}, tried again`, until: null }];
  }
  if (line.subtype === 'compact_boundary') return [{ type: 'compacted', session }];
  if (line.subtype === 'model_fallback' || line.subtype === 'model_refusal_fallback') {
    // No `retry` event, because retries of the first model must not count against the model that replaces it.
    return [{ type: 'started', session, model: text(line.fallback_model), version: null, keySource: null, servers: [] }];
  }
  return [];
}

function assistantEvents(line: Fields): TranscriptEvent[] {
  const events: TranscriptEvent[] = [];
  const message = fields(line.message);
  const child = childOf(line);
  for (const told of list(message?.content)) {
    const part = fields(told) ?? {};
    const said = text(part.text);
    // A subagent answers its parent, so its text must never count as the agent's own last words.
    if (child === null && part.type === 'text' && said !== null && said !== '') events.push({ type: 'said', text: said });
    if (part.type === 'tool_use')
      events.push({ type: 'tool', id: text(part.id), name: text(part.name) ?? '?', input: oneLine(part.input), ...child });
  }
  const used = fields(message?.usage);
  if (used === null) return events;
  const [id, tokens] = [text(message?.id), tokensOf(used)];
  if (child === null) {
    events.push({ type: 'step', id, session: text(line.session_id), reason: text(message?.stop_reason), cost: null, tokens });
  } else if (id !== null) {
    // A subagent's answers are not steps, because they would count against the limit of turns. Each answer is
    // reported under its own id, so that it counts once although lines of other subagents may come between its lines. The
    // figures of the result include them.
    const model = text(message?.model);
    events.push({ type: 'child', session: id, tokens, cost: 0, ...(model === null ? {} : { model }) });
  }
  return events;
}

function tokensOf(used: Fields): Tokens {
  return {
    input: count(used.input_tokens),
    output: count(used.output_tokens),
    cacheRead: count(used.cache_read_input_tokens),
    cacheWrite: count(used.cache_creation_input_tokens),
  };
}

function answerEvents(line: Fields): TranscriptEvent[] {
  return list(fields(line.message)?.content).flatMap((told): TranscriptEvent[] => {
    const part = fields(told);
    if (part?.type !== 'tool_result') return [];
    // Denials are listed in the result.
    const output = oneLine(textOf(part.content));
    return [{ type: 'answer', id: text(part.tool_use_id), ok: part.is_error !== true, denied: false, output, ...childOf(line) }];
  });
}

/** Null for the agent itself. */
function childOf(line: Fields): { readonly child: true } | null {
  return text(line.parent_tool_use_id) === null ? null : { child: true };
}

function limitEvents(info: Fields | null): TranscriptEvent[] {
  if (info === null) return [];
  const main = text(info['rateLimitType']);
  const windows = fields(info['unifiedWindows']) ?? {};
  const others = Object.entries(windows).flatMap(([name, told]) => (name === main ? [] : [{ name, facts: fields(told) ?? {} }]));
  // The window that the event is about comes last: if several are reported as rejected, that is the one to wait for.
  return [...others, { name: main, facts: { ...fields(main === null ? null : windows[main]), ...info } }].map(({ name, facts }) => {
    const resetsAt = wholeIn(facts['resetsAt'], seconds);
    return {
      type: 'limit',
      state: text(facts['status']) ?? 'unknown',
      window: name,
      resetsAt: resetsAt === null ? null : resetsAt * 1000,
      used: numberIn(facts['utilization'], shares),
    };
  });
}

const mostModels = 50;

function resultEvents(line: Fields): TranscriptEvent[] {
  const ok = line.is_error === false && line.subtype === 'success';
  const errors = list(line.errors).flatMap((error) => text(error) ?? []);
  // total_cost_usd and modelUsage are cumulative over a resumed session; the delta since the last result is not.
  const models = modelsOf(line.model_usage_since_last_result) ?? modelsOf(line.modelUsage) ?? [];
  const denials = list(line.permission_denials).flatMap((told): TranscriptEvent[] => {
    const denial = fields(told);
    const output = text(denial?.tool_name);
    return output === null ? [] : [{ type: 'answer', id: text(denial?.tool_use_id), ok: false, denied: true, output }];
  });
  return [
    ...denials,
    {
      type: 'ended',
      ok,
      failure: ok ? null : claudeFailure(line, errors),
      message: text(line.result) ?? errors.join('; '),
      tokens: models.reduce((sum, { tokens }) => addTokens(sum, tokens), noTokens),
      cost: models.reduce((sum, { cost }) => capped(sum + cost), 0),
      until: null,
      // A run uses a few models. A list of hundreds is of no use, so their use is then only summed up.
      ...(models.length > mostModels ? {} : { models }),
    },
  ];
}

/** Null also if one entry is invalid, because a sum without it would be too small. */
function modelsOf(told: unknown): readonly ModelUse[] | null {
  const models = Object.entries(fields(told) ?? {}).map(([model, use]) => ({ model, use: fields(use) }));
  const known = models.flatMap(({ model, use }) => (use === null ? [] : [modelUse(model, use)]));
  return fields(told) === null || known.length < models.length ? null : known;
}

function modelUse(model: string, use: Fields): ModelUse {
  return {
    model,
    tokens: {
      input: count(use.inputTokens),
      output: count(use.outputTokens),
      cacheRead: count(use.cacheReadInputTokens),
      cacheWrite: count(use.cacheCreationInputTokens),
    },
    cost: fromUsd(numberIn(use.costUSD, dollars) ?? 0),
  };
}

function count(told: unknown): number {
  return Math.round(numberIn(told, counts) ?? 0);
}

/** A tool's result is a string or blocks, of which only text blocks matter. */
function textOf(content: unknown): unknown {
  return Array.isArray(content) ? content.flatMap((block) => text(fields(block)?.text) ?? []).join(' ') : content;
}
