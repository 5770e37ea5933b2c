// OpenCode's `--format json` lines, and those of our bridge, as transcript events. Total: the worst answer is `noted`.
// There is no opening and no closing event; every line has type, timestamp and sessionID. Measured with 1.18.33.
import { z } from 'zod';
import { noTokens, type Tokens, type TranscriptEvent } from '../../core/transcript.ts';
import { bridgeType } from './bridge.ts';
import { errorFailure, retryFailure } from './failure.ts';

const text = z.string().nullable().catch(null);
const number = z.number().nullable().catch(null);
const count = z.number().catch(0);
const noCache = { read: 0, write: 0 };
const tokens = z.object({ input: count, output: count, reasoning: count, cache: z.object({ read: count, write: count }).catch(noCache) }).nullable().catch(null);

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
      cost: number,
      tokens,
      state: z.object({ status: text, input: z.unknown().optional(), output: text, error: text }).nullable().catch(null),
    })
    .nullable()
    .catch(null),
  error: z
    .object({
      name: text,
      data: z
        .object({ message: text, statusCode: number, isRetryable: z.boolean().nullable().catch(null), responseHeaders: z.record(z.string(), z.string()).catch({}), responseBody: text })
        .nullable()
        .catch(null),
    })
    .nullable()
    .catch(null),
  // The bridge's lines
  event: text,
  session: text,
  status: number,
  message: text,
  next: number,
  cost: number,
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
      return [{ type: 'step', id: line.part?.id ?? null, session: line.sessionID, reason: line.part?.reason ?? null, tokens: tokensOf(line.part?.tokens ?? null), cost: micro(line.part?.cost ?? 0) }];
    case 'error':
      return [errorEvent(line.error)];
    case bridgeType:
      return bridgeEvents(line);
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
  const after = Number(error?.data?.responseHeaders['retry-after']);
  // Only a header that the answer carried with its own date can be turned into a time without reading a clock.
  const date = Date.parse(error?.data?.responseHeaders['date'] ?? '');
  const until = Number.isFinite(after) && Number.isFinite(date) ? date + after * 1000 : null;
  return { type: 'error', failure: error === null ? null : errorFailure(error), status, message: oneLine(message), until };
}

function bridgeEvents(line: Line): TranscriptEvent[] {
  if (line.event === 'retry') {
    const message = oneLine(line.message ?? 'error');
    return [{ type: 'retry', failure: retryFailure({ status: line.status, message }), status: line.status, message, until: line.next }];
  }
  if (line.event === 'child' && line.session !== null) {
    return [{ type: 'child', session: line.session, tokens: tokensOf(line.tokens), cost: micro(line.cost ?? 0) }];
  }
  return [{ type: 'noted', text: oneLine(line) }];
}

function tokensOf(used: Line['tokens']): Tokens {
  if (used === null) return noTokens;
  return { input: used.input, output: used.output + used.reasoning, cacheRead: used.cache.read, cacheWrite: used.cache.write };
}

/** OpenCode tells dollars as a floating point number. */
function micro(dollars: number): number {
  return Math.round(dollars * 1e6);
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** A tool's input or output as one line of at most 300 characters, for people. */
function oneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? '';
  const line = text.slice(0, 2000).replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
