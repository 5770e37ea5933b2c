// Sums up a transcript: cost, tokens, steps, session, last words. The live watch, the progress lines and the adapters'
// conclusions all use this one fold, so they cannot disagree.
import type { Window } from '../route/account.ts';
import { clip } from '../clip.ts';
import type { Said } from '../reason/said.ts';
import { toolCall } from './tool-call.ts';
import { addTokens, capped, noTokens, type MicroUsd, type ModelUse, type Tokens, type TranscriptEvent } from './transcript.ts';

type Of<T extends TranscriptEvent['type']> = Extract<TranscriptEvent, { type: T }>;

export interface Tally {
  readonly session: string | null;
  readonly model: string | null;
  readonly keySource: string | null;
  /** MCP servers with their state, as last reported. */
  readonly servers: Of<'started'>['servers'];
  readonly steps: number;
  readonly lastStep: Of<'step'> | null;
  readonly lastWords: string | null;
  /** The last thing that the agent said, called or reported. */
  readonly lastSign: Of<'said'> | Of<'tool'> | Of<'error'> | null;
  /** The tools that were called last; and the names of the tools that a rule forbade, each once. */
  readonly calls: readonly { readonly id: string; readonly name: string }[];
  readonly denied: readonly string[];
  readonly lastRetry: Of<'retry'> | null;
  /** How often the current request was retried so far, without an answer in between. */
  readonly retries: number;
  readonly lastError: Of<'error'> | null;
  /** How many steps there had been when the agent last shortened its conversation; null if it never did. */
  readonly mendedAt: number | null;
  /** How often the agent shortened its conversation in a row, without doing anything in between. */
  readonly compactions: number;
  /** Whether any window of a plan was reported. */
  readonly limited: boolean;
  readonly rejectedLimit: Of<'limit'> | null;
  /** Each window of a plan, as last reported. */
  readonly windows: readonly Window[];
  readonly ended: Of<'ended'> | null;
  /** The model that was in use when the last step was reported. */
  readonly lastStepModel: string | null;
  readonly stepped: readonly ModelSum[];
  readonly children: ReadonlyMap<string, ModelSum>;
  readonly closed: readonly ModelSum[];
}

export interface Sum {
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
}

/** `model` is null if the transcript does not tell the model; then it is the one that was asked for. */
export interface ModelSum<Model extends string | null = string | null> extends Sum {
  readonly model: Model;
}

/** Answers come soon after their calls, and remembering every call of a long run would cost quadratic time. */
const recentCalls = 50;

/** Enough to see what the agent was doing; the transcript has the rest. */
const signLength = 160;
/** A plan has two or three windows. */
const mostWindows = 10;

/** An agent may try again as often as it likes: one line of 8 MiB could name four hundred thousand tools. */
const mostDenied = 20;

const nothing: Sum = { cost: 0, tokens: noTokens };

export const emptyTally: Tally = {
  session: null,
  model: null,
  keySource: null,
  servers: [],
  steps: 0,
  lastStep: null,
  lastWords: null,
  lastSign: null,
  calls: [],
  denied: [],
  lastRetry: null,
  retries: 0,
  lastError: null,
  mendedAt: null,
  compactions: 0,
  limited: false,
  rejectedLimit: null,
  windows: [],
  ended: null,
  lastStepModel: null,
  stepped: [],
  children: new Map(),
  closed: [],
};

export function tallyOf(events: Iterable<TranscriptEvent>): Tally {
  let tally = emptyTally;
  for (const event of events) tally = addToTally(tally, event);
  return tally;
}

export function addToTally(tally: Tally, event: TranscriptEvent): Tally {
  switch (event.type) {
    case 'started':
      return addStart(tally, event);
    case 'said':
      return { ...tally, retries: 0, lastWords: event.text, lastSign: event };
    case 'tool':
      return {
        ...tally,
        retries: 0,
        compactions: 0,
        lastSign: event,
        calls: event.id === null ? tally.calls : [...tally.calls.slice(-recentCalls), { id: event.id, name: event.name }],
      };
    case 'answer':
      return event.denied ? { ...tally, denied: addDenied(tally.denied, calledName(tally, event.id)) } : tally;
    case 'step':
      return addStep(tally, event);
    case 'child':
      return { ...tally, retries: 0, children: new Map(tally.children).set(event.session, childSum(tally, event)) };
    case 'retry':
      return { ...tally, session: tally.session ?? event.session ?? null, lastRetry: event, retries: tally.retries + 1 };
    case 'limit':
      return {
        ...tally,
        limited: true,
        rejectedLimit: event.state === 'rejected' ? event : tally.rejectedLimit,
        windows: addWindow(tally.windows, event),
      };
    case 'error':
      return { ...tally, session: tally.session ?? event.session ?? null, lastError: event, lastSign: event };
    case 'ended':
      return { ...tally, ended: event, closed: closedBy(tally, event).reduce(addSum, tally.closed) };
    case 'compacted':
      return addCompaction(tally, event);
    case 'noted':
      return tally;
  }
}

/** Returns the same object if the event adds nothing. OpenCode begins each step with such an event. */
function addStart(tally: Tally, event: Of<'started'>): Tally {
  const session = event.session ?? tally.session;
  const model = event.model ?? tally.model;
  const keySource = event.keySource ?? tally.keySource;
  const servers = event.servers.length === 0 ? tally.servers : event.servers;
  const known =
    tally.retries === 0 && session === tally.session && model === tally.model && keySource === tally.keySource && servers === tally.servers;
  return known ? tally : { ...tally, retries: 0, session, model, keySource, servers };
}

/**
 * Adds the events, and returns those that the transcript keeps. Repeated `started` events, a fifth of OpenCode's output,
 * are dropped.
 */
export function addNews(
  before: Tally,
  events: readonly TranscriptEvent[],
): { readonly tally: Tally; readonly news: readonly TranscriptEvent[] } {
  let tally = before;
  const news = events.filter((event) => {
    const next = addToTally(tally, event);
    const told = event.type !== 'started' || next !== tally;
    tally = next;
    return told;
  });
  return { tally, news };
}

function addCompaction(tally: Tally, { session }: Of<'compacted'>): Tally {
  if (session !== null && tally.session !== null && session !== tally.session) return tally;
  const mended = tally.lastError?.failure === 'context';
  return {
    ...tally,
    retries: 0,
    compactions: tally.compactions + 1,
    lastError: mended ? null : tally.lastError,
    mendedAt: mended ? tally.steps : tally.mendedAt,
  };
}

function addWindow(windows: readonly Window[], { window: name, used, resetsAt, state }: Of<'limit'>): readonly Window[] {
  const share = used ?? (state === 'rejected' ? 1 : null);
  if (name === null || share === null) return windows;
  return [...windows.filter((one) => one.name !== name).slice(0, mostWindows - 1), { name, used: share, resetsAt }];
}

function calledName(tally: Tally, id: string | null): string {
  return tally.calls.findLast((call) => call.id === id)?.name ?? 'a tool';
}

function addDenied(denied: readonly string[], name: string): readonly string[] {
  return denied.length >= mostDenied || denied.includes(name) ? denied : [...denied, name];
}

function addStep(tally: Tally, step: Of<'step'>): Tally {
  const session = tally.session ?? step.session;
  // An answer that is reported in several lines counts once, with the figures of its last line.
  const last = tally.lastStep;
  const again = last !== null && step.id !== null && last.id === step.id;
  const before = again ? addSum(tally.stepped, { model: tally.lastStepModel, ...minus(last) }) : tally.stepped;
  const { model } = tally;
  const stepped = addSum(before, { model, cost: step.cost ?? 0, tokens: step.tokens });
  return { ...tally, session, retries: 0, lastStep: step, lastStepModel: model, steps: tally.steps + (again ? 0 : 1), stepped };
}

function childSum(tally: Tally, { session, model, cost, tokens }: Of<'child'>): ModelSum {
  return { model: model ?? tally.children.get(session)?.model ?? tally.model, cost, tokens };
}

function closedBy(tally: Tally, { models = [], cost, tokens }: Of<'ended'>): readonly (ModelSum | ModelUse)[] {
  return models.length > 0 ? models : [{ model: tally.model, cost, tokens }];
}

/** One line for people about the last thing that the agent did. */
export function signOf({ lastSign: sign }: Tally): Said | null {
  switch (sign?.type) {
    case 'said':
      return { code: 'last-words', facts: { text: clip(sign.text, signLength) } };
    case 'tool':
      return { code: 'last-call', facts: { text: clip(toolCall(sign), signLength) } };
    case 'error':
      return { code: 'last-error', facts: { text: clip(sign.message, signLength) } };
    case undefined:
      return null;
  }
}

/** The best known figures: the agent's own closing statement if it made one, else its steps and subagents so far. */
export function spent(tally: Tally): Sum {
  return byModel(tally).reduce(plus, nothing);
}

/** The same figures by model, each model once, in the order in which they first appeared. */
export function byModel(tally: Tally): readonly ModelSum[] {
  const { cost, tokens } = tally.closed.reduce(plus, nothing);
  if (tally.ended !== null && tokens.input + tokens.output + cost > 0) return tally.closed;
  return [...tally.children.values()].reduce(addSum, tally.stepped);
}

export function addSum<Model extends string | null>(sums: readonly ModelSum<Model>[], one: ModelSum<Model>): readonly ModelSum<Model>[] {
  const known = sums.find(({ model }) => model === one.model);
  if (known === undefined) return [...sums, { model: one.model, ...plus(nothing, one) }];
  return sums.map((sum) => (sum === known ? { model: sum.model, ...plus(sum, one) } : sum));
}

function plus(a: Sum, b: Sum): Sum {
  return { cost: capped(a.cost + b.cost), tokens: addTokens(a.tokens, b.tokens) };
}

function minus({ cost, tokens }: { readonly cost: MicroUsd | null; readonly tokens: Tokens }): Sum {
  const { input, output, cacheRead, cacheWrite } = tokens;
  return { cost: -(cost ?? 0), tokens: { input: -input, output: -output, cacheRead: -cacheRead, cacheWrite: -cacheWrite } };
}
