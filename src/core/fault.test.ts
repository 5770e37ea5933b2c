import { expect, it } from 'vitest';
import type { FaultCode } from './fault-codes.ts';
import { Fault, nullFor } from './fault.ts';

it('says what is wrong and what to do', () => {
  const fault = new Fault({ code: 'disk-full', message: 'the disk is full', hint: 'make room' });
  expect(fault).toBeInstanceOf(Error);
  expect({ ...fault }).toEqual({ name: 'Fault', code: 'disk-full', hint: 'make room', data: {} });
  expect(String(fault)).toBe('Fault: the disk is full');
  expect('cause' in fault).toBe(false);
});

it('carries facts and its cause', () => {
  const cause = new Error('ENOSPC');
  const fault = new Fault({ code: 'disk-full', message: 'm', hint: 'h', data: { free: 0 }, cause });
  expect(fault.data).toEqual({ free: 0 });
  expect(fault.cause).toBe(cause);
});

it('is null where it was to be expected', () => {
  const caught = nullFor('config', 'ENOENT');
  const fault = (code: FaultCode): Fault => new Fault({ code, message: 'm', hint: 'h' });
  expect([caught(fault('config')), caught(Object.assign(new Error('none'), { code: 'ENOENT' }))]).toEqual([null, null]);
  for (const error of [fault('system'), new Error('ENOENT')]) expect(() => caught(error)).toThrow(error);
});
