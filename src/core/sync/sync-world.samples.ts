// A model of both sides for tests: TODO.md with its briefs, the issues of a forge, and the tasks as a supervisor stores them.
// It carries plans out as an executor has to: a change whose ground has moved is left out together with the later ones of
// its task, and what is remembered is stored around the write of the issue.
import { parseTodo } from '../todo/line.ts';
import { addLine } from './add-line.ts';
import type { Values } from './fields.ts';
import { trustedMarker } from './intake.ts';
import { contentOf, type IssueContent } from './issue-draft.ts';
import { planSync } from './plan.ts';
import type { Change, SyncPlan } from './sync-plan.ts';
import { numberOf } from './pair-up.ts';
import type { Issue, Person, Remembered, SyncFacts, SyncPolicy, SyncTask } from './sync-facts.ts';
import { valuesOfLine } from './values.ts';
import { writeLine } from './write-line.ts';

export const owner: Person = { login: 'ann', association: 'OWNER' };
export const stranger: Person = { login: 'eve', association: 'NONE' };
export const robot: Person = { login: 'yard', association: 'COLLABORATOR' };

export const samplePolicy: SyncPolicy = {
  repo: 'acme/app',
  me: 'yard',
  intake: 'auto-dispatch',
  trust: ['OWNER', 'MEMBER', 'COLLABORATOR'],
  create: 'never',
};

export function sampleIssue(more: Partial<Issue> = {}): Issue {
  const { title = 'Fix the parser', body = '' } = more;
  return {
    number: 1,
    title,
    body,
    state: 'open',
    reason: null,
    closedBy: null,
    reopenedBy: null,
    labels: [],
    assignees: [],
    revisions: [{ by: owner, at: 0, title, body }],
    labelled: null,
    isPull: false,
    dependencies: [],
    parent: 'none',
    comment: null,
    ...more,
  };
}

export function sampleSyncTask(more: Partial<SyncTask> = {}): SyncTask {
  return { state: 'queued', verifyFailed: false, evidence: null, dispatched: null, implemented: null, pull: null, ...more };
}

/** Who syncs. Without a memory it plans from the markers only. */
export interface Participant {
  readonly name: string;
  memory: Map<string, Remembered> | null;
  /** An older copy of the list; null: it has the one that everybody has. */
  copy: { text: string; briefs: ReadonlyMap<string, string> } | null;
}

export interface World {
  policy: SyncPolicy;
  text: string;
  briefs: ReadonlyMap<string, string>;
  plans: ReadonlyMap<string, string>;
  issues: Map<number, Issue>;
  gone: SyncFacts['gone'];
  tasks: Map<string, SyncTask>;
  now: number;
  /** Numbers and comments made so far. */
  made: number;
  /** The issues of which the forge refused a parent. */
  refused: Set<number>;
  /** Called around each effect, for what a test watches. */
  watch: (effect: () => void, change: Change) => void;
}

export function sampleWorld(more: Partial<World> = {}): World {
  return {
    policy: samplePolicy,
    text: '',
    briefs: new Map(),
    plans: new Map(),
    issues: new Map(),
    gone: [],
    tasks: new Map(),
    now: 1000,
    made: 100,
    refused: new Set(),
    watch: (effect) => effect(),
    ...more,
  };
}

export function factsOf(world: World, who: Participant, more: Partial<SyncFacts> = {}): SyncFacts {
  return {
    policy: world.policy,
    list: { text: who.copy?.text ?? world.text, ids: 't' },
    briefs: who.copy?.briefs ?? world.briefs,
    plans: world.plans,
    onward: true,
    flows: 'both',
    tasks: world.tasks,
    issues: [...world.issues.values()],
    gone: world.gone,
    remembered: who.memory ?? new Map(),
    taken: [],
    keep: new Map(),
    push: [],
    ...more,
  };
}

/** Where carrying out a plan ends: before the change of this index, or right after it, its answer lost. */
export interface CutOff {
  readonly at: number;
  readonly lost: boolean;
}

/** Answers the tasks and numbers of the changes that were left undone. */
export function carryOut(given: { world: World; who: Participant; plan: SyncPlan; cut?: CutOff | null }): boolean {
  const { world, who, plan, cut = null } = given;
  const failed = new Set<string>();
  const keyOf = (change: Change): string => subject(world, change);
  for (const [index, change] of plan.changes.entries()) {
    const key = keyOf(change);
    if (cut !== null && index === cut.at && !cut.lost) return false;
    if (failed.has(key)) continue;
    if (change.do === 'write-issue') remember(who, { ...change, phase: 'before' });
    let done = false;
    world.watch(() => (done = carry(world, who, change)), change);
    if (cut !== null && index === cut.at) return false;
    if (!done) failed.add(key);
    else if (change.do === 'write-issue') remember(who, { ...change, phase: 'after' });
  }
  for (const one of plan.seen) if (!failed.has(`#${one.number}`) && !failed.has(one.task)) remember(who, { ...one, phase: 'after' });
  return failed.size === 0;
}

/** Plans and carries out until nothing is left to do, and answers the last plan. */
export function syncAll(given: { world: World; who: Participant; facts?: Partial<SyncFacts>; rounds?: number }): SyncPlan {
  const { world, who, facts = {}, rounds = 4 } = given;
  for (let round = 0; round < rounds; round += 1) {
    const plan = planSync(factsOf(world, who, round === 0 ? facts : { ...facts, keep: new Map(), push: [] }));
    carryOut({ world, who, plan });
    if (plan.changes.length === 0) return plan;
  }
  const { changes } = planSync(factsOf(world, who));
  throw new Error(`the sync of ${who.name} does not come to rest: ${JSON.stringify(changes).slice(0, 1500)}`);
}

function subject(world: World, change: Change): string {
  if (change.do === 'add-line') return `#${change.line.ref}`;
  if ('number' in change && change.do !== 'move-task') return `#${change.number}`;
  const { task } = change as { task: string };
  const todo = parseTodo({ text: world.text, ids: 't' }).tasks.find(({ id }) => id === task);
  const number = todo === undefined ? null : numberOf(todo);
  return number === null ? task : `#${number}`;
}

function remember(
  who: Participant,
  given: {
    task: string;
    number: number;
    own: Remembered['own'];
    snapshot?: Remembered['own'];
    values: Partial<Values>;
    phase: 'before' | 'after';
  },
): void {
  const { task, number, own, snapshot = own, values, phase } = given;
  const known = who.memory?.get(task);
  if (phase === 'after') who.memory?.set(task, { number, own, next: null, values });
  else if (known?.number === number) who.memory?.set(task, { ...known, next: snapshot });
}

function carry(world: World, who: Participant, change: Change): boolean {
  world.now += 1;
  switch (change.do) {
    case 'move-task': {
      const task = world.tasks.get(change.task);
      if (task === undefined) return false;
      world.tasks.set(change.task, { ...task, state: change.to, evidence: null, pull: null, verifyFailed: false });
      return true;
    }
    case 'write-line':
      return writeTo(
        world,
        who,
        (list, briefs) => {
          const todo = parseTodo(list).tasks.find(({ id }) => id === change.task);
          if (todo === undefined) return null;
          const numbers = new Map([...change.from.blockedBy, ...todo.blockedBy].map((id, index) => [id, index] as const));
          const now = valuesOfLine({ ids: 't', intake: world.policy.intake, numbers, todo, brief: briefs.get(todo.id) ?? null });
          const isSame = (['title', 'body', 'state', 'assignee'] as const).every((field) => now[field] === change.from[field]);
          if (!isSame || now.tags.join() !== change.from.tags.join()) return null;
          return writeLine({ list, id: change.task, brief: briefs.get(change.task) ?? null, set: change.set });
        },
        change.task,
      );
    case 'add-line':
      return writeTo(
        world,
        who,
        (list) => {
          const { tasks } = parseTodo(list);
          if (tasks.some((todo) => todo.id === change.line.id || numberOf(todo) === change.line.ref)) return null;
          return addLine({ list, line: change.line });
        },
        change.line.id,
      );
    case 'depend':
      return changeIssue(world, change.number, (issue) => ({
        dependencies: change.is
          ? [...new Set([...(issue.dependencies ?? []), change.on])]
          : (issue.dependencies ?? []).filter((one) => one !== change.on),
      }));
    case 'set-parent':
      return setParent(world, change);
    case 'write-issue': {
      const issue = world.issues.get(change.number);
      if (issue === undefined || JSON.stringify(contentOf(issue)) !== JSON.stringify(change.from)) return false;
      writeIssue(world, change.number, change.set, robot);
      return true;
    }
    case 'create-issue':
      return create(world, who, change);
    case 'comment':
      return changeIssue(world, change.number, (issue) => {
        if (change.id !== (issue.comment?.id ?? null)) throw new Error('a second comment');
        return { comment: { id: change.id ?? `c${(world.made += 1)}`, text: change.text } };
      });
  }
}

type Edit = (list: { text: string; ids: string }, briefs: ReadonlyMap<string, string>) => { text: string; brief: string | null } | null;

function writeTo(world: World, who: Participant, edit: Edit, id: string): boolean {
  const at = who.copy ?? world;
  const written = edit({ text: at.text, ids: 't' }, at.briefs);
  if (written === null) return false;
  at.text = written.text;
  if (written.brief !== null) at.briefs = new Map([...at.briefs, [id, written.brief]]);
  return true;
}

function create(world: World, who: Participant, change: Change & { do: 'create-issue' }): boolean {
  const isThere = [...world.issues.values()].some((issue) => trustedMarker({ issue, policy: world.policy })?.task === change.task);
  if (isThere) return false;
  const number = (world.made += 1);
  world.issues.set(
    number,
    sampleIssue({
      ...change.content,
      number,
      revisions: [{ by: robot, at: world.now, title: change.content.title, body: change.content.body }],
      labelled: { by: robot, at: world.now },
    }),
  );
  const brief = (who.copy ?? world).briefs.get(change.task) ?? null;
  return writeTo(world, who, (list) => writeLine({ list, id: change.task, brief, set: { ref: number } }), change.task);
}

/** What the forge refuses is left as it is, and the later changes of the task are carried out. */
function setParent(world: World, { number, from, to }: Change & { do: 'set-parent' }): boolean {
  const issue = world.issues.get(number);
  if (issue === undefined || (to !== null && !world.issues.has(to)) || issue.parent !== (from ?? 'none')) return false;
  if (to !== null && isAbove(world, { number, other: to })) world.refused.add(number);
  else changeIssue(world, number, () => ({ parent: to ?? 'none' }));
  return true;
}

/** Whether an issue is the other one, or stands above it. */
export function isAbove(world: World, { number, other }: { number: number; other: number }): boolean {
  for (let one: Issue['parent'] | undefined = other; typeof one === 'number'; one = world.issues.get(one)?.parent)
    if (one === number) return true;
  return false;
}

function changeIssue(world: World, number: number, to: (issue: Issue) => Partial<Issue>): boolean {
  const issue = world.issues.get(number);
  if (issue === undefined) return false;
  world.issues.set(number, { ...issue, ...to(issue) });
  return true;
}

/** What anybody writes to an issue, with who did it. */
export function writeIssue(
  world: World,
  number: number,
  set: Partial<IssueContent> & { dependencies?: readonly number[]; parent?: Issue['parent'] },
  by: Person,
): void {
  world.now += 1;
  changeIssue(world, number, (issue) => {
    const next = { ...issue, ...set };
    const isText = next.title !== issue.title || next.body !== issue.body;
    const label = world.policy.intake;
    const isLabelled = next.labels.includes(label) && !issue.labels.includes(label);
    return {
      ...set,
      ...(next.state === issue.state ? {} : next.state === 'open' ? { reopenedBy: by.login, reason: null } : { closedBy: by.login }),
      ...(isText ? { revisions: [...issue.revisions, { by, at: world.now, title: next.title, body: next.body }] } : {}),
      ...(isLabelled ? { labelled: { by, at: world.now } } : {}),
    };
  });
}

/** Who syncs alone; with null as memory, without a database. */
export function someone(memory: Participant['memory'] = new Map()): Participant {
  return { name: 'one', memory, copy: null };
}
