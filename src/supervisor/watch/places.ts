// Finds the place of an attempt's worker, and warns about attempts whose place cannot be reached from here: nobody can tell
// whether such a worker lives, so the attempt is left alone.
import type { Attempt } from '../../core/task/attempt.ts';
import { Fault } from '../../core/fault.ts';
import type { Place } from '../../ports/place.ts';
import type { Reach } from '../../ports/store.ts';
import { warnOnce } from '../warn-once.ts';
import type { Ports, World } from '../world.ts';

type Places = Pick<Ports, 'places'>;

/** Null: this program does not know the place, or knows it on another host. */
export function placeOf({ places }: Places, { route }: Pick<Attempt, 'route'>): Place | null {
  const place = places.get(route.place);
  return place === undefined || (route.host !== null && route.host !== place.facts.host) ? null : place;
}

/**
 * The place of an attempt of this supervisor, which was claimed or taken over because its place can be reached. Faults:
 * `place-unreachable`.
 */
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
  return `the place ${route.place} on ${route.host === null ? 'a host that an older version did not record' : `the host ${route.host}`}`;
}

/** Warns once for each attempt. */
export function warnOfUnreachable(world: World, given: { readonly attempt: Attempt; readonly why: string }): void {
  const { attempt, why } = given;
  warnOnce(world, {
    key: `unreachable ${attempt.id}`,
    task: { id: attempt.taskId },
    repo: attempt.repo,
    attempt,
    code: 'place-unreachable',
    message: `attempt ${attempt.number} of ${attempt.taskId} is left alone, because it cannot be told from here whether its worker lives: ${why}`,
    hint: `run yardmaster up on that host, or make the place reachable again; for more, run: yardmaster explain ${attempt.taskId}`,
  });
}
