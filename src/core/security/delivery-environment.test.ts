import { describe, expect, it } from 'vitest';
import { checkEnvironment, deliveryEnvironmentNotes, missingForSetUp, missingText, setUpEnvironment } from './delivery-environment.ts';
import { signedOut } from './environment.ts';

const env = { PATH: '/bin', NPM_TOKEN: 'k1', CHECK_TOKEN: 'k2', GH_TOKEN: 'k3', UNSET: undefined };
const delivery = { env: ['NPM_TOKEN', 'UNSET', 'ABSENT'], checkEnv: ['CHECK_TOKEN'] };
const base = { PATH: '/bin', TERM: 'dumb' };

describe('set-up', () => {
  it('gets the base and what is named for it', () => {
    expect(setUpEnvironment({ env, delivery })).toEqual({ ...base, NPM_TOKEN: 'k1' });
  });

  it('is told what is named and not there', () => {
    expect(missingForSetUp({ env, delivery })).toEqual(['UNSET', 'ABSENT']);
    expect(missingText({ key: 'env', names: ['UNSET', 'ABSENT'] })).toBe(
      'delivery.env names UNSET, ABSENT, which is not set in the environment',
    );
    expect(missingForSetUp({ env, delivery: { ...delivery, env: ['NPM_TOKEN'] } })).toEqual([]);
    expect(missingText({ key: 'env', names: [] })).toBe(null);
  });
});

describe('a check', () => {
  const check = (checkEnv: readonly string[], own = {}): Record<string, string> =>
    checkEnvironment({ env, delivery: { ...delivery, checkEnv }, folder: '/task', own });
  const out = signedOut({ folder: '/task', named: {} });

  it('is signed in nowhere, and gets what is named for it and what we tell it', () => {
    expect(check([])).toEqual({ ...base, ...out });
    expect(check(['CHECK_TOKEN'], { OURS: '1' })).toEqual({ ...base, ...out, CHECK_TOKEN: 'k2', OURS: '1' });
  });

  it('is signed in where a person named that', () => {
    expect(check(['GH_TOKEN'])).toEqual({ ...base, ...out, GH_TOKEN: 'k3' });
  });
});

describe('a person', () => {
  const told = (env_: readonly string[], checkEnv: readonly string[]): string[] =>
    deliveryEnvironmentNotes({ env, delivery: { env: env_, checkEnv } }).map(({ message }) => message);

  it('is told nothing where set-up alone gets what is there', () => {
    expect(told(['NPM_TOKEN'], [])).toEqual([]);
  });

  it('is warned of what checks get, and told what is not there', () => {
    expect(told(['ABSENT'], ['CHECK_TOKEN', 'UNSET'])).toEqual([
      expect.stringMatching(/^delivery\.checkEnv gives CHECK_TOKEN, UNSET to checks/),
      'delivery.env names ABSENT, which is not set in the environment',
      'delivery.checkEnv names UNSET, which is not set in the environment',
    ]);
  });
});
