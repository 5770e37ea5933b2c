// Says where a task stands: why it is there, what would move it on, and the command for that. A code without words here
// does not compile.
import { pullStandingWords } from '../delivery/pull-standing-words.ts';
import { failureRule, type Next } from '../task/failure.ts';
import type { StopReason } from '../task/stop.ts';
import type { Task } from '../task/task.ts';
import type { Refusal } from '../route/route.ts';
import type { Instant } from '../time.ts';
import { failureIn, namesAccount, refusalIn } from './legacy.ts';
import { untilOf, type Full, type FullFacts, type Standing, type StandingFacts, type Wait, type WaitFacts } from './standing-reason.ts';
import { saidText } from './said-words.ts';
import type { TaskReason } from './task-reason.ts';
import { conditionText, routeText, textOf } from './words.ts';
import { worded, type Words } from './worded.ts';

export interface StandingWords {
  readonly text: string;
  /** What has to happen for the task to move on. */
  readonly advice: string;
  /** The command that moves the task on; null if no command does. */
  readonly command: string | null;
  /** When the task moves on by itself; null if it does not wait for a time. */
  readonly until: Instant | null;
}

/** Facts beside the standing on which the text depends. */
export interface About {
  readonly task: Pick<Task, 'id' | 'repo' | 'reason'>;
  /** The kinds of the supervisors that are running. */
  readonly supervisors: ReadonlySet<'run' | 'up' | 'pulse'>;
  /** Accounts that are not used until a person resumes them. */
  readonly paused: readonly string[];
  /** How to sign in with the agent of its last attempt; null if there was none. */
  readonly signIn: string | null;
}

/** Says only why the task waits. */
export function waitText(wait: Wait): string {
  return standingWords(wait, nobody).text;
}

const nobody: About = {
  task: { id: '', repo: '', reason: { code: 'added', facts: {} } },
  supervisors: new Set(),
  paused: [],
  signIn: null,
};

type Said = Omit<StandingWords, 'until'>;
type Table<FactsByCode> = { readonly [Code in keyof FactsByCode]: (facts: FactsByCode[Code], about: About) => Said };

export function standingWords(standing: Standing, about: About): StandingWords {
  // The facts belong to the code, which the compiler cannot see through the table.
  const words = table[standing.code] as (facts: Standing['facts'], about: About) => Said;
  return { ...words(standing.facts, about), until: untilOf(standing) };
}

const waits: Table<WaitFacts> = {
  attached: () => said('a person is working in its worktree', 'it goes on once that person leaves the session', null),
  clearing: () => said('its old worktree is being removed', 'it goes on by itself after that', null),
  following: () => said('its pull request is being worked on by Yardmaster itself', 'it goes on by itself after that', null),
  'not-marked': (_, { task }) =>
    said(
      'it does not have the tag #auto-dispatch',
      'add #auto-dispatch to its line in TODO.md, or start it by its id',
      `yardmaster run --task ${task.id}`,
    ),
  'line-gone': (_, { task }) =>
    said('its line is no longer in TODO.md', 'put its line back into TODO.md, or cancel it', `yardmaster cancel ${task.id}`),
  'line-unread': () =>
    said('its line in TODO.md cannot be read', 'correct its line in TODO.md; it goes on by itself after that', 'yardmaster doctor'),
  'batch-paused': ({ batch }) => said(`batch ${batch} is paused`, 'resume the batch', `yardmaster batch resume ${batch}`),
  'batch-cancelled': ({ batch }, { task }) =>
    said(`batch ${batch} is cancelled`, 'put it into another batch, or cancel it', `yardmaster cancel ${task.id}`),
  dependency: ({ on }, { task }) => {
    const each = on.map(({ id, state }) => `${id} (${state ?? 'no open task has this id: add one, or remove the id from blocked-by'})`);
    return said(`it waits for ${each.join(', ')}`, 'it goes on once these tasks are done', `yardmaster explain ${on[0]?.id ?? task.id}`);
  },
  'several-branches': ({ on }, { task }) =>
    said(
      `it waits for ${on.join(', ')}: they have delivered branches that are not merged, and it can start from only one`,
      'it goes on once all of them but one are merged',
      `yardmaster explain ${on[0] ?? task.id}`,
    ),
  'back-off': ({ reason }, { task }) =>
    said(textOf(reason), 'it is tried again by itself; a retry starts it at once', `yardmaster retry ${task.id}`),
  'set-aside': ({ why }, { task }) =>
    said(
      `its repository is set aside: ${conditionText(why)}`,
      'it is tried again by itself once its repository can be used; a retry tries it at once',
      `yardmaster retry ${task.id}`,
    ),
};

const table: Table<StandingFacts> = {
  ...waits,
  unlooked: (_, about) => ready(about, ''),
  startable: (_, about) => ready(about, 'it is ready; '),
  hindered: (facts) =>
    said(`it cannot be started now: ${textOf({ code: 'fault', facts })}`, 'it is tried again by itself', 'yardmaster doctor'),
  faulty: (facts, { task }) => cannotStart(task, { code: 'fault', facts }),
  'without-servers': (facts, { task }) => cannotStart(task, { code: 'unknown-servers', facts }),
  refused: ({ refused, reasons }, { task }) => {
    const command = refused === 'untrusted' ? `yardmaster trust --repo ${task.repo}` : `yardmaster route --task ${task.id}`;
    return said(`no route: ${routeText(reasons)}`, refusalHints[refused], command);
  },
  'tried-first': ({ tried }) =>
    said(`it is ready; the sign-in of ${tried} is tried first`, 'it goes on by itself after that trial', 'yardmaster accounts'),
  full: (full) => said(`it is ready; ${fullText(full)}`, ...adviceToFull(full)),
  working: ({ working }, { task }) => {
    const command = `yardmaster logs ${task.id} --follow`;
    if (working === null) return said('a worker is working on it', 'wait until its worker ends', command);
    const end = working.state === 'settling' ? 'wait until that is done' : 'wait until its worker ends';
    return said(atWork(working), `${end}${working.stop === null ? '' : `; ${afterStop(working.stop.reason)}`}`, command);
  },
  orphaned: ({ working }) =>
    said(`${atWork(working)}; its supervisor is gone`, 'start a supervisor, which takes it over', 'yardmaster run'),
  'beyond-reach': ({ working, where }) =>
    said(
      `${atWork(working)}; its worker is on ${where}, which cannot be reached from here`,
      'run a supervisor that can reach it; until then nobody can tell whether its worker is alive',
      null,
    ),
  opening: ({ repository }, { supervisors }) =>
    supervisors.size === 0
      ? said(
          `its work arrived, and its pull request at ${repository} is not open yet`,
          'start a supervisor, which opens it',
          'yardmaster run',
        )
      : said(
          `its work arrived, and its pull request at ${repository} is being opened`,
          'it goes on by itself after that',
          'yardmaster status',
        ),
  'in-review': ({ number, stands, wish }, { task }) => {
    const { needsPerson } = stands;
    const { text, advice, command } = pullStandingWords(stands.why, { task: task.id, number, needsPerson, wish });
    return said(text, advice, command);
  },
  delivered: ({ evidence, reason }) =>
    said(
      `its work arrived: ${evidence ?? textOf(reason)}`,
      'the next pulse finishes it, unless it has open subtasks, which come first',
      'yardmaster pulse',
    ),
  done: ({ evidence, reason }) => said(evidence ?? textOf(reason), 'nothing to do: it is done', null),
  cancelled: ({ reason }, { task }) => said(textOf(reason), 'retry it if it is still needed', `yardmaster retry ${task.id}`),
  blocked: ({ reason }, about) => said(textOf(reason), ...adviceToGivenUp(about)),
  failed: ({ reason }, about) => said(textOf(reason), ...adviceToGivenUp(about)),
};

function said(text: string, advice: string, command: string | null): Said {
  return { text, advice, command };
}

function ready({ task, supervisors }: About, lead: string): Said {
  if (supervisors.size === 0) return said(`${lead}no supervisor is running`, 'start a supervisor', 'yardmaster run');
  if (supervisors.has('up')) return said(`${lead}a supervisor is running`, 'the next pulse starts it', 'yardmaster pulse');
  const text = `${lead}a \`yardmaster run\` is running, which may not include this task`;
  return said(text, 'start a supervisor that includes it', `yardmaster run --task ${task.id}`);
}

const fullWords: Words<FullFacts> = {
  'every-place': () => 'every place is full',
  workers: ({ limit }) => `all ${limit} workers are busy`,
  host: ({ limit }) => `its host can run ${limit} workers at once, and all are busy`,
  place: ({ place, limit }) => `the place ${place} runs at most ${limit} workers at once, and all are busy`,
  repository: ({ limit }) => `its repository has reached limits.perRepository (${limit})`,
  model: ({ model, limit }) => `${model} has reached limits.perModel (${limit})`,
  account: ({ account, limit }) => `${account} has reached limits.perAccount (${limit})`,
  batch: ({ batch, limit }) => `batch ${batch} runs at most ${limit} at once`,
  memory: ({ needs, spare }) => `one more worker needs ${inMegabytes(needs)} of memory, and only ${inMegabytes(spare)} are free`,
};

export function fullText(full: Full): string {
  return worded(fullWords, full);
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

function adviceToFull(full: Full): readonly [advice: string, command: string] {
  switch (full.code) {
    case 'every-place':
    case 'workers':
      return ['it starts when a worker ends; to run more at once, raise supervisor.concurrency', 'yardmaster status'];
    case 'host':
      return ['it starts when a worker on its host ends; to run more at once, set supervisor.concurrency to a number', 'yardmaster status'];
    case 'place':
      return ['it starts when a worker in its place ends', 'yardmaster status'];
    case 'repository':
      return ['it starts when a worker in its repository ends; to run more at once, raise limits.perRepository', 'yardmaster status'];
    case 'model':
      return ['it starts when a worker with its model ends; to run more at once, raise limits.perModel', 'yardmaster status'];
    case 'account':
      return ['it starts when a worker on that account ends; to run more at once, raise limits.perAccount', 'yardmaster accounts'];
    case 'batch':
      return ['it starts when a worker of its batch ends', `yardmaster batch show ${full.facts.batch}`];
    case 'memory':
      return ['it starts when a worker, or another program on this machine, frees memory', 'yardmaster status'];
  }
}

function cannotStart({ id }: About['task'], reason: TaskReason): Said {
  return said(`it cannot be started: ${textOf(reason)}`, adviceToReason(reason), `yardmaster retry ${id}`);
}

/** For reasons that only a person can resolve, before and after they block the task. */
function adviceToReason(reason: TaskReason): string {
  if (reason.code === 'unknown-servers')
    return 'add a server of that name to mcp.yaml, or correct the name on its line; `yardmaster mcp` lists all servers';
  return reason.code === 'fault' || reason.code === 'not-opened' ? reason.facts.hint : 'fix the problem above, then try the task again';
}

const refusalHints: Readonly<Record<Refusal['refused'], string>> = {
  untrusted: failureRule('untrusted').hint,
  'unknown-agent': 'use the name of an existing agent; `yardmaster agents` lists all',
  'agent-not-installed': 'install that agent, and the task goes on by itself; or force another one (`yardmaster agents` lists all)',
  'unknown-role': 'describe the role in a file roles/NAME.md, or use none',
  'unknown-model': 'use a tier, or a model as provider/model',
  'provider-not-served': 'use an agent that serves the provider, or another model',
  // The code `budget` also stands for a worker's own budget, for which the advice is the same.
  budget: failureRule('budget').hint,
  'provider-down': 'wait: one task will try the provider again',
  'models-overloaded': 'wait: each model of its chain is tried again after a back-off',
  'no-place': 'add a place to places.use that can run the agent with the account',
  'no-account': 'make an account usable; `yardmaster accounts` says why each is not',
  'no-agent': 'install an agent that serves the model, and the task goes on by itself; `yardmaster agents` lists all',
};

function atWork({ attempt, agent, model, state, stop, route }: NonNullable<StandingFacts['working']['working']>): string {
  const judged = 'has ended; its work is being judged, checked and pushed';
  const doing = { preparing: 'is being prepared', running: 'is running', settling: judged, closed: 'is closed' }[state];
  const stopping = stop === null ? '' : `; it is being stopped: ${saidText(stop.said)}`;
  return `attempt ${attempt} by ${agent} with ${model} ${doing}${stopping} (${routeText(route)})`;
}

const afterFailure: Readonly<Record<Next, string>> = {
  again: 'then it is tried again',
  instead: 'then the next model of its chain is tried, or it waits',
  later: 'then it waits, and is tried again',
  aside: 'then it waits until its repository can be used again',
  elsewhere: 'then another account or agent is tried',
  cooled: 'then another account is tried, or this one when it may be used again',
  never: 'then it is blocked',
};

function afterStop(reason: StopReason): string {
  if (reason === 'cancelled') return 'then it is cancelled';
  return afterFailure[failureRule(reason === 'lost' ? 'killed' : reason).next];
}

/** The advice for a task that was given up, and its command, by what the stored reason names. */
function adviceToGivenUp({ task, paused, signIn }: About): readonly [advice: string, command: string] {
  const retry = `yardmaster retry ${task.id}`;
  if (task.reason.code === 'pull') {
    const { number, why } = task.reason.facts;
    const { advice, command } = pullStandingWords(why, { task: task.id, number, needsPerson: true, wish: null });
    return [advice, command ?? retry];
  }
  const [failed, refused] = [failureIn(task.reason), refusalIn(task.reason)];
  if (failed === 'auth' && signIn !== null) return [signIn, retry];
  const generic = refused === null ? adviceToReason(task.reason) : refusalHints[refused];
  const advice = failed === null ? generic : failureRule(failed).hint;
  const out = failed === 'billing' || refused === 'no-account' ? paused.filter((account) => namesAccount(task.reason, account)) : [];
  const isUntrusted = failed === 'untrusted' || refused === 'untrusted';
  if (out.length === 0) return [advice, isUntrusted ? `yardmaster trust --repo ${task.repo}` : retry];
  // A retry alone would be blocked again at once. Resuming the accounts also queues the task.
  const are = out.length === 1 ? 'is not used until somebody resumes it' : 'are not used until somebody resumes them';
  return [`${advice}; ${out.join(' and ')} ${are}`, out.map((account) => `yardmaster accounts resume ${account}`).join(' && ')];
}
