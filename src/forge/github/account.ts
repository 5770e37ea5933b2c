// One signed-in account at one host: the calls of the port, each in a file of its own.
import type { ForgeAccount } from '../../ports/forge.ts';
import { checkLog } from './checks/log.ts';
import { checks } from './checks/checks.ts';
import { rerun } from './checks/rerun.ts';
import type { Desk } from './desk.ts';
import { issuesOf } from './issues/issues.ts';
import { probe } from './probe.ts';
import { deleteBranch } from './pulls/delete-branch.ts';
import { edit } from './pulls/edit.ts';
import { merge, mergeStatus } from './pulls/merge.ts';
import { mutate } from './pulls/mutate.ts';
import { observe } from './pulls/observe.ts';
import { ofBranch } from './pulls/of-branch.ts';
import { open } from './pulls/open.ts';
import { say } from './pulls/say.ts';
import { repositoryFacts } from './repository.ts';

export function accountOf(desk: Desk): ForgeAccount {
  const { wire, foundIn } = desk.client.given;
  return {
    ...{ host: wire.host, login: desk.login, foundIn },
    issues: issuesOf(desk),
    lacks: () => desk.lacks.all(),
    points: () => wire.budget.points(),
    recall: (spent) => wire.budget.recall(spent),
    within: (signal) => accountOf({ ...desk, client: desk.client.within(signal) }),
    probe: async (repository) => {
      const { at, defaultBranch } = await repositoryFacts(desk, repository);
      return await probe(desk, { repository: at, branch: defaultBranch });
    },
    repository: (repository) => repositoryFacts(desk, repository),
    ofBranch: (given) => ofBranch(desk, given),
    open: (opening) => open(desk, opening),
    observe: (pulls) => observe(desk, pulls),
    checks: (given) => checks(desk, given),
    checkLog: (given) => checkLog(desk, given),
    rerun: (given) => rerun(desk, given),
    edit: (given) => edit(desk, given),
    say: (given) => say(desk, given),
    resolve: async ({ thread, ...at }) => {
      const input = { threadId: thread };
      await mutate(desk, { name: 'resolveReviewThread', input, answer: 'thread { id isResolved }', at, repeats: true });
    },
    merge: (given) => merge(desk, given),
    mergeStatus: (given) => mergeStatus(desk, given),
    deleteBranch: (given) => deleteBranch(desk, given),
  };
}
