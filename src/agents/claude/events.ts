// Claude Code's stream-json lines as transcript events. Total: whatever a line holds, the worst answer is `noted`.
// Key order is not stable and `type` is not first, so lines are parsed, never matched by prefix. Measured with 2.1.330.
import { capped, noTokens, type Tokens, type TranscriptEvent } from '../../core/transcript.ts';
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
    // Its delays stay below a minute, so there is no time to tell; the last one is followed by a result.
    const [status, word] = [wholeIn(line.error_status, statuses), text(line.error)];
    return [{ type: 'retry', failure: retryFailure({ status, word }), status, message: `${word ?? 'error'}, tried again`, until: null }];
  }
  if (line.subtype === 'model_fallback') {
    // No `retry`: those of the first model must not count against the one that takes over.
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
    // A subagent speaks to its parent: its words must never pass for the agent's own last ones.
    if (child === null && part.type === 'text' && said !== null && said !== '') events.push({ type: 'said', text: said });
    if (part.type === 'tool_use')
      events.push({ type: 'tool', id: text(part.id), name: text(part.name) ?? '?', input: oneLine(part.input), ...child });
  }
  const used = fields(message?.usage);
  // A subagent's answers are part of the result's figures; as steps they would count against the limit of turns.
  if (used !== null && child === null) {
    events.push({
      type: 'step',
      id: text(message?.id),
      session: text(line.session_id),
      reason: text(message?.stop_reason),
      cost: null,
      tokens: {
        input: count(used.input_tokens),
        output: count(used.output_tokens),
        cacheRead: count(used.cache_read_input_tokens),
        cacheWrite: count(used.cache_creation_input_tokens),
      },
    });
  }
  return events;
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

/** null: the agent's own. */
function childOf(line: Fields): { readonly child: true } | null {
  return text(line.parent_tool_use_id) === null ? null : { child: true };
}

function limitEvents(info: Fields | null): TranscriptEvent[] {
  if (info === null) return [];
  const resetsAt = wholeIn(info.resetsAt, seconds);
  return [
    {
      type: 'limit',
      state: text(info.status) ?? 'unknown',
      window: text(info.rateLimitType),
      resetsAt: resetsAt === null ? null : resetsAt * 1000,
      used: numberIn(info.utilization, shares),
    },
  ];
}

function resultEvents(line: Fields): TranscriptEvent[] {
  const ok = line.is_error === false && line.subtype === 'success';
  const errors = list(line.errors).flatMap((error) => text(error) ?? []);
  // total_cost_usd and modelUsage are cumulative over a resumed session; the delta since the last result is not.
  const perModel = modelsOf(line.model_usage_since_last_result) ?? modelsOf(line.modelUsage) ?? [];
  const sum = (pick: (model: Fields) => number): number => perModel.reduce((total, model) => total + pick(model), 0);
  const tokens: Tokens = {
    input: capped(sum((model) => count(model.inputTokens))),
    output: capped(sum((model) => count(model.outputTokens))),
    cacheRead: capped(sum((model) => count(model.cacheReadInputTokens))),
    cacheWrite: capped(sum((model) => count(model.cacheCreationInputTokens))),
  };
  const denials = list(line.permission_denials).flatMap((told): TranscriptEvent[] => {
    const denial = fields(told);
    const output = text(denial?.tool_name);
    return output === null ? [] : [{ type: 'answer', id: text(denial?.tool_use_id), ok: false, denied: true, output }];
  });
  const cost = capped(Math.round(sum((model) => numberIn(model.costUSD, dollars) ?? 0) * 1e6));
  return [
    ...denials,
    {
      type: 'ended',
      ok,
      failure: ok ? null : claudeFailure(line, errors),
      message: text(line.result) ?? errors.join('; '),
      tokens: perModel.length === 0 ? noTokens : tokens,
      cost,
      until: null,
    },
  ];
}

/** null also when one of them is none: a sum without it would be too small. */
function modelsOf(told: unknown): readonly Fields[] | null {
  const models = Object.values(fields(told) ?? {}).map(fields);
  const known = models.filter((model) => model !== null);
  return fields(told) === null || known.length < models.length ? null : known;
}

function count(told: unknown): number {
  return Math.round(numberIn(told, counts) ?? 0);
}

/** A tool's result is a string or blocks, of which those of text are of interest. */
function textOf(content: unknown): unknown {
  return Array.isArray(content) ? content.flatMap((block) => text(fields(block)?.text) ?? []).join(' ') : content;
}
