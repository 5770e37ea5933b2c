// The definition of a fuzz target: its inputs, and the property that holds for each of them. Each input gets a label for
// its outcome; labels are counted, so that a run which only ever reaches one branch is noticed. A failure is reported
// shrunk, with the command that repeats it.
import fc from 'fast-check';

export interface Target<T> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<T>;
  /** Throws if the property does not hold; returns the label of the input's outcome. */
  readonly holds: (input: T) => string | Promise<string>;
  /** Labels that a run of a few hundred inputs must reach. */
  readonly reaches: readonly string[];
  /** Checks that are made once for all inputs, and the clean-up. */
  readonly finish?: () => void | Promise<void>;
}

/** A target without its type of inputs. */
export interface Fuzz {
  readonly name: string;
  readonly reaches: readonly string[];
  readonly run: (given: Given) => Promise<Report>;
}

export interface Given {
  readonly inputs: number;
  readonly seed: number;
  /** The path of a failure, to repeat only that one. */
  readonly path?: string;
  /** The most CPU time that an input may cost, in ms; null if nothing is timed. */
  readonly limitMs: number | null;
}

export interface Report {
  readonly inputs: number;
  readonly labels: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  /** The longest that an input took by the clock, in ms. */
  readonly slowest: number;
  /** The failure, shrunk; null if every check held. */
  readonly failure: string | null;
}

export function fuzz<T>(target: Target<T>): Fuzz {
  return { name: target.name, reaches: target.reaches, run: (given) => runTarget(target, given) };
}

async function runTarget<T>(target: Target<T>, given: Given): Promise<Report> {
  const labels: Record<string, number> = {};
  let slowest = 0;
  const property = fc.asyncProperty(target.inputs, async (input) => {
    const began = performance.now();
    const label = await target.holds(input);
    const took = performance.now() - began;
    labels[label] = (labels[label] ?? 0) + 1;
    slowest = Math.max(slowest, took);
    // The clock also counts time in which other processes have the CPU, so a slow input is measured again alone. Measuring
    // each input's CPU time would cost too much.
    if (given.limitMs === null || took <= given.limitMs) return;
    const before = process.cpuUsage();
    await target.holds(input);
    const spent = cpuSince(before);
    if (spent > given.limitMs) throw new Error(`one input cost ${Math.round(spent)} ms of the CPU`);
  });
  const started = process.cpuUsage();
  const { inputs: numRuns, seed, path } = given;
  const details = await fc.check(property, { numRuns, seed, ...(path === undefined ? {} : { path }) });
  let failure = details.failed ? told({ target, details, given }) : null;
  try {
    await target.finish?.();
  } catch (error) {
    failure ??= String(error);
  }
  return { inputs: details.numRuns, labels, cpuMs: cpuSince(started), slowest, failure };
}

/** The CPU time in ms that this process has used since then. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function told<T>(facts: { target: Target<T>; details: fc.RunDetails<[T]>; given: Given }): string {
  const { target, details, given } = facts;
  const words = fc.defaultReportMessage(details) ?? 'it failed without words';
  const cause = details.errorInstance instanceof Error ? (details.errorInstance.stack ?? '') : '';
  const again = `npm run fuzz -- --target ${target.name} --seed ${details.seed} --inputs ${given.inputs} --path ${details.counterexamplePath ?? ''}`;
  return [clip(words), clip(cause), `again: ${again}`].join('\n');
}

/** A counterexample may be a megabyte long; its beginning and end are what people read. */
function clip(text: string): string {
  return text.length > 6000 ? `${text.slice(0, 4500)}\n… ${text.length - 6000} characters …\n${text.slice(-1500)}` : text;
}
