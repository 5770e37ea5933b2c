// Which place a worker runs in. Places are known here only by what they declare; the configuration says which of them
// are used, and in which order.

/** What a place declares. */
export interface PlaceFacts {
  readonly name: string;
  /** The machine on which its workers run. */
  readonly host: string;
  /** Agents whose programs it has; `any`: it starts whatever is installed on its host. */
  readonly agents: 'any' | readonly string[];
  /** Accounts that its workers may be billed on; `any` where credentials are handed to each worker. */
  readonly accounts: 'any' | readonly string[];
  /** Workers at once; null: it sets no limit of its own. */
  readonly capacity: number | null;
}

export interface PlaceChoice {
  /** Names from `places.use`, the preferred first. */
  readonly use: readonly string[];
  readonly known: readonly PlaceFacts[];
}

/** The first place in use that takes the agent on the account; null: none does. */
export function placeFor(given: { readonly places: PlaceChoice; readonly agent: string; readonly account: string }): PlaceFacts | null {
  const { places, agent, account } = given;
  return usedPlaces(places).find((place) => takes(place.agents, agent) && takes(place.accounts, account)) ?? null;
}

export function usedPlaces({ use, known }: PlaceChoice): readonly PlaceFacts[] {
  return use.flatMap((name) => known.find((place) => place.name === name) ?? []);
}

/** Why `places.use` cannot be followed; null: every place that it names is there. */
export function unknownPlace({ use, known }: PlaceChoice): string | null {
  const name = use.find((one) => !known.some((place) => place.name === one));
  return name === undefined ? null : `place "${name}" (places.use) is not one of ${known.map((place) => place.name).join(', ')}`;
}

function takes(some: 'any' | readonly string[], name: string): boolean {
  return some === 'any' || some.includes(name);
}
