import { expect, test } from 'vitest';
import { sampleTask, sampleWait } from '../core.samples.ts';
import { outlookOf, type Waiting } from './schedule.ts';

const one = (id: string, wait: Waiting | null) => ({ task: sampleTask({ id }), wait });

test('those that a supervisor will come to are counted, and the one that time lets start first is named', () => {
  const later = one('t1', sampleWait('back-off', { until: 9, message: 'later' }));
  const first = one('t2', sampleWait('back-off', { until: 5, message: 'first' }));
  const others = [one('t3', null), one('t4', sampleWait('not-marked')), one('t5', sampleWait('line-gone'))];
  const untimed = one('t6', sampleWait('dependency', { on: ['t1'] }));
  expect(outlookOf([later, first, untimed, ...others])).toEqual({ tasks: 3, next: { task: first.task, until: 5, message: 'first' } });
  expect(outlookOf([untimed, ...others])).toEqual({ tasks: 1, next: null });
  expect(outlookOf(others)).toEqual({ tasks: 0, next: null });
});
