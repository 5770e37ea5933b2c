// Says where a task stands: why it is there, what would move it on, and the command for that. A code without words here
// does not compile.
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

/** What the words depend on beside the standing. */
export interface About {
  readonly task: Pick<Task, 'id' | 'repo' | 'reason'>;
  /** The kinds of the supervisors that are at work. */
  readonly supervisors: ReadonlySet<'run' | 'up' | 'pulse'>;
  /** Accounts that are not used until a person resumes them. */
  readonly paused: readonly string[];
  /** How the agent of its last attempt is signed in; null: there was none. */
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
  // The facts are those of the code, which the compiler cannot follow through the table.
  const words = table[standing.code] as (facts: Standing['facts'], about: About) => Said;
  return { ...words(standing.facts, about), until: untilOf(standing) };
}

const waits: Table<WaitFacts> = {
  attached: () => said('a person is at work in its worktree', 'the end of the session that a person attached to', null),
  clearing: () => said('its old worktree is being taken away', 'the end of that, by itself', null),
  'not-marked': (_, { task }) =>
    said('it is not marked #auto-dispatch', 'the tag #auto-dispatch on its line, or naming it', `yardmaster run --task ${task.id}`),
  'line-gone': (_, { task }) => said('its line is no longer in TODO.md', 'its line in TODO.md', `yardmaster cancel ${task.id}`),
  'line-unread': () => said('its line in TODO.md cannot be read', 'its line in TODO.md, once that is mended', 'yardmaster doctor'),
  'batch-paused': ({ batch }) => said(`batch ${batch} is paused`, 'resuming the batch', `yardmaster batch resume ${batch}`),
  'batch-cancelled': ({ batch }, { task }) => said(`batch ${batch} is cancelled`, 'another batch', `yardmaster cancel ${task.id}`),
  dependency: ({ on }, { task }) => {
    const each = on.map(
      ({ id, state }) => `${id} (${state ?? 'there is no open task of that id: add it, or take the id out of blocked-by'})`,
    );
    return said(`it waits for ${each.join(', ')}`, 'the end of what it waits for', `yardmaster explain ${on[0]?.id ?? task.id}`);
  },
  'back-off': ({ reason }, { task }) => said(textOf(reason), 'time; a retry starts it at once', `yardmaster retry ${task.id}`),
  'set-aside': ({ why }, { task }) =>
    said(
      `its repository is set aside: ${conditionText(why)}`,
      'its repository, which is tried again by itself; a retry tries it at once',
      `yardmaster retry ${task.id}`,
    ),
};

const table: Table<StandingFacts> = {
  ...waits,
  unlooked: (_, about) => ready(about, ''),
  startable: (_, about) => ready(about, 'it is ready; '),
  hindered: (facts) =>
    said(`it cannot be started now: ${textOf({ code: 'fault', facts })}`, 'the next try, which is made by itself', 'yardmaster doctor'),
  faulty: (facts, { task }) => cannotStart(task, { code: 'fault', facts }),
  'without-servers': (facts, { task }) => cannotStart(task, { code: 'unknown-servers', facts }),
  refused: ({ refused, reasons }, { task }) => {
    const command = refused === 'untrusted' ? `yardmaster trust --repo ${task.repo}` : `yardmaster route --task ${task.id}`;
    return said(`no route: ${routeText(reasons)}`, refusalHints[refused], command);
  },
  'tried-first': ({ tried }) =>
    said(`it is ready; the sign-in of ${tried} is tried first`, 'the end of that trial, by itself', 'yardmaster accounts'),
  full: (full) => said(`it is ready; ${fullText(full)}`, ...adviceToFull(full)),
  working: ({ working }, { task }) => {
    const command = `yardmaster logs ${task.id} --follow`;
    if (working === null) return said('it is being worked on', 'the end of its worker', command);
    const end = working.state === 'settling' ? 'the end of that, by itself' : 'the end of its worker';
    return said(atWork(working), `${end}${working.stop === null ? '' : `; ${afterStop(working.stop.reason)}`}`, command);
  },
  orphaned: ({ working }) => said(`${atWork(working)}; its supervisor is gone`, 'a supervisor that takes it over', 'yardmaster run'),
  'beyond-reach': ({ working, where }) =>
    said(
      `${atWork(working)}; its worker is on ${where}, which cannot be reached from here`,
      'a supervisor that reaches it; until then nobody can tell whether its worker lives',
      null,
    ),
  delivered: ({ evidence, reason }) =>
    said(
      `its work arrived: ${evidence ?? textOf(reason)}`,
      'the next pulse finishes it, or the end of its open subtasks',
      'yardmaster pulse',
    ),
  done: ({ evidence, reason }) => said(evidence ?? textOf(reason), 'nothing: it is done', null),
  cancelled: ({ reason }, { task }) => said(textOf(reason), 'a person', `yardmaster retry ${task.id}`),
  blocked: ({ reason }, about) => said(textOf(reason), ...adviceToGivenUp(about)),
  failed: ({ reason }, about) => said(textOf(reason), ...adviceToGivenUp(about)),
};

function said(text: string, advice: string, command: string | null): Said {
  return { text, advice, command };
}

function ready({ task, supervisors }: About, lead: string): Said {
  if (supervisors.size === 0) return said(`${lead}no supervisor is at work`, 'a supervisor', 'yardmaster run');
  if (supervisors.has('up')) return said(`${lead}a supervisor is at work`, 'the next pulse', 'yardmaster pulse');
  const text = `${lead}a \`run\` is at work, which may not look after this task`;
  return said(text, 'a supervisor that looks after it', `yardmaster run --task ${task.id}`);
}

const fullWords: Words<FullFacts> = {
  'every-place': () => 'all workers that there is room for are busy',
  workers: ({ limit }) => `all ${limit} workers are busy`,
  host: ({ limit }) => `its host bears ${limit} workers at once, and all are busy`,
  place: ({ place, limit }) => `the place ${place} takes ${limit} workers at once, and all are busy`,
  repository: ({ limit }) => `limits.perRepository is ${limit}`,
  model: ({ model, limit }) => `limits.perModel of ${model} is ${limit}`,
  account: ({ account, limit }) => `limits.perAccount of ${account} is ${limit}`,
  batch: ({ batch, limit }) => `batch ${batch} runs ${limit} at once`,
  memory: ({ needs, spare }) => `one more worker needs ${inMegabytes(needs)} of memory, and ${inMegabytes(spare)} are to spare`,
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
      return ['the end of a worker, or a higher supervisor.concurrency', 'yardmaster status'];
    case 'host':
      return ['the end of a worker on its host, or a number as supervisor.concurrency', 'yardmaster status'];
    case 'place':
      return ['the end of a worker in its place', 'yardmaster status'];
    case 'repository':
      return ['the end of a worker of its repository, or a higher limits.perRepository', 'yardmaster status'];
    case 'model':
      return ['the end of a worker with its model, or a higher limits.perModel', 'yardmaster status'];
    case 'account':
      return ['the end of a worker on that account, or a higher limits.perAccount', 'yardmaster accounts'];
    case 'batch':
      return ['the end of a worker of its batch', `yardmaster batch show ${full.facts.batch}`];
    case 'memory':
      return ['memory: the end of a worker, or of something else on this machine', 'yardmaster status'];
  }
}

function cannotStart({ id }: About['task'], reason: TaskReason): Said {
  return said(`it cannot be started: ${textOf(reason)}`, adviceToReason(reason), `yardmaster retry ${id}`);
}

/** What only a person can mend, before and after the task is blocked by it. */
function adviceToReason(reason: TaskReason): string {
  if (reason.code === 'unknown-servers')
    return 'a server of that name in mcp.yaml, or another one on its line; `yardmaster mcp` lists them';
  return reason.code === 'fault' ? reason.facts.hint : 'a person who fixes the problem above, and then tries the task again';
}

const refusalHints: Readonly<Record<Refusal['refused'], string>> = {
  untrusted: failureRule('untrusted').hint,
  'unknown-agent': 'the name of an agent that there is; `yardmaster agents` lists them',
  'agent-not-installed':
    'installing that agent, with which it goes on by itself, or forcing another one; `yardmaster agents` tells what is there',
  'unknown-role': 'a role that is described in a file roles/NAME.md, or none',
  'unknown-model': 'a tier, or a model as provider/model',
  'provider-not-served': 'an agent that serves the provider, or another model',
  // The same word stands for a worker's own budget: what a person does about it is the same, too.
  budget: failureRule('budget').hint,
  'provider-down': 'time: one task will try the provider again',
  'models-overloaded': 'time: each model of its chain is tried again after a back-off',
  'no-place': 'a place in places.use that takes the agent and the account',
  'no-account': 'an account that can be used: `yardmaster accounts` tells of each why not',
  'no-agent': 'an agent that serves the model, with which it goes on by itself; `yardmaster agents` tells what is there',
};

function atWork({ attempt, agent, model, state, stop, route }: NonNullable<StandingFacts['working']['working']>): string {
  const judged = 'has ended; its work is being judged, checked and pushed';
  const doing = { preparing: 'is being prepared', running: 'is at work', settling: judged, closed: 'is closed' }[state];
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
