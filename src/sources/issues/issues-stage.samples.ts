// A repository whose TODO.md is a file on the disk and whose issues are those of a forge in memory, for tests of the sync
// without a supervisor. Several participants may share both: each has a database of its own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SyncPolicy, SyncTask } from '../../core/sync/sync-facts.ts';
import type { ForgeIssues } from '../../ports/forge-issues.ts';
import type { IssueSync, SyncAsk, SyncOutcome } from '../../ports/issue-sync.ts';
import type { Store } from '../../ports/store.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { openStore } from '../../store/open.ts';
import { todoFileWith } from '../todo/list-file.ts';
import { memoryForge, type MemoryForge } from '../../../test/support/memory-forge.ts';
import { addRepository, type MemoryRepository } from '../../../test/support/memory-forge-state.ts';
import { commentOn, editIssue, issueIn, openIssue } from '../../../test/support/memory-issues-state.ts';
import { issueSync } from './sync-issues.ts';

export interface Participant {
  readonly sync: IssueSync;
  readonly store: Store;
  readonly login: string;
  readonly issues: ForgeIssues;
  readonly tasks: Map<string, SyncTask>;
  run(more?: Partial<SyncAsk>): Promise<SyncOutcome>;
}

export interface IssuesStage {
  readonly repo: string;
  readonly forge: MemoryForge;
  readonly repository: MemoryRepository;
  readonly moves: string[];
  read(path?: string): string;
  write(text: string, path?: string): void;
  issue(number: number): ReturnType<typeof issueIn>;
  open(given: Omit<Parameters<typeof openIssue>[1], 'repository'>): number;
  edit(number: number, given: Omit<Parameters<typeof editIssue>[1], 'repository' | 'number'>): void;
  comment(number: number, given: { readonly by?: string; readonly text: string }): void;
  tick(): void;
  participant(given?: {
    readonly login?: string;
    readonly repo?: string;
    readonly file?: (file: TodoFile) => TodoFile;
    readonly issues?: (issues: ForgeIssues) => ForgeIssues;
    readonly store?: (store: Store) => Store;
    readonly tasks?: Map<string, SyncTask>;
    /** Called after each change of a task. */
    readonly moved?: () => void;
    readonly git?: {
      readonly commit: string | null;
      readonly file: 'committed' | 'changed' | 'untracked';
      readonly ancestors?: readonly string[];
    };
  }): Promise<Participant>;
  end(): void;
}

export const stagePolicy: SyncPolicy = {
  ...{ repo: 'acme/app', me: 'ada', intake: 'auto-dispatch', create: 'never' },
  trust: ['OWNER', 'MEMBER', 'COLLABORATOR', 'actions[bot]'],
};

export function issuesStage(todo: string): IssuesStage {
  const repo = mkdtempSync(join(tmpdir(), 'yard-issues-'));
  let now = 1_800_000_000_000;
  const forge = memoryForge({ now: () => now });
  const { state } = forge;
  const repository = addRepository(state, 'acme/app');
  repository.people.set('ann', 'OWNER').set('bob', 'MEMBER').set('eve', 'NONE').set('actions[bot]', 'NONE');
  const moves: string[] = [];
  const write: IssuesStage['write'] = (text, path = 'TODO.md') => {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), text);
  };
  write(todo);
  return {
    ...{ repo, forge, repository, moves, write },
    read: (path = 'TODO.md') => readFileSync(join(repo, path), 'utf8'),
    issue: (number) => issueIn(repository, number),
    open: (given) => openIssue(state, { ...given, repository }),
    edit: (number, given) => editIssue(state, { ...given, repository, number }),
    comment: (number, given) => void commentOn(state, { ...given, repository, number }),
    tick: () => void (now += 1000),
    async participant(given = {}) {
      const { login = 'ada', git = { commit: null, file: 'untracked' as const } } = given;
      const store = given.store?.(await openStore({ file: ':memory:' })) ?? (await openStore({ file: ':memory:' }));
      const file = todoFileWith({ staleMs: 10_000, waitMs: 30_000 });
      const answer = await forge.forge.signIn({
        ...{ host: 'github.com', hosts: [], secret: null, pointsPerHour: 1e9, signal: new AbortController().signal },
      });
      if (!answer.signedIn) throw new Error(answer.message);
      const own = answer.account.issues;
      const as: ForgeIssues = {
        ...own,
        create: (asked) => ((state.login = login), own.create(asked)),
        write: (asked) => ((state.login = login), own.write(asked)),
        comment: (asked) => ((state.login = login), own.comment(asked)),
        depend: (asked) => ((state.login = login), own.depend(asked)),
        setParent: (asked) => ((state.login = login), own.setParent(asked)),
      };
      const issues = given.issues?.(as) ?? as;
      const sync = issueSync({
        ...{ file: given.file?.(file) ?? file, store, now: () => now, folder: join(repo, '.locks'), passing: () => {} },
        git: {
          fileState: async () => git,
          isAncestor: async ({ ancestor }) => git.ancestors?.includes(ancestor) === true,
        },
      });
      const tasks = given.tasks ?? new Map<string, SyncTask>();
      const run: Participant['run'] = (more = {}) =>
        sync.run({
          ...{ repo: given.repo ?? repo, ids: 't', at: repository.at, issues, policy: { ...stagePolicy, me: login }, holder: login },
          ...{ flows: 'both', keep: new Map(), push: [], only: null, dryRun: false, waitMs: 10_000, signal: new AbortController().signal },
          tasks: {
            read: async () => ({ tasks, taken: [...tasks.keys()] }),
            move: async ({ task, to, number, by }) => {
              const known = tasks.get(task);
              if (known === undefined) return false;
              tasks.set(task, { ...known, state: to, evidence: null, pull: null, verifyFailed: false });
              moves.push(`${task} ${to} #${number} ${by}`);
              given.moved?.();
              return true;
            },
          },
          ...more,
        });
      return { sync, store, login, issues, tasks, run };
    },
    end: () => rmSync(repo, { recursive: true, force: true }),
  };
}

export const sampleState: SyncTask = {
  state: 'queued',
  verifyFailed: false,
  evidence: null,
  dispatched: null,
  implemented: null,
  pull: null,
};
