// What a transcript adds up to: cost, tokens, steps, session, last words. One fold for the live watch, for progress
// lines and for the adapters' conclusions, so that they can never disagree.
import { clip } from './clip.ts';
import { toolCall } from './tool-call.ts';
import { addTokens, capped, noTokens, type MicroUsd, type Tokens, type TranscriptEvent } from './transcript.ts';

type Of<T extends TranscriptEvent['type']> = Extract<TranscriptEvent, { type: T }>;

export interface Tally {
  readonly session: string | null;
  readonly model: string | null;
  readonly keySource: string | null;
  readonly steps: number;
  readonly lastStep: Of<'step'> | null;
  readonly lastWords: string | null;
  /** The last that it said, called or reported. */
  readonly lastSign: Of<'said'> | Of<'tool'> | Of<'error'> | null;
  /** The tools called last, and, each once, the names of those that a rule forbade. */
  readonly calls: readonly { readonly id: string; readonly name: string }[];
  readonly denied: readonly string[];
  readonly lastRetry: Of<'retry'> | null;
  /** Retries of one request so far: in a row, with no answer in between. */
  readonly retries: number;
  readonly lastError: Of<'error'> | null;
  /** A plan's window was reported at all. */
  readonly limited: boolean;
  readonly rejectedLimit: Of<'limit'> | null;
  readonly ended: Of<'ended'> | null;
  readonly stepped: Sum;
  readonly children: ReadonlyMap<string, Sum>;
  readonly closed: Sum;
}

export interface Sum {
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
}

/** Answers come soon after their calls; remembering all of a long run would cost its square. */
const recentCalls = 50;

/** Enough to recognise what it was at; the transcript has the rest. */
const signLength = 160;
/** An agent may try again as long as it likes; one line of 8 MiB could name four hundred thousand. */
const mostDenied = 20;

const nothing: Sum = { cost: 0, tokens: noTokens };

export const emptyTally: Tally = {
  session: null,
  model: null,
  keySource: null,
  steps: 0,
  lastStep: null,
  lastWords: null,
  lastSign: null,
  calls: [],
  denied: [],
  lastRetry: null,
  retries: 0,
  lastError: null,
  limited: false,
  rejectedLimit: null,
  ended: null,
  stepped: nothing,
  children: new Map(),
  closed: nothing,
};

export function tallyOf(events: Iterable<TranscriptEvent>): Tally {
  let tally = emptyTally;
  for (const event of events) tally = addToTally(tally, event);
  return tally;
}

export function addToTally(tally: Tally, event: TranscriptEvent): Tally {
  switch (event.type) {
    case 'started':
      return {
        ...tally,
        retries: 0,
        session: event.session ?? tally.session,
        model: event.model ?? tally.model,
        keySource: event.keySource ?? tally.keySource,
      };
    case 'said':
      return { ...tally, retries: 0, lastWords: event.text, lastSign: event };
    case 'tool':
      return {
        ...tally,
        retries: 0,
        lastSign: event,
        calls: event.id === null ? tally.calls : [...tally.calls.slice(-recentCalls), { id: event.id, name: event.name }],
      };
    case 'answer':
      return event.denied ? { ...tally, denied: addDenied(tally.denied, calledName(tally, event.id)) } : tally;
    case 'step':
      return addStep(tally, event);
    case 'child':
      return { ...tally, retries: 0, children: new Map(tally.children).set(event.session, { cost: event.cost, tokens: event.tokens }) };
    case 'retry':
      return { ...tally, lastRetry: event, retries: tally.retries + 1 };
    case 'limit':
      return { ...tally, limited: true, rejectedLimit: event.state === 'rejected' ? event : tally.rejectedLimit };
    case 'error':
      return { ...tally, lastError: event, lastSign: event };
    case 'ended':
      return { ...tally, ended: event, closed: plus(tally.closed, event) };
    case 'noted':
      return tally;
  }
}

function calledName(tally: Tally, id: string | null): string {
  return tally.calls.findLast((call) => call.id === id)?.name ?? 'a tool';
}

function addDenied(denied: readonly string[], name: string): readonly string[] {
  return denied.length >= mostDenied || denied.includes(name) ? denied : [...denied, name];
}

function addStep(tally: Tally, step: Of<'step'>): Tally {
  const session = tally.session ?? step.session;
  // The same answer told in several lines counts once, with the figures of its last line.
  const last = tally.lastStep;
  const again = last !== null && step.id !== null && last.id === step.id;
  const before = again ? minus(tally.stepped, last) : tally.stepped;
  return { ...tally, session, retries: 0, lastStep: step, steps: tally.steps + (again ? 0 : 1), stepped: plus(before, step) };
}

/** Its last sign in one line, in words for people. */
export function signOf({ lastSign: sign }: Tally): string | null {
  switch (sign?.type) {
    case 'said':
      return `its last words: "${clip(sign.text, signLength)}"`;
    case 'tool':
      return `its last call: ${clip(toolCall(sign), signLength)}`;
    case 'error':
      return `its last error: ${clip(sign.message, signLength)}`;
    case undefined:
      return null;
  }
}

/** The best known figures: the agent's own closing statement where it made one, else steps and subagents so far. */
export function spent(tally: Tally): Sum {
  if (tally.ended !== null && tally.closed.tokens.input + tally.closed.tokens.output + tally.closed.cost > 0) return tally.closed;
  return [...tally.children.values()].reduce(plus, tally.stepped);
}

function plus(a: Sum, b: { readonly cost: MicroUsd | null; readonly tokens: Tokens }): Sum {
  return { cost: capped(a.cost + (b.cost ?? 0)), tokens: addTokens(a.tokens, b.tokens) };
}

function minus(a: Sum, b: { readonly cost: MicroUsd | null; readonly tokens: Tokens }): Sum {
  const t = b.tokens;
  return plus(a, {
    cost: -(b.cost ?? 0),
    tokens: { input: -t.input, output: -t.output, cacheRead: -t.cacheRead, cacheWrite: -t.cacheWrite },
  });
}
