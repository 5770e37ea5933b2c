// Continues reading a worker's output: whole lines from the stored offset become events, and events and offset are stored
// in one transaction. A crash between two reads repeats or loses nothing.
import { toUsd } from '../../core/money/usd.ts';
import { chargedOf, type Attempt, type Lease } from '../../core/task/attempt.ts';
import { addToKept, keep } from '../../core/transcript/kept.ts';
import { addNews, addToTally, emptyTally, spent, type Tally } from '../../core/transcript/tally.ts';
import { second, type Instant } from '../../core/time.ts';
import type { TranscriptEvent } from '../../core/transcript/transcript.ts';
import type { Agent } from '../../ports/agent.ts';
import type { Stream } from '../../ports/place.ts';
import type { PlaceSite } from '../../ports/place-site.ts';
import type { Written } from '../../ports/store.ts';
import { heldPlace } from './places.ts';
import { readSecrets } from '../prepare/secrets.ts';
import type { Reader } from '../held.ts';
import type { World } from '../world.ts';

/**
 * How many bytes are read at once from each of the workers that are read together: some seconds of a busy worker's output.
 */
const chunkBytes = 128 << 10;

/** The most that is read in one pulse from a worker that still runs, so that no fast writer delays the other workers. */
const pulseBytes = 8 << 20;

/** A longer line is noted and skipped: no event that matters is that long, and memory stays bounded. */
const lineBytes = 8 << 20;

const lineEnd = 10;

const never = new AbortController().signal;

/** How many stored events are read at once when a tally is rebuilt. */
const pageEvents = 1000;

export interface Progress {
  readonly tally: Tally;
  readonly attempt: Attempt;
  readonly lost: boolean;
  /** The worker wrote something since the last read. */
  readonly spoke: boolean;
}

/** `final`: the worker has ended, so the text after the last line end is a line too. */
export async function readOn(world: World, given: { attempt: Attempt; lease: Lease; agent: Agent; final: boolean }): Promise<Progress> {
  const { attempt, lease, agent, final } = given;
  const { launch } = attempt;
  const reader = await readerOf(world, attempt);
  let { outOffset: offset, lastEventAt } = attempt;
  const until = final ? Infinity : offset + pulseBytes;
  if (launch === null) return { tally: reader.tally, attempt, lost: false, spoke: false };
  const place = heldPlace(world, attempt);
  for (let more = true; more;) {
    let bytes = await place.read({ launch, stream: 'stdout', offset, limit: chunkBytes });
    // Newer output can wait for the next pulse; after the worker has ended, everything is read.
    more = final || (bytes.length === chunkBytes && offset < until);
    if (bytes.length === chunkBytes && !reader.skipping && !bytes.includes(lineEnd))
      bytes = await place.read({ launch, stream: 'stdout', offset, limit: lineBytes });
    const consumed = consume({ bytes, reader, agent, final });
    if (consumed.used === 0) break;
    offset += consumed.used;
    const { tally, news } = addNews(reader.tally, consumed.events);
    const { events, kept } = keep(news, reader.kept);
    const { cost, tokens } = spent(tally);
    world.passing('output-read');
    const at = world.clock.now();
    const written = await world.store.addEvents({
      lease,
      events,
      outOffset: offset,
      cost,
      tokens,
      steps: tally.steps,
      at,
    });
    // The reader changes last: output that could not be stored is read again.
    Object.assign(reader, { tally, kept, skipping: consumed.skipping });
    if (written === 'lost') return { tally, attempt, lost: true, spoke: true };
    world.passing('output-stored');
    lastEventAt = at;
    const charged = toUsd(chargedOf({ ...attempt, cost }));
    for (const event of events)
      world.emit({ type: 'progress', task: attempt.taskId, attempt: attempt.id, event, costUsd: charged, steps: tally.steps });
    // Lets this supervisor renew its leases and read other workers meanwhile.
    if (more) await world.clock.sleep(0, never);
  }
  const { cost, tokens } = spent(reader.tally);
  return {
    tally: reader.tally,
    attempt: { ...attempt, outOffset: offset, lastEventAt, cost, tokens, steps: reader.tally.steps },
    lost: false,
    spoke: offset > attempt.outOffset,
  };
}

/** Adds events from the agent's own records, after its worker has ended and its output was read. */
export async function completeTranscript(
  world: World,
  given: { attempt: Attempt; lease: Lease; agent: Agent; site: PlaceSite },
): Promise<Written> {
  const attempt = (await world.store.attempt(given.attempt.id)) ?? given.attempt;
  const reader = await readerOf(world, attempt);
  const session = reader.tally.session ?? attempt.session;
  const since = attempt.launch?.at ?? attempt.startedAt;
  const told = (await given.agent.afterwards?.({ site: given.site, session, since })) ?? [];
  const tally = told.reduce(addToTally, reader.tally);
  const { events, kept } = keep(told, reader.kept);
  const { cost, tokens } = spent(tally);
  const { outOffset } = attempt;
  const { lease } = given;
  const at = world.clock.now();
  const written = await world.store.addEvents({ lease, events, outOffset, cost, tokens, steps: tally.steps, at });
  Object.assign(reader, { tally, kept });
  return written;
}

/** The tally so far; it is rebuilt from the stored events if another supervisor read before. */
export async function readerOf(world: World, attempt: Attempt): Promise<Reader> {
  const held = world.memory.held.get(attempt.id);
  if (held?.reader != null) return held.reader;
  await readSecrets(world, { attempt });
  let [tally, kept] = [emptyTally, 0];
  for (let after = 0, count = attempt.outOffset === 0 ? 0 : pageEvents; count === pageEvents;) {
    const stored = await world.store.events({ attempt: attempt.id, after, limit: pageEvents });
    for (const { event } of stored) [tally, kept] = [addToTally(tally, event), addToKept(kept, event)];
    count = stored.length;
    after = stored.at(-1)?.seq ?? after;
  }
  const reader: Reader = {
    tally,
    kept,
    measuredAt: 0,
    windows: emptyTally.windows,
    servers: emptyTally.servers,
    skipping: false,
    look: null,
    warned: new Set(),
  };
  if (held !== undefined) held.reader = reader;
  return reader;
}

interface Consumed {
  readonly used: number;
  readonly events: readonly TranscriptEvent[];
  /** The next bytes still belong to a line that is skipped. */
  readonly skipping: boolean;
}

function consume(given: { bytes: Buffer; reader: Reader; agent: Agent; final: boolean }): Consumed {
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
    const events: TranscriptEvent[] = [{ type: 'noted', text: `a line of more than ${lineBytes >> 20} MiB, skipped` }];
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

/** Whether it wrote more than this many MiB to one of its two streams. Measured once a second; false in between. */
export async function isFlooded(world: World, given: { attempt: Attempt; reader: Reader; mb: number; now: Instant }): Promise<boolean> {
  const { attempt, reader, now } = given;
  if (Math.abs(now - reader.measuredAt) < second) return false;
  reader.measuredAt = now;
  const size = given.mb * 2 ** 20;
  return (await isLonger(world, { attempt, stream: 'stdout', size })) || isLonger(world, { attempt, stream: 'stderr', size });
}

async function isLonger(world: World, given: { attempt: Attempt; stream: Stream; size: number }): Promise<boolean> {
  const { attempt, stream, size: offset } = given;
  const { launch } = attempt;
  return launch !== null && (await heldPlace(world, attempt).read({ launch, stream, offset, limit: 1 })).length > 0;
}

/** The last part of the worker's standard error, at most `limit` bytes. */
export async function errorTail(world: World, attempt: Attempt, limit = 64 << 10): Promise<string> {
  const { launch } = attempt;
  if (launch === null) return '';
  const place = heldPlace(world, attempt);
  let offset = 0;
  while (await isLonger(world, { attempt, stream: 'stderr', size: offset + pulseBytes + limit })) offset += pulseBytes;
  for (let tail = Buffer.alloc(0); ;) {
    const bytes = await place.read({ launch, stream: 'stderr', offset, limit: chunkBytes });
    if (bytes.length === 0) return tail.toString('utf8');
    offset += bytes.length;
    tail = Buffer.concat([tail, bytes]).subarray(-limit);
  }
}
