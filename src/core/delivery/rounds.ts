// How often a forge is asked about pull requests: often while it will change something by itself, seldom while people are
// waited for, and never so often that the hour's requests run out.
import { minute, second, type Duration, type Instant } from '../time.ts';
import type { PullStep } from './pull-request.ts';

/** What was used in the five minutes that began at `at`. */
export interface Spent {
  readonly at: Instant;
  readonly points: number;
}

/** What is left of the requests of an hour. */
export interface RequestPoints {
  readonly limit: number;
  readonly left: number;
  readonly used: number;
  readonly resetsAt: Instant;
  /** Stored, so that the next supervisor counts it too. A database of an older version has none. */
  readonly spent?: readonly Spent[];
}

/** What is stored about a forge's host: who looks at its pull requests, since when, and what is left of its requests. */
export interface ForgeState {
  readonly holder: string;
  readonly at: Instant;
  readonly points: RequestPoints | null;
  /** Why the pull requests could not be looked at in the last round; null: they were. Absent in older rows. */
  readonly unable?: Unable | null;
}

/** `at`: when that round ended. `lasts`: until a person does something, such as giving another token. */
export interface Unable {
  readonly at: Instant;
  readonly message: string;
  readonly hint: string;
  readonly lasts: boolean;
}

const atRest: Duration = 5 * minute;
/** A sign-in costs one request, and everything waits for it. */
const withoutSignIn: Duration = minute;
/** A forge that is computing something has usually finished it by then. */
const whileForgeComputes: Duration = 2 * second;

/** So many pauses while people are waited for, or a forge that does not answer. */
const whilePeopleAct = 4;

/**
 * When the next round begins. `steps`: the last steps of all pull requests at the host. `points`: null if nobody is signed
 * in. `pause`: between two rounds while checks run.
 */
export function roundAfter(given: {
  readonly steps: readonly PullStep[];
  readonly points: RequestPoints | null;
  readonly pause: Duration;
  readonly now: Instant;
}): Instant {
  const { steps, points, now } = given;
  if (points === null) return now + withoutSignIn;
  const pause = Math.min(atRest, ...steps.map((step) => pauseAfter(step, given.pause)));
  // With less than a half left, the rest is made to last until more is given back.
  const share = points.left / points.limit;
  return now + (share >= 0.5 ? pause : Math.min(atRest, pause / Math.max(share * 2, 0.01)));
}

/** When a forge that could not be asked is asked again. `until`: when its limit ends, if it said so. */
export function roundAfterFault(given: { readonly until: unknown; readonly pause: Duration; readonly now: Instant }): Instant {
  const { until, pause, now } = given;
  const later = now + whilePeopleAct * pause;
  return typeof until === 'number' ? Math.max(until, later) : later;
}

function pauseAfter(step: PullStep, pause: Duration): Duration {
  if (step.do === 'wait' && step.for === 'people') return whilePeopleAct * pause;
  return step.why.code === 'forge-computes' ? Math.min(pause, whileForgeComputes) : pause;
}
