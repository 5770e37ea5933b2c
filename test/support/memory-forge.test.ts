import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Check } from '../../src/core/delivery/pull-facts.ts';
import { accountOf, openingFor, repositoryOf, type ForgeStage } from '../../src/ports/forge.samples.ts';
import { forgeMergeContract } from '../../src/ports/forge-merge.testsuite.ts';
import { forgeContract } from '../../src/ports/forge.testsuite.ts';
import { memoryForge, type MemoryForge } from './memory-forge.ts';
import { addRepository, carryOut, closeIn, ejectFrom, newCommit, newId, sayIn, type MemoryPull } from './memory-forge-state.ts';

async function open(made: MemoryForge = memoryForge()): Promise<ForgeStage> {
  const { forge, state } = made;
  const repository = addRepository(state, 'acme/app');
  const pull = (number: number): MemoryPull => {
    const found = repository.pulls.find((one) => one.number === number);
    if (found === undefined) throw new Error(`there is no #${number}`);
    return found;
  };
  return {
    ...{ forge, address: 'https://github.com/acme/app.git', hosts: [], secret: 'env:FORGE_TOKEN', refused: 'env:OTHER', login: 'ada' },
    push: async ({ branch }) => {
      const commit = newCommit(state);
      repository.branches.set(branch, commit);
      return commit;
    },
    at: async (branch) => repository.branches.get(branch) ?? null,
    review: async ({ number, verdict, text }) => void sayIn(state, { repository, pull: pull(number), kind: 'review', verdict, text }),
    remark: async ({ number, path, line, text }) =>
      void sayIn(state, { repository, pull: pull(number), kind: 'thread', place: { path, line }, text }),
    comment: async ({ number, text }) => void sayIn(state, { repository, pull: pull(number), kind: 'comment', text }),
    check: async ({ commit, name, state: is, log = '' }) => {
      const check: Check = {
        ...{ id: newId(state, 'check'), name, state: is, required: null, byMachine: false, canRerun: true, url: null },
        startedAt: state.now(),
      };
      const before = (repository.checks.get(commit) ?? []).filter((one) => one.name !== name);
      repository.checks.set(commit, [...before, check]);
      repository.logs.set(check.id, log);
    },
    require: async (check) => {
      repository.required = [...repository.required, check];
    },
    close: async (number) => closeIn(state, { pull: pull(number), by: 'grace' }),
    computing: async ({ number, is }) => {
      pull(number).facts = is ? { mergeable: null } : {};
    },
    queue: async () => void repository.queues.add('main'),
    eject: async (number) => ejectFrom(state, pull(number)),
    mergeLater: async () => {
      repository.mergesLater = true;
    },
    carryOut: async () => carryOut(state, repository),
    remove: async () => {
      repository.gone = true;
    },
    dispose: async () => {},
  };
}

forgeContract('in memory', open);
forgeMergeContract('in memory', open);

test('a call fails as the test says, before or after its effect, and every call is recorded', async () => {
  const made = memoryForge();
  const stage = await open(made);
  const account = await accountOf(stage);
  const fault = new Fault({ code: 'forge-away', message: 'no answer', hint: 'later' });
  made.state.faults.push({ call: 'open', fault }, { call: 'open', fault, after: true });
  const opening = await openingFor(stage);
  await expect(account.open(opening)).rejects.toBe(fault);
  expect(await account.ofBranch(opening)).toEqual([]);
  await expect(account.open(opening)).rejects.toBe(fault);
  expect(await account.ofBranch(opening)).toHaveLength(1);
  expect((await account.open(opening)).number).toBe(1);
  expect(made.state.calls).toEqual(['open', 'ofBranch', 'open', 'ofBranch', 'open'].map((name) => `${name} acme/app`));
});

test('a forge that is away does not sign in, and a token can lack the right to read checks', async () => {
  const made = memoryForge();
  const stage = await open(made);
  made.state.faults.push({ call: 'signIn', fault: new Fault({ code: 'forge-away', message: 'no answer', hint: 'later' }) });
  await expect(accountOf(stage)).rejects.toThrow('no answer');
  const account = await accountOf(stage);
  made.state.repositories.get('acme/app')!.lacking = 'checks: read';
  expect(await account.checks({ repository: repositoryOf(stage), commit: 'c', base: 'main' })).toEqual({
    known: false,
    lacking: 'checks: read',
  });
});
