// OpenCode's `--format json` lines, and those of our bridge, as transcript events. Total: the worst answer is `noted`.
// There is no opening and no closing event; every line has type, timestamp and sessionID. Measured with 1.18.33.
import { z } from 'zod';
import { capped, noTokens, type Tokens, type TranscriptEvent } from '../../core/transcript.ts';
import { oneLine, parseJson } from '../../lib/json-line.ts';
import { bridgeType } from './bridge.ts';
import { errorFailure, retryFailure } from './failure.ts';

/** Far enough for any date, near enough to be written as one. */
const latest = 4e12;
const text = z.string().nullable().catch(null);
// Bounded, so that no line, however broken, can make a sum infinite, negative or too large for the store.
const count = z.number().min(0).max(1e12).transform(Math.round).catch(0);
const dollars = z.number().min(0).max(1e6).catch(0);
const httpStatus = z.number().int().min(100).max(599).nullable().catch(null);
const epochMs = z.number().min(0).max(latest).transform(Math.round).nullable().catch(null);
const noCache = { read: 0, write: 0 };
const tokens = z
  .object({ input: count, output: count, reasoning: count, cache: z.object({ read: count, write: count }).catch(noCache) })
  .nullable()
  .catch(null);

const lineSchema = z.object({
  type: text,
  sessionID: text,
  part: z
    .object({
      id: text,
      callID: text,
      tool: text,
      text,
      reason: text,
      cost: dollars,
      tokens,
      state: z.object({ status: text, input: z.unknown().optional(), output: text, error: text }).nullable().catch(null),
    })
    .nullable()
    .catch(null),
  error: z
    .object({
      name: text,
      data: z
        .object({
          message: text,
          statusCode: httpStatus,
          isRetryable: z.boolean().nullable().catch(null),
          responseHeaders: z.record(z.string(), z.string()).catch({}),
          responseBody: text,
        })
        .nullable()
        .catch(null),
    })
    .nullable()
    .catch(null),
  // The bridge's lines
  event: text,
  session: text,
  status: httpStatus,
  message: text,
  next: epochMs,
  cost: dollars,
  tokens,
});

type Line = z.infer<typeof lineSchema>;
export type OpencodeError = NonNullable<Line['error']>;

export function opencodeEvents(raw: string): readonly TranscriptEvent[] {
  if (raw.trim() === '') return [];
  const parsed = lineSchema.safeParse(parseJson(raw));
  if (!parsed.success) return [{ type: 'noted', text: raw.slice(0, 500) }];
  const line = parsed.data;
  switch (line.type) {
    case 'step_start':
      return [{ type: 'started', session: line.sessionID, model: null, version: null, keySource: null, servers: [] }];
    case 'text':
      return line.part?.text == null || line.part.text === '' ? [] : [{ type: 'said', text: line.part.text }];
    case 'tool_use':
      return toolEvents(line);
    case 'step_finish':
      return [
        {
          type: 'step',
          id: line.part?.id ?? null,
          session: line.sessionID,
          reason: line.part?.reason ?? null,
          tokens: tokensOf(line.part?.tokens ?? null),
          cost: micro(line.part?.cost ?? 0),
        },
      ];
    case 'error':
      return [errorEvent(line.error)];
    case bridgeType:
      return bridgeEvents(line);
    case null:
    default:
      return [];
  }
}

function toolEvents(line: Line): TranscriptEvent[] {
  const part = line.part;
  if (part === null) return [];
  const state = part.state;
  const error = state?.error ?? null;
  const failed = state?.status === 'error';
  // OpenCode's own wording for a rule that forbade the call; there is no field for it.
  const denied = failed && error !== null && /^The user (?:has specified a rule|rejected permission)/.test(error);
  return [
    { type: 'tool', id: part.callID, name: part.tool ?? '?', input: oneLine(state?.input) },
    { type: 'answer', id: part.callID, ok: !failed, denied, output: oneLine(error ?? state?.output ?? '') },
  ];
}

function errorEvent(error: OpencodeError | null): TranscriptEvent {
  const message = error?.data?.message ?? error?.name ?? 'unknown error';
  const status = error?.data?.statusCode ?? null;
  const until = retryTime(error?.data?.responseHeaders ?? {});
  return { type: 'error', failure: error === null ? null : errorFailure(error), status, message: oneLine(message), until };
}

/** Only a header that the answer carried with its own date can be turned into a time without reading a clock. */
function retryTime(headers: Readonly<Record<string, string>>): number | null {
  const seconds = /^\d{1,9}$/.exec(headers['retry-after'] ?? '')?.[0];
  const date = Date.parse(headers['date'] ?? '');
  if (seconds === undefined || Number.isNaN(date)) return null;
  const until = date + Number(seconds) * 1000;
  return until >= 0 && until <= latest ? until : null;
}

function bridgeEvents(line: Line): TranscriptEvent[] {
  if (line.event === 'retry') {
    const message = oneLine(line.message ?? 'error');
    return [{ type: 'retry', failure: retryFailure({ status: line.status, message }), status: line.status, message, until: line.next }];
  }
  if (line.event === 'child' && line.session !== null) {
    return [{ type: 'child', session: line.session, tokens: tokensOf(line.tokens), cost: micro(line.cost) }];
  }
  return [{ type: 'noted', text: oneLine(line) }];
}

function tokensOf(used: Line['tokens']): Tokens {
  if (used === null) return noTokens;
  return { input: used.input, output: capped(used.output + used.reasoning), cacheRead: used.cache.read, cacheWrite: used.cache.write };
}

/** OpenCode tells dollars as a floating point number. */
function micro(dollars: number): number {
  return Math.round(dollars * 1e6);
}
