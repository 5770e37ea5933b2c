// Reading on in a worker's output: whole lines from the stored offset become events, and events and offset are stored
// in one transaction. A crash between two reads repeats or loses nothing.
import { chargedOf, type Attempt, type Lease } from '../core/attempt.ts';
import { addNews, addToTally, emptyTally, spent, type Tally } from '../core/tally.ts';
import type { TranscriptEvent } from '../core/transcript.ts';
import type { Agent } from '../ports/agent.ts';
import type { PlaceSite } from '../ports/place-site.ts';
import type { Written } from '../ports/store.ts';
import { heldPlace } from './places.ts';
import type { Reader, World } from './world.ts';

/** At once, of each of the workers that are read together: some seconds of a busy one. */
const chunkBytes = 128 << 10;

/** A line longer than this is noted and passed over: no event that matters is that long, and memory is bounded. */
const lineBytes = 8 << 20;

const lineEnd = 10;

/** Stored events at once, where a fold is rebuilt. */
const pageEvents = 1000;

export interface Progress {
  readonly tally: Tally;
  readonly attempt: Attempt;
  readonly lost: boolean;
  /** The worker wrote something since the last look. */
  readonly spoke: boolean;
}

/** `final`: the worker has ended, so what follows the last line end is a line too. */
export async function readOn(world: World, given: { attempt: Attempt; lease: Lease; agent: Agent; final: boolean }): Promise<Progress> {
  const { attempt, lease, agent, final } = given;
  const { launch } = attempt;
  const reader = await readerOf(world, attempt);
  let { outOffset: offset, lastEventAt } = attempt;
  if (launch === null) return { tally: reader.tally, attempt, lost: false, spoke: false };
  const place = heldPlace(world, attempt);
  for (let more = true; more;) {
    let bytes = await place.read({ launch, stream: 'stdout', offset, limit: chunkBytes });
    // What was written meanwhile can wait for the next pulse; of a worker that has ended all is wanted.
    more = final || bytes.length === chunkBytes;
    if (bytes.length === chunkBytes && !reader.skipping && !bytes.includes(lineEnd))
      bytes = await place.read({ launch, stream: 'stdout', offset, limit: lineBytes });
    const taken = take({ bytes, reader, agent, final });
    if (taken.used === 0) break;
    offset += taken.used;
    const { tally, news: events } = addNews(reader.tally, taken.events);
    const { cost, tokens } = spent(tally);
    world.passing('output-read');
    const at = world.clock.now();
    const written = await world.store.addEvents({
      lease,
      events,
      outOffset: offset,
      errOffset: 0,
      cost,
      tokens,
      steps: tally.steps,
      at,
    });
    // Only now: what could not be stored is read again.
    Object.assign(reader, { tally, skipping: taken.skipping });
    if (written === 'lost') return { tally, attempt, lost: true, spoke: true };
    world.passing('output-stored');
    lastEventAt = at;
    const charged = chargedOf({ ...attempt, cost }) / 1e6;
    for (const event of events)
      world.emit({ type: 'progress', task: attempt.taskId, attempt: attempt.id, event, costUsd: charged, steps: tally.steps });
  }
  const { cost, tokens } = spent(reader.tally);
  return {
    tally: reader.tally,
    attempt: { ...attempt, outOffset: offset, lastEventAt, cost, tokens, steps: reader.tally.steps },
    lost: false,
    spoke: offset > attempt.outOffset,
  };
}

/** Adds what the agent's own records tell once its worker has ended and its output is read. */
export async function completeTranscript(
  world: World,
  given: { attempt: Attempt; lease: Lease; agent: Agent; site: PlaceSite },
): Promise<Written> {
  const attempt = (await world.store.attempt(given.attempt.id)) ?? given.attempt;
  const reader = await readerOf(world, attempt);
  const session = reader.tally.session ?? attempt.session;
  const since = attempt.launch?.at ?? attempt.startedAt;
  const events = await given.agent.afterwards({ site: given.site, session, since });
  const tally = events.reduce(addToTally, reader.tally);
  const { cost, tokens } = spent(tally);
  const { outOffset, errOffset } = attempt;
  const { lease } = given;
  const at = world.clock.now();
  const written = await world.store.addEvents({ lease, events, outOffset, errOffset, cost, tokens, steps: tally.steps, at });
  reader.tally = tally;
  return written;
}

/** The fold so far; rebuilt from the stored events when another supervisor read before us. */
export async function readerOf(world: World, attempt: Attempt): Promise<Reader> {
  const known = world.memory.readers.get(attempt.id);
  if (known !== undefined) return known;
  let tally = emptyTally;
  for (let after = 0, count = attempt.outOffset === 0 ? 0 : pageEvents; count === pageEvents;) {
    const stored = await world.store.events({ attempt: attempt.id, after, limit: pageEvents });
    for (const { event } of stored) tally = addToTally(tally, event);
    count = stored.length;
    after = stored.at(-1)?.seq ?? after;
  }
  const reader: Reader = {
    tally,
    windows: emptyTally.windows,
    servers: emptyTally.servers,
    skipping: false,
    look: null,
    warned: new Set(),
  };
  world.memory.readers.set(attempt.id, reader);
  return reader;
}

interface Taken {
  readonly used: number;
  readonly events: readonly TranscriptEvent[];
  /** What follows is still of a line that is passed over. */
  readonly skipping: boolean;
}

function take(given: { bytes: Buffer; reader: Reader; agent: Agent; final: boolean }): Taken {
  const { bytes, agent } = given;
  const { skipping } = given.reader;
  if (bytes.length === 0) return { used: 0, events: [], skipping };
  if (skipping) {
    const end = bytes.indexOf(lineEnd);
    return { used: end === -1 ? bytes.length : end + 1, events: [], skipping: end === -1 };
  }
  const last = bytes.lastIndexOf(lineEnd);
  if (last !== -1) return { used: last + 1, events: parse(bytes.subarray(0, last), agent), skipping };
  if (bytes.length >= lineBytes) {
    const events: TranscriptEvent[] = [{ type: 'noted', text: `a line of more than ${lineBytes >> 20} MiB, passed over` }];
    return { used: bytes.length, events, skipping: true };
  }
  return given.final ? { used: bytes.length, events: parse(bytes, agent), skipping } : { used: 0, events: [], skipping };
}

function parse(bytes: Buffer, agent: Agent): TranscriptEvent[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => agent.events(line));
}

/** The end of the worker's standard error, at most `limit` bytes. */
export async function errorTail(world: World, attempt: Attempt, limit = 64 << 10): Promise<string> {
  let tail = Buffer.alloc(0);
  if (attempt.launch === null) return '';
  const place = heldPlace(world, attempt);
  for (let offset = 0; ;) {
    const bytes = await place.read({ launch: attempt.launch, stream: 'stderr', offset, limit: chunkBytes });
    if (bytes.length === 0) return tail.toString('utf8');
    offset += bytes.length;
    tail = Buffer.concat([tail, bytes]).subarray(-limit);
  }
}
