import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { readFrom, type IssuesStage } from '../../src/ports/forge-issues.samples.ts';
import { forgeIssuesContract } from '../../src/ports/forge-issues.testsuite.ts';
import { forgeIssuesWritesContract } from '../../src/ports/forge-issues-writes.testsuite.ts';
import { memoryForge, type MemoryForge } from './memory-forge.ts';
import { addRepository, nextNumber, type MemoryPull } from './memory-forge-state.ts';
import {
  commentOn,
  convertIssue,
  deleteIssue,
  editComment,
  editIssue,
  openIssue,
  setParentOf,
  transferIssue,
} from './memory-issues-state.ts';

async function open(made?: MemoryForge): Promise<IssuesStage> {
  let now = 1_800_000_000_000;
  const { forge, state } = made ?? memoryForge({ now: () => now });
  const repository = addRepository(state, 'acme/app');
  const other = addRepository(state, 'acme/other');
  const signal = new AbortController().signal;
  const signedIn = await forge.signIn({ host: 'github.com', hosts: [], secret: null, pointsPerHour: 1500, signal });
  if (!signedIn.signedIn) throw new Error(signedIn.message);
  return {
    ...{ issues: signedIn.account.issues, repository: repository.at },
    open: async (given) => openIssue(state, { repository, ...given }),
    edit: async (given) => editIssue(state, { repository, ...given }),
    comment: async (given) => commentOn(state, { repository, ...given }),
    deleteComment: async (given) => editComment(state, { repository, ...given, text: null }),
    remove: async (number) => deleteIssue({ repository, number }),
    transfer: async (number) => `acme/other#${transferIssue(state, { repository, number, to: other })}`,
    setParent: async (number, to) => setParentOf(state, { repository, number, to }),
    convert: async (number) => convertIssue(state, { repository, number }),
    openPull: async () => {
      const number = nextNumber(repository);
      const pull: MemoryPull = {
        ...{ number, state: 'open', draft: false, title: 'A pull', body: '', author: 'grace', head: { owner: 'acme', branch: 'x' } },
        ...{ base: 'main', labels: [], reviewers: [], assignees: [], items: [], shown: null, last: 'c', inQueue: false, autoMerge: false },
        ...{ mergedCommit: null, endedBy: null, ejectedAt: null, updatedAt: now, facts: {} },
      };
      repository.pulls.push(pull);
      return number;
    },
    loseAnswer: (call) => {
      const fault = new Fault({ code: 'forge-away', message: 'no answer', hint: 'later', data: { unclear: true } });
      state.faults.push({ call: `issues.${call}`, fault, after: true });
    },
    tick: () => {
      now += 1000;
    },
    dispose: async () => {},
  };
}

forgeIssuesContract('in memory', open);
forgeIssuesWritesContract('in memory', open);

test('every call is recorded, and an account whose signal aborted asks nothing', async () => {
  const made = memoryForge();
  const stage = await open(made);
  const number = await stage.open({ by: 'eve' });
  await readFrom(stage, { numbers: [number] });
  await stage.issues.comment({ repository: stage.repository, number, id: null, text: 'x' });
  expect(made.state.calls).toEqual(['issues.read acme/app', `issues.comment acme/app#${number}`]);
  expect(made.state.points).toBe(2);
});

test('a forge can have no dependencies, and no sub-issues', async () => {
  const made = memoryForge();
  const stage = await open(made);
  const [number, on] = [await stage.open({ by: 'eve' }), await stage.open({ by: 'eve' })];
  made.state.repositories.get('acme/app')!.dependencies = false;
  made.state.repositories.get('acme/app')!.subIssues = false;
  await stage.issues.depend({ repository: stage.repository, number, on, is: true });
  expect((await readFrom(stage, { numbers: [number] })).issues).toMatchObject([{ dependencies: null, parent: null }]);
});

test('the forge in memory refuses what GitHub refuses of sub-issues: more than a hundred, and more than eight levels', async () => {
  const stage = await open();
  const { repository, issues } = stage;
  const refused = { code: 'forge-refused', data: { status: 422 } };
  const full = await stage.open({ by: 'eve' });
  for (let index = 0; index < 100; index += 1) await stage.setParent(await stage.open({ by: 'eve' }), full);
  const deep = [await stage.open({ by: 'eve' })];
  for (let level = 1; level <= 8; level += 1) {
    deep.unshift(await stage.open({ by: 'eve' }));
    expect(await issues.setParent({ repository, number: deep[0]!, from: null, to: deep[1]! })).toBe(true);
  }
  const number = await stage.open({ by: 'eve' });
  for (const to of [full, deep[0]!]) await expect(issues.setParent({ repository, number, from: null, to })).rejects.toMatchObject(refused);
  await expect(issues.setParent({ repository, number: deep.at(-1)!, from: null, to: number })).rejects.toMatchObject(refused);
});
