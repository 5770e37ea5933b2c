// The facts about an agent's lines that the tests of the scripted agent need, so that one test covers each agent. Every
// adapter's folder has its own, in `dialect.samples.ts`.

// oxlint-disable-next-line typescript/no-explicit-any -- events as printed; each assertion reads its own part
export type Json = Record<string, any>;

/** A form that is the same for every dialect. */
export interface Heard {
  readonly texts: readonly string[];
  /** Name, input, and whether it failed. */
  readonly tools: readonly unknown[];
  readonly costs: readonly number[];
}

export interface Spoken {
  /** The arguments of a run. */
  readonly argv: readonly string[];
  /** The last event of a run that succeeded. */
  readonly success: Json;
  readonly heard: (events: readonly Json[]) => Heard;
}
