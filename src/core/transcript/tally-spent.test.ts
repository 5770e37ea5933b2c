// The costs in the tally: of steps, of subagents, by the agent's closing figures, and by model.
import { describe, expect, it } from 'vitest';
import { sampleEnded, sampleStep, sampleTokens } from '../core.samples.ts';
import { byModel, emptyTally, spent, tallyOf } from './tally.ts';
import { addTokens, noTokens, type TranscriptEvent } from './transcript.ts';
import { child, started, step, sum, tool } from './tally.samples.ts';

// A database stores larger integers but does not return them unchanged.
it('figures beyond exact integers are capped', () => {
  const many = Array.from({ length: 12_000 }, (_, index) => index);
  const capped = sum(1e12);
  expect(spent(tallyOf(many.map((index) => step(`s${index}`, 1e12))))).toEqual(capped);
  expect(spent(tallyOf(many.map(() => sampleEnded(capped))))).toEqual(capped);
  expect(spent(tallyOf([child('a', 1e12), child('b', 1e12)]))).toEqual(capped);
  expect(spent(tallyOf([step('a', 1e12), step('b', 1e12), step('b', 1)]))).toEqual(sum(1));
});

describe('steps', () => {
  it('are counted and added up', () => {
    const tally = tallyOf([step('a', 1), step('b', 2), step(null, 4), step(null, 4)]);
    expect(tally).toMatchObject({ steps: 4, lastStep: step(null, 4) });
    expect(spent(tally)).toEqual(sum(11));
  });

  it('told in several lines count once, with the figures of the last', () => {
    const tally = tallyOf([
      step('a', 5),
      step('b', 1),
      { type: 'said', text: 'in between' },
      step('b', 2),
      tool('1', 'Bash'),
      step('b', 3),
    ]);
    expect(tally.steps).toBe(2);
    expect(spent(tally)).toEqual(sum(8));
  });

  it('are one step only in a row: an id that comes back later is another', () => {
    expect(tallyOf([step('a', 1), step('b', 1), step('a', 1)]).steps).toBe(3);
  });

  it('without a cost cost nothing', () => {
    const free = sampleStep({ id: 'a', cost: null });
    expect(spent(tallyOf([free, free])).cost).toBe(0);
    expect(spent(tallyOf([sampleStep({ id: 'a', cost: 3 }), free]))).toEqual({ cost: 0, tokens: sampleTokens(1) });
  });
});

describe('what was spent', () => {
  it('is steps and subagents, each as last told, as long as the agent has not closed', () => {
    expect(spent(tallyOf([step('a', 1), child('c1', 10), child('c2', 100), child('c1', 20)]))).toEqual(sum(121));
  });

  it('is what the agent closes with, where it does', () => {
    expect(spent(tallyOf([step('a', 1), child('c1', 10), sampleEnded(sum(7))]))).toEqual(sum(7));
    expect(spent(tallyOf([sampleEnded(sum(7)), step('b', 100)]))).toEqual(sum(7));
    expect(tallyOf([sampleEnded({ message: 'first' }), sampleEnded({ ok: false, message: 'last' })]).ended).toMatchObject({
      ok: false,
      message: 'last',
    });
  });

  it('adds up several closings, each of its own part', () => {
    expect(spent(tallyOf([sampleEnded(sum(7)), sampleEnded(sum(2))]))).toEqual(sum(9));
  });

  it('is steps and subagents where the closing has no figures', () => {
    expect(spent(tallyOf([step('a', 1), child('c', 2), sampleEnded()]))).toEqual(sum(3));
    for (const figures of [{ cost: 1 }, { tokens: { ...noTokens, input: 1 } }, { tokens: { ...noTokens, output: 1 } }]) {
      expect(spent(tallyOf([step('a', 9), sampleEnded(figures)]))).toEqual({ cost: 0, tokens: noTokens, ...figures });
    }
  });
});

describe('what was spent by model', () => {
  const use = (model: string, each: number) => ({ model, ...sum(each) });

  it('is nothing where nothing was', () => {
    expect(byModel(emptyTally)).toEqual([]);
  });

  it('is of the model at work when a step was told, unknown before one was named', () => {
    const fallback = [started('s1', 'm1'), step('a', 1), started('s1', 'm2'), step('b', 2), step('c', 4)];
    expect(byModel(tallyOf([step('0', 9), ...fallback]))).toEqual([{ model: null, ...sum(9) }, use('m1', 1), use('m2', 6)]);
  });

  it('takes a step told twice back from the model that it was told of', () => {
    expect(byModel(tallyOf([started('s', 'm1'), step('a', 5), started('s', 'm2'), step('a', 7)]))).toEqual([use('m1', 0), use('m2', 7)]);
  });

  it('is of a subagent’s own model, as last told, else of the one at work when it was first heard of', () => {
    const own = { ...child('c1', 3), model: 'small' } as TranscriptEvent;
    expect(byModel(tallyOf([started('s', 'big'), step('a', 1), own, child('c1', 10), child('c2', 20)]))).toEqual([
      use('big', 21),
      use('small', 10),
    ]);
  });

  it('is what the agent closes with, added up over several closings', () => {
    const first = sampleEnded({ ...sum(3), models: [use('big', 1), use('small', 2)] });
    const second = sampleEnded({ ...sum(4), models: [use('small', 4)] });
    expect(byModel(tallyOf([step('a', 100), first, second]))).toEqual([use('big', 1), use('small', 6)]);
    expect(byModel(tallyOf([started('s', 'big'), sampleEnded(sum(7)), sampleEnded({ ...sum(2), models: [] })]))).toEqual([use('big', 9)]);
  });
});

it('tokens are added kind by kind', () => {
  expect(addTokens({ input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }, { input: 10, output: 20, cacheRead: 30, cacheWrite: 40 })).toEqual(
    { input: 11, output: 22, cacheRead: 33, cacheWrite: 44 },
  );
});
