// Chooses the place that a worker runs in. Places are known here only by what they declare; the configuration says which
// places are used, and in which order.

/** What a place declares. */
export interface PlaceFacts {
  readonly name: string;
  /** The machine on which its workers run. */
  readonly host: string;
  /** Agents whose programs the place has; `any` if it starts whatever is installed on its host. */
  readonly agents: 'any' | readonly string[];
  /** Accounts on which its workers may be billed; `any` if credentials are handed to each worker. */
  readonly accounts: 'any' | readonly string[];
  /** How many workers run at once; null if the place sets no limit of its own. */
  readonly capacity: number | null;
}

export interface PlaceChoice {
  /** Names from `places.use`, preferred places first. */
  readonly use: readonly string[];
  readonly known: readonly PlaceFacts[];
  /** Whether no further worker of the agent can be started there now. */
  readonly full: (wanted: { readonly agent: string; readonly place: PlaceFacts }) => boolean;
}

/**
 * The first place of `places.use` that accepts the agent and the account and is not full. If all places that accept them
 * are full, the first of these, and the task waits for it. Null if no place accepts them.
 */
export function placeFor(given: { readonly places: PlaceChoice; readonly agent: string; readonly account: string }): PlaceFacts | null {
  const { places, agent, account } = given;
  const taking = usedPlaces(places).filter((place) => takes(place.agents, agent) && takes(place.accounts, account));
  return taking.find((place) => !places.full({ agent, place })) ?? taking[0] ?? null;
}

export function usedPlaces({ use, known }: Pick<PlaceChoice, 'use' | 'known'>): readonly PlaceFacts[] {
  return use.flatMap((name) => known.find((place) => place.name === name) ?? []);
}

/** Whether any place of `places.use` accepts this agent. */
export function hasAgent(places: Pick<PlaceChoice, 'use' | 'known'>, agent: string): boolean {
  return usedPlaces(places).some((place) => takes(place.agents, agent));
}

/** The first name in `places.use` that belongs to no place; null if all names are known. */
export function unknownPlace({ use, known }: Pick<PlaceChoice, 'use' | 'known'>): string | null {
  return use.find((one) => !known.some((place) => place.name === one)) ?? null;
}

export function takes(some: 'any' | readonly string[], name: string): boolean {
  return some === 'any' || some.includes(name);
}
