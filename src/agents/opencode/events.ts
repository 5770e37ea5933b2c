// Turns OpenCode's `--format json` lines, and those of our bridge, into transcript events. It handles every input: the
// worst result is `noted`. There is no opening and no closing event; every line has type, timestamp and sessionID. Measured
// with 1.18.33.
import { fromUsd } from '../../core/money/usd.ts';
import { capped, noTokens, type Tokens, type TranscriptEvent } from '../../core/transcript/transcript.ts';
import { fields, list, numberIn, text, wholeIn, type Fields, type Range } from '../../lib/fields.ts';
import { oneLine, parseJson } from '../../lib/json-line.ts';
import { bridgeType } from './bridge.ts';
import { errorFailure, retryFailure, type OpencodeError } from './failure.ts';

// Bounded, so that no line, however broken, can make a sum infinite, negative or too large for the store.
const counts: Range = [0, 1e12];
const dollars: Range = [0, 1e6];
const statuses: Range = [100, 599];
/** Large enough for any date, small enough to be formatted as one. */
const times: Range = [0, 4e12];

export function opencodeEvents(raw: string): readonly TranscriptEvent[] {
  if (raw.trim() === '') return [];
  const line = fields(parseJson(raw));
  if (line === null) return [{ type: 'noted', text: raw.slice(0, 500) }];
  const part = fields(line.part);
  const session = text(line.sessionID);
  switch (line.type) {
    case 'step_start':
      return [{ type: 'started', session, model: null, version: null, keySource: null, servers: [] }];
    case 'text': {
      // The text that it adds itself when it continues after a summary is not the agent's.
      const said = part?.synthetic === true ? null : text(part?.text);
      return said === null || said === '' ? [] : [{ type: 'said', text: said }];
    }
    case 'tool_use':
      return part === null ? [] : toolEvents(part);
    case 'step_finish':
      return [
        {
          type: 'step',
          id: text(part?.id),
          session,
          reason: text(part?.reason),
          tokens: tokensOf(part?.tokens),
          cost: micro(part?.cost),
        },
      ];
    case 'error':
      return [{ ...errorEvent(fields(line.error)), ...(session === null ? {} : { session }) }];
    case bridgeType:
      return bridgeEvents(line);
    default:
      return [];
  }
}

function toolEvents(part: Fields): TranscriptEvent[] {
  const id = text(part.callID);
  const state = fields(part.state);
  const error = text(state?.error);
  const failed = state?.status === 'error';
  // OpenCode's own wording for a rule that forbade the call; there is no field for it.
  const denied = failed && error !== null && /^The user (?:has specified a rule|rejected permission)/.test(error);
  return [
    { type: 'tool', id, name: text(part.tool) ?? '?', input: oneLine(state?.input) },
    { type: 'answer', id, ok: !failed, denied, output: oneLine(error ?? text(state?.output) ?? '') },
  ];
}

function errorEvent(told: Fields | null): TranscriptEvent {
  const data = fields(told?.data);
  const error: OpencodeError = {
    name: text(told?.name),
    message: text(data?.message),
    status: wholeIn(data?.statusCode, statuses),
  };
  return {
    type: 'error',
    failure: told === null ? null : errorFailure(error),
    status: error.status,
    message: oneLine(error.message ?? error.name ?? 'unknown error'),
    until: retryTime(fields(data?.responseHeaders)),
  };
}

/** Only a header of an answer that has its own date can be turned into a time without reading a clock. */
function retryTime(headers: Fields | null): number | null {
  const seconds = /^\d{1,9}$/.exec(text(headers?.['retry-after']) ?? '')?.[0];
  const date = Date.parse(text(headers?.date) ?? '');
  // An invalid date gives a number outside of any range.
  return seconds === undefined ? null : numberIn(date + Number(seconds) * 1000, times);
}

function bridgeEvents(line: Fields): TranscriptEvent[] {
  const session = text(line.session);
  if (line.event === 'retry') {
    const message = oneLine(text(line.message) ?? 'error');
    const status = wholeIn(line.status, statuses);
    const next = numberIn(line.next, times);
    const until = next === null ? null : Math.round(next);
    // If a first request is never answered, nothing else reports the session, with which the next attempt continues.
    return [
      { type: 'retry', ...(session === null ? {} : { session }), failure: retryFailure({ status, message }), status, message, until },
    ];
  }
  if (line.event === 'servers') {
    const servers = list(line.servers).flatMap((one) => {
      const [name, status] = [text(fields(one)?.name), text(fields(one)?.status)];
      return name === null || status === null ? [] : [{ name, status }];
    });
    return [{ type: 'started', session, model: null, version: null, keySource: null, servers }];
  }
  if (line.event === 'compacted') return [{ type: 'compacted', session }];
  if (line.event === 'child' && session !== null) {
    return [{ type: 'child', session, tokens: tokensOf(line.tokens), cost: micro(line.cost), ...childModel(line.model) }];
  }
  return [{ type: 'noted', text: oneLine(line) }];
}

/** A session's model, `provider/model`. Steps report none: they use the model that the run was started with. */
export function childModel(told: unknown): { readonly model?: string } {
  const model = fields(told);
  const [provider, name] = [text(model?.providerID), text(model?.id)];
  return provider === null || name === null ? {} : { model: `${provider}/${name}` };
}

function tokensOf(told: unknown): Tokens {
  const used = fields(told);
  if (used === null) return noTokens;
  const cache = fields(used.cache);
  return {
    input: count(used.input),
    output: capped(count(used.output) + count(used.reasoning)),
    cacheRead: count(cache?.read),
    cacheWrite: count(cache?.write),
  };
}

function count(told: unknown): number {
  return Math.round(numberIn(told, counts) ?? 0);
}

/** OpenCode reports dollars as a floating point number. */
function micro(told: unknown): number {
  return fromUsd(numberIn(told, dollars) ?? 0);
}
