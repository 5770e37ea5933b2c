// A forge in memory for tests of the supervisor's phases. It passes the contract of forges; its state is plain data, every
// call is recorded, and a test says which call fails next, before or after its effect.
import type { Check } from '../../src/core/delivery/pull-facts.ts';
import { Fault } from '../../src/core/fault.ts';
import { hour, minute } from '../../src/core/time.ts';
import type { Forge, ForgeAccount, Merge, Opening, PullAt } from '../../src/ports/forge.ts';
import {
  closeIn,
  headOf,
  mergeIn,
  newId,
  nextNumber,
  sayIn,
  shownOf,
  type MemoryForgeState,
  type MemoryPull,
  type MemoryRepository,
} from './memory-forge-state.ts';
import { memoryIssues } from './memory-issues.ts';

export interface MemoryForge {
  readonly forge: Forge;
  readonly state: MemoryForgeState;
}

/** `token`: the configured reference that signs in. Repositories are added with `addRepository`. */
export function memoryForge(given: { readonly now?: () => number; readonly host?: string; readonly token?: string } = {}): MemoryForge {
  const { now = () => 0, host = 'github.com', token = 'env:FORGE_TOKEN' } = given;
  const state: MemoryForgeState = {
    ...{ host, login: 'ada', repositories: new Map(), tokens: new Set([token]), lacks: [], calls: [], faults: [], points: 0, now, next: 0 },
  };
  const forge: Forge = {
    name: 'github',
    locate: ({ address, hosts }) => {
      const [, at = '', owner = '', name = ''] = /^https:\/\/([^/]+)\/([\w-]+)\/([\w.-]+?)(?:\.git)?$/.exec(address) ?? [];
      return at === host || hosts.includes(at) ? { host: at, owner, name } : null;
    },
    signIn: async ({ secret, pointsPerHour }) => {
      const [fault] = takeFault(state, 'signIn');
      if (fault !== undefined) return { signedIn: false, why: 'away', message: fault.fault.message, hint: fault.fault.hint };
      const reference = secret ?? token;
      if (!state.tokens.has(reference))
        return { signedIn: false, why: 'refused', message: `${host} does not accept the token`, hint: 'make a new token' };
      return { signedIn: true, account: account(state, { foundIn: reference, pointsPerHour, signal: new AbortController().signal }) };
    },
  };
  return { forge, state };
}

const spanLasts = 5 * minute;

function takeFault(state: MemoryForgeState, call: string): MemoryForgeState['faults'] {
  const index = state.faults.findIndex((one) => one.call === call);
  return index < 0 ? [] : state.faults.splice(index, 1);
}

interface Of {
  readonly state: MemoryForgeState;
  readonly repository: MemoryRepository;
}

interface OfPull extends Of {
  readonly pull: MemoryPull;
}

function account(
  state: MemoryForgeState,
  given: { readonly foundIn: string; readonly pointsPerHour: number; readonly signal: AbortSignal },
): ForgeAccount {
  const { foundIn, pointsPerHour, signal } = given;
  const call = async <Result>(name: string, at: string, work: () => Result): Promise<Result> => {
    if (signal.aborted) throw new Fault({ code: 'stopped', message: 'stopped', hint: 'nothing to do' });
    state.calls.push(`${name} ${at}`);
    state.points += 1;
    const [fault] = takeFault(state, name);
    if (fault !== undefined && fault.after !== true) throw fault.fault;
    const result = work();
    if (fault !== undefined) throw fault.fault;
    return result;
  };
  const inRepository = <Result>(name: string, at: PullAt['repository'], work: (of: Of) => Result): Promise<Result> =>
    call(name, `${at.owner}/${at.name}`, () => work({ state, repository: repositoryIn(state, at) }));
  const inPull = <Result>(name: string, at: PullAt, work: (of: OfPull) => Result): Promise<Result> =>
    call(name, `${at.repository.owner}/${at.repository.name}#${at.number}`, () => work(pullIn(state, at)));
  return {
    ...{ host: state.host, login: state.login, foundIn },
    lacks: () => state.lacks,
    points: () => ({
      limit: pointsPerHour,
      left: Math.max(0, pointsPerHour - state.points),
      used: state.points,
      resetsAt: state.now() + hour,
      spent: [{ at: state.now() - (state.now() % spanLasts), points: state.points }],
    }),
    recall: (spent) => {
      const points = spent.filter(({ at }) => at + hour > state.now()).reduce((total, one) => total + one.points, 0);
      state.points = Math.max(state.points, points);
    },
    issues: memoryIssues((name, { repository: at, number }, work) =>
      call(name, `${at.owner}/${at.name}${number === undefined ? '' : `#${number}`}`, () =>
        work({ state, repository: repositoryIn(state, at) }),
      ),
    ),
    within: (more) => account(state, { ...given, signal: AbortSignal.any([signal, more]) }),
    probe: (at) => inRepository('probe', at, () => state.lacks),
    repository: (at) => inRepository('repository', at, ({ repository }) => ({ at: repository.at, ...repository.facts })),
    ofBranch: ({ repository: at, head }) =>
      inRepository('ofBranch', at, ({ repository }) => ofBranch(repository, head).map((pull) => shownOf(repository, pull))),
    open: (opening) => inRepository('open', opening.repository, ({ repository }) => open({ state, repository }, opening)),
    observe: (pulls) =>
      call('observe', pulls.map(({ repository: { name }, number }) => `${name}#${number}`).join(' '), () =>
        pulls.flatMap((at) => {
          const found = findPull(state, at);
          if (found === null) return [];
          const { repository, pull } = found;
          return [{ at, pull: shownOf(repository, pull), items: [...pull.items], ejectedAt: pull.ejectedAt }];
        }),
      ),
    checks: ({ repository: at, commit }) => inRepository('checks', at, ({ repository }) => checksOf(repository, commit)),
    checkLog: ({ repository: at, check, limit }) =>
      inRepository('checkLog', at, ({ repository }) => repository.logs.get(check.id)?.slice(-limit) ?? null),
    rerun: ({ repository: at, checks }) => inRepository('rerun', at, (of) => rerun(of, checks)),
    edit: ({ repository, number, ...change }) =>
      inPull('edit', { repository, number }, ({ pull }) => {
        const { state: to, ...more } = change;
        if (to === 'closed' && pull.state === 'open') closeIn(state, { pull, by: state.login });
        Object.assign(pull, more, to === 'open' && pull.state === 'closed' ? { state: 'open', endedBy: null } : {});
      }),
    say: ({ thread, text, ...at }) => inPull('say', at, (of) => say(of, { thread, text })),
    resolve: ({ thread, ...at }) =>
      inPull('resolve', at, ({ pull }) => {
        pull.items = pull.items.map((item) => (item.thread === thread ? { ...item, closed: true } : item));
      }),
    merge: (at) => inPull('merge', at, (of) => merge(of, at.head)),
    mergeStatus: ({ id, ...at }) => inPull('mergeStatus', at, (of) => mergeStatus(of, id)),
    deleteBranch: ({ repository: at, branch, commit }) =>
      inRepository('deleteBranch', at, ({ repository }) => deleteBranch(repository, { branch, commit })),
  };
}

function gone(what: string): Fault {
  return new Fault({ code: 'forge-gone', message: `there is no ${what}`, hint: 'look whether it is there' });
}

function repositoryIn(state: MemoryForgeState, { owner, name }: PullAt['repository']): MemoryRepository {
  const found = state.repositories.get(`${owner}/${name}`);
  if (found === undefined || found.gone) throw gone(`repository ${owner}/${name}`);
  return found;
}

function findPull(state: MemoryForgeState, { repository: { owner, name }, number }: PullAt): OfPull | null {
  const repository = state.repositories.get(`${owner}/${name}`);
  const pull = repository?.pulls.find((one) => one.number === number);
  return repository === undefined || repository.gone || pull === undefined ? null : { state, repository, pull };
}

function pullIn(state: MemoryForgeState, at: PullAt): OfPull {
  const found = findPull(state, at);
  if (found === null) throw gone(`pull request #${at.number}`);
  return found;
}

function ofBranch({ pulls }: MemoryRepository, head: MemoryPull['head']): readonly MemoryPull[] {
  return pulls.filter((pull) => pull.head.branch === head.branch && pull.head.owner === head.owner).toReversed();
}

function open({ state, repository }: Of, { head, base, title, body, draft, labels, reviewers, assignees }: Opening) {
  const before = ofBranch(repository, head).find((pull) => pull.state === 'open' && pull.base === base);
  if (before !== undefined) return shownOf(repository, before);
  const commit = repository.branches.get(head.branch);
  if (commit === undefined || commit === repository.branches.get(base) || !repository.branches.has(base))
    throw new Fault({
      code: 'forge-refused',
      message: `there are no commits between ${base} and ${head.branch}`,
      hint: 'push the branch',
      data: { status: 422 },
    });
  const number = nextNumber(repository);
  const pull: MemoryPull = {
    ...{ number, state: 'open', draft, title, body, author: state.login, head, base, labels, reviewers, assignees, items: [] },
    ...{ shown: null, last: commit, inQueue: false, mergedCommit: null, endedBy: null, ejectedAt: null },
    ...{ updatedAt: state.now(), facts: {} },
  };
  repository.pulls.push(pull);
  return shownOf(repository, pull);
}

function checksOf({ checks, required, lacking }: MemoryRepository, commit: string) {
  if (lacking !== null) return { known: false, lacking } as const;
  const all = checks.get(commit) ?? [];
  const expected = required.filter((name) => !all.some((check) => check.name === name));
  return {
    known: true,
    checks: [
      ...all.map((check) => ({ ...check, required: required.includes(check.name) })),
      ...expected.map((name): Check => ({
        id: `expected:${name}`,
        name,
        state: 'pending',
        required: true,
        byMachine: false,
        canRerun: false,
        startedAt: null,
        url: null,
      })),
    ],
  } as const;
}

function rerun({ state: { now }, repository: { checks } }: Of, again: readonly Check[]): void {
  const ids = new Set(again.map(({ id }) => id));
  for (const [commit, all] of checks)
    checks.set(
      commit,
      all.map((check) => (ids.has(check.id) ? { ...check, state: 'pending', startedAt: now() } : check)),
    );
}

function say({ state, repository, pull }: OfPull, { thread, text }: { readonly thread: string | null; readonly text: string }): string {
  const before = pull.items.find((item) => item.author.login === state.login && item.thread === thread && item.text === text);
  const more = thread === null ? ({ kind: 'comment' } as const) : ({ kind: 'thread', thread } as const);
  return (before ?? sayIn(state, { repository, pull, text, by: state.login, association: 'OWNER', ...more })).id;
}

/** Null if it may be merged. */
function hindrance({ repository, pull }: OfPull, head: string): Merge | null {
  if (pull.state === 'merged') return { merge: 'merged', commit: pull.mergedCommit ?? head };
  if (pull.state === 'closed') return { merge: 'refused', message: 'the pull request is closed' };
  if (headOf(repository, pull) !== head) return { merge: 'moved', message: 'the head has moved' };
  return pull.inQueue ? { merge: 'queued' } : null;
}

function merge(of: OfPull, head: string): Merge {
  const { state, repository, pull } = of;
  const before = hindrance(of, head);
  if (before !== null) return before;
  const { mergeable, blocked, draft } = shownOf(repository, pull);
  if (mergeable !== true || blocked || draft) return { merge: 'refused', message: 'Pull Request is not mergeable' };
  if (repository.queues.has(pull.base)) {
    pull.inQueue = true;
    return { merge: 'queued' };
  }
  if (!repository.mergesLater) return { merge: 'merged', commit: mergeIn(state, { repository, pull, by: state.login }) };
  const id = newId(state, 'merge');
  repository.merging.set(id, { number: pull.number, head });
  return { merge: 'pending', id };
}

function mergeStatus(of: OfPull, id: string): Merge {
  const { repository, pull } = of;
  const asked = repository.merging.get(id);
  if (pull.state === 'merged') return { merge: 'merged', commit: pull.mergedCommit ?? pull.last };
  if (asked === undefined) return { merge: 'refused', message: 'the forge no longer knows this merge' };
  return hindrance(of, asked.head) ?? { merge: 'pending', id };
}

function deleteBranch(
  { branches, pulls }: MemoryRepository,
  { branch, commit }: { readonly branch: string; readonly commit: string },
): boolean {
  const at = branches.get(branch);
  if (at === undefined) return true;
  if (at !== commit || pulls.some((pull) => pull.state === 'open' && pull.base === branch)) return false;
  branches.delete(branch);
  return true;
}
