// The place in which an attempt's worker is, and what is told of an attempt whose place cannot be reached from here:
// nobody knows then whether its worker lives, so that nothing is done with it.
import type { Attempt } from '../../core/task/attempt.ts';
import { Fault } from '../../core/fault.ts';
import type { Place } from '../../ports/place.ts';
import type { Reach } from '../../ports/store.ts';
import { warnOnce } from '../warn-once.ts';
import type { Ports, World } from '../world.ts';

type Places = Pick<Ports, 'places'>;

/** Null: this program knows no such place, or knows it on another host. */
export function placeOf({ places }: Places, { route }: Pick<Attempt, 'route'>): Place | null {
  const place = places.get(route.place);
  return place === undefined || (route.host !== null && route.host !== place.facts.host) ? null : place;
}

/** For an attempt that is held: it was claimed or taken over because its place is within reach. Faults: `place-unreachable`. */
export function heldPlace(ports: Places, attempt: Pick<Attempt, 'route'>): Place {
  const place = placeOf(ports, attempt);
  if (place !== null) return place;
  throw new Fault({
    code: 'place-unreachable',
    message: `${whereIs(attempt)} cannot be reached from here`,
    hint: 'run Yardmaster where that place can be reached',
  });
}

export function reachOf({ places }: Places): readonly Reach[] {
  return [...places.values()].map(({ facts: { name, host } }) => ({ place: name, host }));
}

export function whereIs({ route }: Pick<Attempt, 'route'>): string {
  return `the place ${route.place} on the host ${route.host ?? 'of before'}`;
}

/** Once for each attempt. */
export function tellUnreachable(world: World, given: { readonly attempt: Attempt; readonly why: string }): void {
  const { attempt, why } = given;
  warnOnce(world, {
    key: `unreachable ${attempt.id}`,
    task: { id: attempt.taskId },
    repo: attempt.repo,
    attempt,
    code: 'place-unreachable',
    message: `attempt ${attempt.number} of ${attempt.taskId} is left alone, because nobody here can tell whether its worker lives: ${why}`,
    hint: `run yardmaster up on that host, or bring the place back into reach; yardmaster explain ${attempt.taskId} tells more`,
  });
}
