import { expect, test } from 'vitest';
import { absoluteAddress } from './remote-address.ts';

const root = '/work/shop';

test.each([
  ['../origin.git', '/work/origin.git'],
  ['./../origin.git', '/work/origin.git'],
  ['..//origin.git', '/work/origin.git'],
  ['../../a/../b.git', '/a/../b.git'],
  ['origin.git', '/work/shop/origin.git'],
  ['mirrors/origin.git/', '/work/shop/mirrors/origin.git/'],
  ['./a:b', '/work/shop/a:b'],
  ['a/b:c', '/work/shop/a/b:c'],
  ['.', '/work/shop'],
  ['..', '/work'],
  ['../', '/work'],
  ['../../..', '/'],
  ['../../../x', '/x'],
  ['...', '/work/shop/...'],
  ['..git', '/work/shop/..git'],
  ['.hidden/x', '/work/shop/.hidden/x'],
])('%s is relative: %s', (address, absolute) => {
  expect(absoluteAddress({ address, root })).toBe(absolute);
});

test.each([
  '/srv/origin.git',
  'file:///srv/origin.git',
  'https://example.org/origin.git',
  'git@example.org:origin.git',
  'example.org:../origin.git',
  '[::1]:origin.git',
  'ext::program %S',
  '~/origin.git',
  '~somebody/origin.git',
  'C:\\origin.git',
  'C:/origin.git',
  '\\\\server\\origin.git',
  '',
])('%s is left as it is', (address) => {
  expect(absoluteAddress({ address, root })).toBe(address);
});
