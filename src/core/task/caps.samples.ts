// Generates any caps and any workers, and decides by a separate count whether these caps admit these workers.
import fc from 'fast-check';
import type { Caps, Slot } from './schedule.ts';

export const anySlot = fc.record<Slot>({
  repo: fc.constantFrom('/a', '/b'),
  model: fc.constantFrom('p/m', 'p/n'),
  account: fc.constantFrom(null, 'plan', 'key'),
  batch: fc.constantFrom(null, 'b', 'c'),
  place: fc.constantFrom('local', 'pool'),
  host: fc.constantFrom('this', 'box'),
});

const limit = fc.nat(3);
export const anyCaps = fc.record<Caps>({
  global: fc.oneof(fc.nat(6), fc.constant(100)),
  perHost: fc.dictionary(fc.constantFrom('this', 'box'), limit),
  perPlace: fc.dictionary(fc.constantFrom('local', 'pool'), limit),
  perRepository: limit,
  perModel: fc.dictionary(fc.constantFrom('p/m', 'p/n'), limit),
  perAccount: fc.dictionary(fc.constantFrom('plan', 'key'), limit),
  perBatch: fc.dictionary(fc.constantFrom('b', 'c'), limit),
});

export function withinCaps(caps: Caps, slots: readonly Slot[]): boolean {
  /** 0 means no limit, except for hosts and places. */
  const within = (count: number, most: number | undefined): boolean => most === undefined || most === 0 || count <= most;
  return (
    slots.length <= caps.global &&
    counts(slots, 'host').every(([name, count]) => count <= (caps.perHost[name] ?? Infinity)) &&
    counts(slots, 'place').every(([name, count]) => count <= (caps.perPlace[name] ?? Infinity)) &&
    counts(slots, 'repo').every(([, count]) => within(count, caps.perRepository)) &&
    counts(slots, 'model').every(([name, count]) => within(count, caps.perModel[name])) &&
    counts(slots, 'account').every(([name, count]) => within(count, caps.perAccount[name])) &&
    counts(slots, 'batch').every(([name, count]) => within(count, caps.perBatch[name]))
  );
}

function counts(slots: readonly Slot[], key: keyof Slot): [string, number][] {
  const named = slots.filter((one) => one[key] !== null);
  return [...Map.groupBy(named, (one) => String(one[key]))].map(([name, group]) => [name, group.length]);
}
