// A GitHub on loopback for tests and the demo: an Enterprise host, reached over http, with REST under `/api/v3`, GraphQL at
// `/api/graphql` and git at `/OWNER/NAME.git`, over real bare repositories. It behaves as GitHub where our program could
// notice, counts points by GitHub's rules, and notes where an answer or a query is otherwise than GitHub's description.
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putCheck, putStatus } from './check-acts.ts';
import { Faults } from './faults.ts';
import type { Failing } from './faults.ts';
import { makeServer } from './http-server.ts';
import type { Serving } from './http-server.ts';
import { Journal } from './journal.ts';
import type { Entry } from './journal.ts';
import { Limits } from './limits.ts';
import type { Spent } from './limits.ts';
import { runQueue, settle } from './merge-queue.ts';
import { leaveQueue } from './pull-ends.ts';
import { openApi } from './openapi.ts';
import { makeRepository, protect, renameBranch } from './new-repository.ts';
import type { NewRepository } from './new-repository.ts';
import { PersonActs } from './person-acts.ts';
import { pullOf } from './pull-acts.ts';
import type { Account, CheckRun, Conclusion, MergeMethod, Protection, Pull, Push, Repository, Rights, Status, World } from './state.ts';
import { account, fullName, nextId } from './state.ts';

export interface NewToken {
  readonly login: string;
  readonly kind?: 'classic' | 'fine-grained' | 'app';
  readonly scopes?: readonly string[];
  readonly rights?: Rights;
  readonly repositories?: readonly string[];
}

export interface NewCheckRun {
  readonly repository: string;
  /** The commit, or the branch whose present commit is meant. */
  readonly sha?: string;
  readonly branch?: string;
  readonly name: string;
  /** Null: it is still running. */
  readonly conclusion: Conclusion | null;
  readonly log?: string;
  /** Not by GitHub Actions but by another App. */
  readonly byApp?: boolean;
  readonly title?: string;
  readonly summary?: string;
}

export class ForgeStage {
  readonly world: World;
  readonly journal: Journal;
  readonly #faults: Faults;
  readonly #violations: string[] = [];
  readonly #server: Server;
  readonly #serving: Serving;
  readonly #folder: string;

  private constructor(given: { readonly folder: string; readonly now: () => number }) {
    this.#folder = given.folder;
    this.world = {
      ...{ folder: given.folder, url: '', now: given.now, nextId: 1_000, people: new Map(), repositories: new Map(), moved: new Map() },
      ...{ tokens: new Map(), limits: new Limits(() => this.world.now()), mergeAsyncReads: 1, refusalsFailAll: false },
      ...{ dependencies: true, subIssues: true },
      ...{ onPush: () => {}, onRerun: () => {}, pushing: null },
    };
    this.journal = new Journal();
    this.#faults = new Faults();
    this.#serving = { world: this.world, journal: this.journal, faults: this.#faults, violations: this.#violations };
    this.#server = makeServer(this.#serving);
  }

  /** `now`: the clock, in milliseconds since 1970. */
  static async start({ now = Date.now, port = 0 }: { readonly now?: () => number; readonly port?: number } = {}): Promise<ForgeStage> {
    const stage = new ForgeStage({ folder: mkdtempSync(join(tmpdir(), 'yard-forge-')), now });
    await new Promise<void>((resolve, reject) => {
      stage.#server.once('error', reject);
      stage.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = stage.#server.address();
    stage.world.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    return stage;
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return this.world.url;
  }

  /** `127.0.0.1:PORT`, as a remote's address names the host. */
  get host(): string {
    return new URL(this.url).host;
  }

  /** The address with which git clones and pushes. */
  remote(name: string): string {
    return `${this.url}/${name}.git`;
  }

  /** Ends every connection, hanging ones included, and deletes the repositories. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  // The state

  person(login: string, { kind }: { readonly kind?: Account['kind'] } = {}): Account {
    const made = account(this.world, login);
    if (kind === undefined || kind === made.kind) return made;
    const changed = { ...made, kind };
    this.world.people.set(login.toLowerCase(), changed);
    return changed;
  }

  token(given: NewToken): string {
    const { login, kind = 'classic', scopes = ['repo'], rights = {}, repositories = null } = given;
    const prefix = { classic: 'ghp', 'fine-grained': 'github_pat', app: 'ghs' }[kind];
    const secret = `${prefix}_stage${nextId(this.world)}${login.replaceAll(/\W/g, '')}`;
    account(this.world, login);
    this.world.tokens.set(secret, { secret, login, kind, scopes: kind === 'classic' ? scopes : [], rights, repositories });
    return secret;
  }

  /** Makes a token useless, as when a person revokes it. */
  revoke(secret: string): void {
    this.world.tokens.delete(secret);
  }

  addRepository(given: NewRepository): Repository {
    return makeRepository(this.world, given);
  }

  repository(name: string): Repository {
    const found = this.world.repositories.get(name.toLowerCase()) ?? this.world.moved.get(name.toLowerCase());
    if (found === undefined) throw new Error(`the stage has no repository ${name}`);
    return found;
  }

  pull(name: string, number: number): Pull {
    settle(this.world);
    return pullOf(this.repository(name), number);
  }

  /** Sets the rules of a branch. git refuses pushes to it from then on, as GitHub does. */
  protect(name: string, branch: string, rule: Partial<Protection>): void {
    protect(this.repository(name), branch, rule);
  }

  /** Gives a branch another name: pull requests into it have the new one as their base, and it may be the default branch. */
  renameBranch(name: string, from: string, to: string): void {
    renameBranch(this.repository(name), from, to);
  }

  /** Gives the branch a merge queue. `automatic`: it merges by itself; otherwise `runQueue` and `eject` say when. */
  addQueue(
    name: string,
    branch: string,
    { method = 'merge', automatic = false }: { readonly method?: MergeMethod; readonly automatic?: boolean } = {},
  ): void {
    this.repository(name).queues.set(branch, { branch, method, automatic });
  }

  runQueue(name: string, branch: string): void {
    settle(this.world);
    runQueue(this.repository(name), branch);
  }

  eject(name: string, number: number, { reason = 'failed_checks' }: { readonly reason?: string } = {}): void {
    leaveQueue(this.pull(name, number), { by: 'github-merge-queue[bot]', reason });
  }

  /** Gives the repository another name; its old one redirects. */
  rename(name: string, to: string): void {
    const repository = this.repository(name);
    this.world.repositories.delete(fullName(repository).toLowerCase());
    this.world.moved.set(fullName(repository).toLowerCase(), repository);
    [repository.owner = '', repository.name = ''] = to.split('/');
    this.world.repositories.set(to.toLowerCase(), repository);
  }

  // Checks

  check(given: NewCheckRun): CheckRun {
    const { name, conclusion, log = '', byApp = false, title = null, summary = null } = given;
    const made = putCheck(this.repository(given.repository), {
      name,
      sha: this.#commit(given),
      conclusion,
      log,
      actions: !byApp,
      title,
      summary,
    });
    settle(this.world);
    return made;
  }

  status(given: {
    readonly repository: string;
    readonly sha?: string;
    readonly branch?: string;
    readonly context: string;
    readonly state: Status['state'];
  }): Status {
    const { context, state } = given;
    const made = putStatus(this.repository(given.repository), {
      sha: this.#commit(given),
      context,
      state,
      description: null,
      url: null,
      by: 'ci[bot]',
    });
    settle(this.world);
    return made;
  }

  #commit({ repository, sha, branch }: { readonly repository: string; readonly sha?: string; readonly branch?: string }): string {
    settle(this.world);
    const found = sha ?? this.repository(repository).seen.get(branch ?? '');
    if (found === undefined) throw new Error(`the stage has no branch ${branch} in ${repository}`);
    return found;
  }

  /** Called for every branch that was pushed, from then on. */
  onPush(handler: (push: Push) => void): void {
    this.world.onPush = handler;
  }

  /** Called for every check that is to run again: the new check run is queued. */
  onRerun(handler: World['onRerun']): void {
    this.world.onRerun = handler;
  }

  // People

  as(login: string): PersonActs {
    account(this.world, login);
    return new PersonActs(this.world, login);
  }

  // Faults

  fail(failing: Failing): void {
    this.#faults.plan(failing);
  }

  healAll(): void {
    this.#faults.clear();
  }

  /** Pull requests of the repository keep the heads that they show, until the returned function is called. */
  holdHeads(name: string): () => void {
    settle(this.world);
    const repository = this.repository(name);
    repository.headsHeld = true;
    return () => {
      repository.headsHeld = false;
      settle(this.world);
    };
  }

  /** `mergeable` says nothing for so many questions: of one pull request now, or after each change of a head or base. */
  hideMergeable(name: string, { reads, number }: { readonly reads: number; readonly number?: number }): void {
    if (number === undefined) this.repository(name).unknownReads = reads;
    else this.pull(name, number).unknown = reads;
  }

  limits(): Limits {
    return this.world.limits;
  }

  // What was seen

  points(login: string): Spent {
    return this.world.limits.spent(login);
  }

  requests(): readonly Entry[] {
    return this.journal.entries();
  }

  /** The first request, past or future, that `match` accepts. */
  request(match: (entry: Entry) => boolean, signal: AbortSignal): Promise<Entry> {
    return this.journal.find(match, signal);
  }

  /** An older host, whose issues have no dependencies: a query that names them is refused. */
  withoutDependencies(): void {
    this.world.dependencies = false;
  }

  /** The same for sub-issues. */
  withoutSubIssues(): void {
    this.world.subIssues = false;
  }

  /** For a test that asks for what GitHub refuses. */
  forgetViolations(): void {
    this.#violations.length = 0;
  }

  /** Where an answer, a query or a request was otherwise than GitHub describes, or the stage lacks something. */
  violations(): readonly string[] {
    return [...this.#violations];
  }

  /** Whether answers of REST are held against GitHub's description: only where it was fetched. */
  get validates(): boolean {
    return openApi() !== null;
  }
}
