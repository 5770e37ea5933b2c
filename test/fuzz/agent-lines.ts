// An agent's output: whatever its lines contain, the events are well-formed and of bounded size, survive being stored, and
// add up to figures that the database can store; and only the agent's own sign of success counts as success.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { failureKinds } from '../../src/core/task/failure.ts';
import { spent, tallyOf } from '../../src/core/transcript/tally.ts';
import { isUnknown, type Exit, type TranscriptEvent } from '../../src/core/transcript/transcript.ts';
import { parseJson } from '../../src/lib/json-line.ts';
import type { Agent } from '../../src/ports/agent.ts';
import { brokenLine, hugeLine } from './broken-json.ts';
import { anyText, broken } from './broken-text.ts';
import type { Target } from './target.ts';

interface Input {
  readonly lines: readonly string[];
  readonly exit: Exit;
  readonly stderr: string;
}

interface Recorded {
  readonly stdout: readonly string[];
  readonly stderr: string;
}

interface Agents {
  readonly agent: Agent;
  /** At least one such line is necessary for a success. */
  readonly isSuccess: (line: Readonly<Record<string, unknown>>) => boolean;
}

const exits = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ code: 0, signal: null }) },
  fc.constantFrom(
    { code: 1, signal: null },
    { code: 127, signal: null },
    { code: 137, signal: 'SIGKILL' },
    { code: 143, signal: 'SIGTERM' },
    { code: null, signal: null },
    { code: null, signal: 'SIGSEGV' },
  ),
);

export function agentLines({ agent, isSuccess }: Agents): Target<Input> {
  const recorded = recordedRuns(agent);
  const real = anyRecorded(recorded);
  const changed = brokenLine(real);
  // A recorded run with a few of its lines broken, left out, doubled or taken from another run.
  const run = fc
    .tuple(fc.constantFrom(...recorded), fc.array(fc.tuple(fc.nat(30), changed, fc.boolean()), { maxLength: 3 }))
    .map(([one, changes]) => {
      const lines = [...one.stdout];
      for (const [at, line, instead] of changes) lines.splice(at % (lines.length + 1), instead ? 1 : 0, line);
      return lines;
    });
  const over = fc
    .tuple(fc.oneof(changed, real.map(hugeLine)), fc.integer({ min: 1, max: 10_000 }))
    .map(([line, times]) => Array.from<string>({ length: times }).fill(line));
  const stderr = fc.oneof(
    fc.constant(''),
    broken(fc.constantFrom(...recorded.map((one) => one.stderr)), {
      pieces: ['Error: ', '\n', '! permission requested: x; auto-rejecting'],
      most: 3,
    }),
    anyText,
  );
  return {
    name: agent.facts.name,
    inputs: fc.record({
      lines: fc.oneof(
        { weight: 1500, arbitrary: run },
        { weight: 500, arbitrary: fc.array(changed, { maxLength: 6 }) },
        { weight: 3, arbitrary: over },
      ),
      exit: exits,
      stderr,
    }),
    reaches: ['success', 'failure', 'noted'],
    holds: ({ lines, exit, stderr: words }) => {
      const known = new Map([...new Set(lines)].map((line) => [line, agent.events(line)]));
      for (const [line, events] of known) judgeEvents(events, line);
      const events = lines.flatMap((line) => known.get(line) ?? []);
      const tally = tallyOf(events);
      const sum = spent(tally);
      const outcome = agent.outcome({ exit, tally: tallyOf(events), stderr: words });
      for (const told of [sum, ...tally.stepped, ...tally.closed, outcome]) plain(told);
      assert.ok(outcome.failure === null || failureKinds.includes(outcome.failure));
      assert.equal(outcome.ok, outcome.failure === null, 'a failure has a kind, and success has none');
      assert.deepEqual({ cost: outcome.cost, tokens: outcome.tokens }, sum);
      // Another supervisor continues from the stored events. They are compared as text because of -0, which JSON does not
      // distinguish.
      const stored = events.map((event) => JSON.parse(JSON.stringify(event)) as TranscriptEvent);
      assert.equal(JSON.stringify(agent.outcome({ exit, tally: tallyOf(stored), stderr: words })), JSON.stringify(outcome));
      assert.ok(!('polluted' in {}), 'a prototype was changed');
      if (!outcome.ok) return events.some(({ type }) => type === 'noted') ? 'noted' : 'failure';
      // A context overflow that the agent solved by itself remains visible in the exit code only.
      assert.ok(exit.code === 0 || isUnknown(exit) || (exit.code === 1 && tally.mendedAt !== null), `success with exit code ${exit.code}`);
      assert.equal(exit.signal, null);
      assert.ok(
        // Each line once: all parsed copies of a long repeated line would not fit into memory together.
        [...known.keys()].map(parseJson).some((line) => isRecord(line) && isSuccess(line)),
        'success without a sign',
      );
      return 'success';
    },
  };
}

/** Runs of the real binary, recorded for the adapter's own tests. */
function recordedRuns(agent: Agent): Recorded[] {
  const file = new URL(`../../src/agents/${agent.facts.name}/recorded.json`, import.meta.url);
  return Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Recorded>);
}

/** All kinds of lines are equally likely, however often each was recorded. */
function anyRecorded(runs: readonly Recorded[]): fc.Arbitrary<string> {
  const kinds = Map.groupBy(new Set(runs.flatMap((run) => run.stdout)), (line) => {
    const { type, subtype, event } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return [type, subtype, event].join(' ');
  });
  return fc.oneof(...[...kinds.values()].map((lines) => fc.constantFrom(...lines)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

type Field = 'text' | 'text?' | 'whole' | 'whole?' | 'number?' | 'flag' | 'tokens' | 'servers' | 'models' | 'failure?';

/** All fields of each event, and the kind of their values. */
const shapes: Readonly<Record<TranscriptEvent['type'], Readonly<Record<string, Field>>>> = {
  started: { session: 'text?', model: 'text?', version: 'text?', keySource: 'text?', servers: 'servers' },
  said: { text: 'text' },
  tool: { id: 'text?', name: 'text', input: 'text' },
  answer: { id: 'text?', ok: 'flag', denied: 'flag', output: 'text' },
  step: { id: 'text?', session: 'text?', reason: 'text?', tokens: 'tokens', cost: 'whole?' },
  child: { session: 'text', tokens: 'tokens', cost: 'whole' },
  compacted: { session: 'text?' },
  retry: { failure: 'failure?', status: 'whole?', message: 'text', until: 'whole?' },
  limit: { state: 'text', window: 'text?', resetsAt: 'whole?', used: 'number?' },
  error: { failure: 'failure?', status: 'whole?', message: 'text', until: 'whole?' },
  ended: { ok: 'flag', failure: 'failure?', message: 'text', tokens: 'tokens', cost: 'whole', until: 'whole?' },
  noted: { text: 'text' },
};

/** Fields that an agent may leave out. */
const left: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  child: { model: 'text' },
  ended: { models: 'models' },
  retry: { session: 'text' },
  error: { session: 'text' },
};

function judgeEvents(events: readonly TranscriptEvent[], line: string): void {
  for (const event of events) {
    const { type, child, ...fields } = { child: true, ...event };
    const told = Object.entries(left[type] ?? {}).filter(([name]) => name in fields);
    const shape: Readonly<Record<string, Field>> = { ...shapes[type], ...Object.fromEntries(told) };
    assert.ok(child && (!('child' in event) || type === 'tool' || type === 'answer'), 'only a call and its answer may be a child’s');
    assert.deepEqual(Object.keys(fields).sort(), Object.keys(shape).sort());
    for (const [name, value] of Object.entries(fields)) assert.ok(fits(shape[name]!, value), `${type}.${name}`);
    plain(event);
  }
  const stored = JSON.stringify(events);
  assert.equal(JSON.stringify(JSON.parse(stored)), stored, 'the same when it is read back');
  // A line costs the database at most a fixed multiple of its own size.
  assert.ok(stored.length <= 6 * line.length + 4000, 'events beyond the size of their line');
}

function fits(field: Field, value: unknown): boolean {
  if (field.endsWith('?') && value === null) return true;
  switch (field) {
    case 'text':
    case 'text?':
      return typeof value === 'string';
    case 'whole':
    case 'whole?':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'number?':
      return Number.isFinite(value) && Number(value) >= 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'failure?':
      return failureKinds.some((kind) => kind === value);
    case 'tokens':
      return isRecord(value) && ['input', 'output', 'cacheRead', 'cacheWrite'].every((name) => fits('whole', value[name]));
    case 'models':
      return (
        Array.isArray(value) &&
        value.every((one) => isRecord(one) && fits('text', one['model']) && fits('tokens', one['tokens']) && fits('whole', one['cost']))
      );
    case 'servers':
      return Array.isArray(value) && value.every((one) => isRecord(one) && fits('text', one['name']) && fits('text', one['status']));
  }
}

/** Checks that the value can be represented in JSON, and that its numbers are finite, exact and not negative. */
function plain(value: unknown): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER, String(value));
  else if (typeof value === 'object' && value !== null) {
    assert.ok(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
    for (const inner of Object.values(value)) plain(inner);
  } else assert.ok(value === null || typeof value === 'string' || typeof value === 'boolean', typeof value);
}
