// Random numbers that can be repeated: the same seed gives the same numbers (mulberry32).

export interface Chance {
  /** A whole number, at least `from` and below `to`. */
  whole(from: number, to: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** One of the names; its probability is its share of the weights. */
  weighted<N extends string>(weights: Readonly<Record<N, number>>): N;
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from));
  return {
    whole,
    pick: (list) => list[whole(0, list.length)] ?? list[0],
    weighted: (weights) => {
      const entries = Object.entries<number>(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return (entries[0] as [keyof typeof weights, number])[0];
    },
  };
}
