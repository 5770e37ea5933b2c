import { describe, expect, it } from 'vitest';
import { filterNotes, repositoryNotes, type RepositoryFacts } from './repository-notes.ts';

const facts: RepositoryFacts = {
  ...{ remote: 'origin', otherRemotes: [], defaultBranch: 'trunk' },
  ...{ outdated: null, unreachable: null, submodules: { empty: [] } },
};
const notes = (given: Partial<RepositoryFacts>, setup: string | null = null) =>
  repositoryNotes({ facts: { ...facts, ...given }, delivery: { remote: 'origin', setup } });

describe('what is to be known of a repository', () => {
  it('is nothing, as a rule', () => {
    expect(notes({})).toEqual([]);
    expect(notes({ remote: null })).toEqual([]);
    expect(filterNotes([])).toEqual([]);
  });

  it('a remote that is not there while others are', () => {
    expect(notes({ remote: null, otherRemotes: ['gh', 'upstream'] })).toEqual([
      {
        code: 'remote-missing',
        message:
          'there is no remote origin (there is gh, upstream): work starts from trunk of this repository, and finished work stays in it and is pushed nowhere',
        hint: 'set delivery.remote to the right remote (delivery: {remote: gh}), or add it: git remote add origin ADDRESS',
      },
    ]);
  });

  it('a record of another default branch', () => {
    expect(notes({ outdated: 'main' })).toEqual([
      {
        code: 'default-branch-outdated',
        message: 'origin/HEAD is recorded here as main, but the default branch of origin is trunk today: work starts from trunk',
        hint: 'git remote set-head origin --auto; or name the branch to start from in delivery.base',
      },
    ]);
  });

  it('a remote that does not answer', () => {
    expect(notes({ unreachable: 'origin does not list its branches: no route to host' })).toEqual([
      {
        code: 'remote-unreachable',
        message: 'origin does not list its branches: no route to host; until it does, trunk is used as its default branch',
        hint: 'check the network and the remote: git ls-remote origin',
      },
    ]);
  });

  it('submodules that nothing fills', () => {
    const submodules = { empty: Array.from({ length: 12 }, (_, at) => `lib/${at}`) };
    const [bare] = notes({ submodules: { empty: ['lib/a', 'lib/b'] } });
    expect(bare?.message).toBe('workers will find these submodules empty: lib/a, lib/b');
    expect(notes({ submodules }, 'npm ci')[0]?.message).toMatch(/empty, unless delivery\.setup fills them: .*lib\/9 and 2 more$/);
    expect(notes({ submodules }, 'git submodule update --init')).toEqual([]);
  });

  it('filters that are not configured, with how the known ones are', () => {
    expect(filterNotes(['git-crypt', 'lfs', 'own']).map(({ hint }) => hint.split(';')[0])).toEqual([
      'git-crypt unlock',
      'git lfs install',
      'configure filter.own.clean',
    ]);
  });
});
