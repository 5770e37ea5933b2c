import { expect, test } from 'vitest';
import type { Refusal } from '../route/route.ts';
import { sampleChosen, sampleWait } from '../core.samples.ts';
import { standingOf, type Look, type Standing } from './standing.ts';

const refusal = (refused: Refusal['refused'], until: number | null = null): Refusal => ({ refused, until, model: null, reasons: [] });
const trial = { tried: 'plan', agent: 'ours', model: 'a/b', reasons: [] };
const full = { cap: 'memory', message: 'there is no memory left' } as const;
const fault = { code: 'config', message: 'line 3 is wrong', hint: 'mend it' } as const;
const away = { code: 'place-unreachable', message: 'box does not answer', hint: 'look at it' } as const;
const found = (more: Partial<Extract<Look, { route: unknown }>>): Look => ({ route: sampleChosen, servers: null, full: null, ...more });

const unknown = { code: 'unknown-servers', facts: { problem: 'there is no server db' } } as const;

/** In the order of the ladder: each is told whatever stands behind it. */
test.each<[string, Look | null, Standing]>([
  ['nobody looked', null, { is: 'unlooked' }],
  ['what goes by itself kept somebody from looking', { failed: away }, { is: 'hindered', reason: { code: 'fault', facts: away } }],
  ['nobody could look', { failed: fault }, { is: 'faulty', reason: { code: 'fault', facts: fault } }],
  ['every place is full', { busy: full }, { is: 'full', full }],
  [
    'no trust, with servers that nobody knows',
    found({ route: refusal('untrusted'), servers: 'there is no server db' }),
    { is: 'refused', refusal: refusal('untrusted') },
  ],
  [
    'servers that nobody knows, without a route',
    found({ route: refusal('no-agent'), servers: 'there is no server db' }),
    { is: 'without-servers', reason: unknown },
  ],
  ['a sign-in that is not proved', found({ route: trial }), { is: 'tried-first', trial }],
  ['no route', found({ route: refusal('no-agent') }), { is: 'refused', refusal: refusal('no-agent') }],
  ['no route for now', found({ route: refusal('no-account', 9) }), { is: 'refused', refusal: refusal('no-account', 9) }],
  ['a route without room', found({ full }), { is: 'full', full }],
  ['a route and room', found({}), { is: 'startable', route: sampleChosen }],
])('%s', (_, look, standing) => {
  expect(standingOf({ wait: null, look })).toEqual(standing);
  // What it waits for comes before all of that.
  const wait = sampleWait('dependency');
  expect(standingOf({ wait, look })).toEqual({ is: 'waiting', wait });
});

test('what waits only for its time, and would have no route: that it has none', () => {
  const wait = sampleWait('back-off', { until: 9 });
  const none = refusal('no-account', 20);
  expect(standingOf({ wait, look: found({ route: none }) })).toEqual({ is: 'refused', refusal: none });
  for (const look of [null, found({}), found({ route: trial }), found({ full }), { failed: fault }, { busy: full }])
    expect(standingOf({ wait, look })).toEqual({ is: 'waiting', wait });
});
