import { expect, test } from 'vitest';
import type { Wait } from '../reason/standing-reason.ts';
import { sampleTask, sampleWait } from '../core.samples.ts';
import { outlookOf } from './schedule.ts';

const one = (id: string, wait: Wait | null) => ({ task: sampleTask({ id }), wait });

test('those that a supervisor will come to are counted, and the one that time lets start first is named', () => {
  const later = one('t1', sampleWait('back-off', { until: 9 }));
  const first = one('t2', sampleWait('set-aside', { until: 5 }));
  const others = [one('t3', null), one('t4', sampleWait('not-marked')), one('t5', sampleWait('line-gone'))];
  const untimed = one('t6', sampleWait('dependency'));
  expect(outlookOf([later, first, untimed, ...others])).toEqual({ tasks: 3, next: { ...first, until: 5 } });
  expect(outlookOf([untimed, ...others])).toEqual({ tasks: 1, next: null });
  expect(outlookOf(others)).toEqual({ tasks: 0, next: null });
});
