// Six tasks that end by merged pull requests, and among them pass every pause point of those: two flaky checks, a red one that
// a worker mends, a review, and a stack that a person made. Machines and people act in the test's own process, which outlives
// the killed supervisors.
import { isPull } from '../forge-stage/state.ts';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';

export const ids = ['t1', 't2', 't3', 't4', 't5', 't6'] as const;
type Id = (typeof ids)[number];

export const review = 'Please say more about tabs.';

const firstChecks: Readonly<Partial<Record<Id, 'timed_out' | 'failure'>>> = { t1: 'timed_out', t2: 'failure', t6: 'timed_out' };

export interface MergedTasks extends ForgeYard {
  /** Every head that our program pushed. */
  readonly pushed: ReadonlySet<string>;
  at(id: Id): { readonly repository: string; readonly number: number };
  branch(id: Id): string;
  /** From now on the task's heads get their green check. */
  release(id: Id): void;
}

export async function mergedTasks(): Promise<MergedTasks> {
  const work = (id: Id, file: string) => ({ commit: { file, content: `${id}\n`, message: `${id}: write ${file}` } });
  const opened = await openForgeYard({
    todo: ids.map((id) => `- [ ] ${id} Task ${id} #auto-dispatch model:opus\n`).join(''),
    actions: Object.fromEntries(ids.map((id) => [id, [[work(id, `${id}.txt`)], [work(id, `${id}-more.txt`)]]])),
    config: {
      supervisor: { pollMs: 50 },
      delivery: { merge: { when: 'green' }, verify: ['test -f README.md'] },
    },
  });
  const { forge } = opened;
  forge.protect(repository, 'main', { checks: ['test'], strict: true });
  const held = new Set<string>(['t3', 't4', 't5']);
  const pushed = new Set<string>();
  const branches = new Map<string, string>();
  forge.onPush(({ branch, sha, by }) => {
    const id = /t\d/.exec(branch)?.[0];
    // A push over git without a sign-in names nobody; what people push here is by their names.
    if (by !== 'ada') pushed.add(sha);
    if (id === undefined || branch === 'main') return;
    const conclusion = branches.has(id) ? 'success' : (firstChecks[id as Id] ?? 'success');
    branches.set(id, branch);
    if (!held.has(id)) forge.check({ repository, sha, name: 'test', conclusion, log: 'expected 1 to be 2\n' });
  });
  forge.onRerun(({ check: { name, sha } }) => void forge.check({ repository, sha, name, conclusion: 'success' }));
  const branch = (id: Id): string => branches.get(id) ?? '';
  return {
    ...opened,
    pushed,
    branch,
    at: (id) => {
      const pulls = [...forge.repository(repository).items.values()].filter(isPull);
      return { repository, number: pulls.find((pull) => pull.head.branch === branch(id))?.number ?? 0 };
    },
    release: (id) => {
      held.delete(id);
      forge.check({ repository, branch: branch(id), name: 'test', conclusion: 'success' });
    },
  };
}
