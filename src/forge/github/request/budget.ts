// What one account may ask of its host, kept below GitHub's limits and below the person's own limit. A request takes what it
// may cost before it is sent, so no limit is ever exceeded; nothing waits here: a caller is told from when on there is room
// again. An hour is the last sixty minutes by a clock that nobody sets, and what GitHub says about its own limits counts too.
import type { Spent } from '../../../core/delivery/rounds.ts';
import { Fault } from '../../../core/fault.ts';
import { hour, minute, second, type Duration, type Instant } from '../../../core/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Points } from '../../../ports/forge.ts';

export interface Cost {
  /** Of GitHub's limits per hour: a REST request is one, a GraphQL query what its connections make of it. */
  readonly points: number;
  /** Of GitHub's limits per minute: a write weighs five times as much as a read. */
  readonly weight: number;
  /** The request makes something that people are told about, such as a comment. */
  readonly content: boolean;
}

/** What GitHub said about one of its limits. */
export interface Told {
  readonly resource: string;
  readonly limit: number;
  readonly left: number;
  readonly resetsAt: Instant;
}

interface Entry extends Cost {
  readonly at: Duration;
  /** The beginning of the span in which it is told, by the clock that people see. */
  readonly span: Instant;
}

const spanLasts: Duration = 5 * minute;

interface Rule {
  readonly over: Duration;
  readonly most: number;
  readonly of: (cost: Cost) => number;
  readonly what: string;
}

/** GitHub's limits (900 and 80 a minute, 500 an hour) with room for what the same person does meanwhile. */
function rulesFor(pointsPerHour: number): readonly Rule[] {
  return [
    { over: hour, most: pointsPerHour, of: ({ points }) => points, what: 'points in an hour (forge.github.pointsPerHour)' },
    { over: minute, most: 600, of: ({ weight }) => weight, what: 'weighted requests in a minute' },
    { over: minute, most: 50, of: ({ content }) => Number(content), what: 'comments and pull requests in a minute' },
    { over: hour, most: 400, of: ({ content }) => Number(content), what: 'comments and pull requests in an hour' },
  ];
}

/** How long nothing is asked after a refusal without a time, doubled with each further one in a row. */
const firstRest = minute;
const longestRest = 16 * minute;

interface BudgetGiven {
  readonly host: string;
  readonly pointsPerHour: number;
  readonly clock: Pick<Clock, 'now' | 'lease'>;
}

export class Budget {
  readonly #given: BudgetGiven;
  #pointsPerHour: number;
  readonly #told = new Map<string, Told>();
  #entries: Entry[] = [];
  #closed: { readonly until: Instant; readonly why: string } | null = null;
  #rests = 0;

  constructor(given: BudgetGiven) {
    this.#given = given;
    this.#pointsPerHour = given.pointsPerHour;
  }

  /** The person's limit from now on; what was used already counts against it. */
  allow(pointsPerHour: number): void {
    this.#pointsPerHour = pointsPerHour;
  }

  /** Takes the cost, or throws `forge-limited`. The function that it returns says what the request really cost. */
  take(cost: Cost): (real: number) => void {
    this.#checkForge();
    const { lease } = this.#given.clock;
    const at = lease().ms;
    this.#forget(at);
    for (const rule of rulesFor(this.#pointsPerHour)) {
      const before = this.#entries.filter((entry) => entry.at > at - rule.over);
      const free = rule.most - sum(before, rule.of);
      if (rule.of(cost) > free)
        throw this.#limited({ until: this.#until({ rule, before, lacking: rule.of(cost) - free, at }), what: rule.what, by: 'ours' });
    }
    const entry = { ...cost, at, span: spanOf(this.#given.clock.now()) };
    this.#entries.push(entry);
    return (real) => {
      const index = this.#entries.indexOf(entry);
      if (index >= 0) this.#entries[index] = { ...entry, points: real };
    };
  }

  /** What others used, or this account in an earlier process. Of each span, the greater number counts. */
  recall(spent: readonly Spent[]): void {
    const { clock } = this.#given;
    const known = new Map(this.#spent().map((one) => [one.at, one.points]));
    for (const { at, points } of spent) {
      const more = points - (known.get(at) ?? 0);
      // As late as it may have been, so that it does not count for too short a time.
      const age = Math.max(0, clock.now() - (at + spanLasts - 1));
      if (more > 0 && age < hour) this.#entries.push({ points: more, weight: 0, content: false, at: clock.lease().ms - age, span: at });
    }
    this.#entries.sort((one, other) => one.at - other.at);
  }

  /** GitHub's own count, from the headers of an answer. */
  hear(told: Told): void {
    this.#told.set(told.resource, told);
  }

  /** GitHub refused a request because of a limit: nothing is asked until then; null if it did not say when. */
  close(given: { readonly until: Instant | null; readonly why: string }): Fault {
    const { now } = this.#given.clock;
    const rest = Math.min(longestRest, firstRest * 2 ** this.#rests);
    this.#rests += given.until === null ? 1 : 0;
    this.#closed = { until: given.until ?? now() + rest, why: given.why };
    return this.#limited({ until: this.#closed.until, what: given.why, by: 'forge' });
  }

  /** GitHub answered, so the next refusal is a first one again. */
  answered(): void {
    this.#rests = 0;
  }

  points(): Points {
    const { clock } = this.#given;
    this.#forget(clock.lease().ms);
    const used = sum(this.#entries, ({ points }) => points);
    const running = [...this.#told.values()].filter(({ resetsAt }) => resetsAt > clock.now());
    const limit = Math.min(this.#pointsPerHour, ...[...this.#told.values()].map((told) => told.limit));
    const left = Math.max(0, Math.min(limit - used, ...running.map((told) => told.left)));
    const least = running.find((told) => told.left === left && left < limit - used);
    const oldest = this.#entries[0];
    const ownReset = clock.now() + (oldest === undefined ? 0 : oldest.at + hour - clock.lease().ms);
    return { limit, left, resetsAt: least?.resetsAt ?? ownReset, used, spent: this.#spent() };
  }

  #spent(): readonly Spent[] {
    const spans = Map.groupBy(this.#entries, ({ span }) => span);
    return [...spans].map(([at, entries]) => ({ at, points: sum(entries, ({ points }) => points) }));
  }

  #checkForge(): void {
    const { now } = this.#given.clock;
    if (this.#closed !== null && this.#closed.until > now())
      throw this.#limited({ until: this.#closed.until, what: this.#closed.why, by: 'forge' });
    this.#closed = null;
    for (const told of this.#told.values())
      if (told.left <= 0 && told.resetsAt > now())
        throw this.#limited({ until: told.resetsAt, what: `${told.limit} requests in an hour (${told.resource})`, by: 'forge' });
  }

  #forget(at: Duration): void {
    this.#entries = this.#entries.filter((entry) => entry.at > at - hour);
  }

  /** When enough of what was taken is older than the rule's time. */
  #until(given: { readonly rule: Rule; readonly before: readonly Entry[]; readonly lacking: number; readonly at: Duration }): Instant {
    const { rule, before, at } = given;
    let lacking = given.lacking;
    const freeing = before.find((entry) => {
      lacking -= rule.of(entry);
      return lacking <= 0;
    });
    return this.#given.clock.now() + (freeing === undefined ? rule.over : freeing.at + rule.over - at);
  }

  #limited(given: { readonly until: Instant; readonly what: string; readonly by: 'ours' | 'forge' }): Fault {
    const { until, what, by } = given;
    const { host, clock } = this.#given;
    const seconds = Math.max(1, Math.ceil((until - clock.now()) / second));
    const limit = by === 'ours' ? `our own limit for ${host} is used up: ${what}` : `${host} refuses more requests for now: ${what}`;
    return new Fault({
      code: 'forge-limited',
      message: limit,
      hint: `nothing to do: it goes on in ${seconds} s`,
      data: { host, until, by },
    });
  }
}

function spanOf(at: Instant): Instant {
  return at - (at % spanLasts);
}

function sum<Of>(all: readonly Of[], of: (one: Of) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
