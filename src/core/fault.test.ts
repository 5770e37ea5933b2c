import { expect, it } from 'vitest';
import { Fault } from './fault.ts';

it('says what is wrong and what to do', () => {
  const fault = new Fault({ code: 'no-disk', message: 'the disk is full', hint: 'make room' });
  expect(fault).toBeInstanceOf(Error);
  expect({ ...fault }).toEqual({ name: 'Fault', code: 'no-disk', hint: 'make room', data: {} });
  expect(String(fault)).toBe('Fault: the disk is full');
  expect('cause' in fault).toBe(false);
});

it('carries facts and its cause', () => {
  const cause = new Error('ENOSPC');
  const fault = new Fault({ code: 'no-disk', message: 'm', hint: 'h', data: { free: 0 }, cause });
  expect(fault.data).toEqual({ free: 0 });
  expect(fault.cause).toBe(cause);
});
