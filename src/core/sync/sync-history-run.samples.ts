// One random history: its steps are taken on the model of both sides, everybody syncs until nothing is left to do, and the
// outcome is checked: whatever two people, workers, three who sync and crashes do, nothing that a person wrote is lost, nothing
// is doubled, and both sides come to rest.
import fc from 'fast-check';
import { parseTodo } from '../todo/line.ts';
import { fields } from './fields.ts';
import { trustedMarker } from './intake.ts';
import { planSync } from './plan.ts';
import type { SyncPlan } from './sync-plan.ts';
import { wrongParents } from './sync-history-parents.samples.ts';
import {
  anyStep,
  fieldOf,
  issueWritten,
  newLedger,
  personStep,
  sidesOf,
  sideOf,
  synced,
  taskOfChange,
  watched,
  type Ledger,
  type Step,
} from './sync-history.samples.ts';
import {
  carryOut,
  factsOf,
  sampleIssue,
  sampleSyncTask,
  sampleWorld,
  syncAll,
  type Participant,
  type World,
} from './sync-world.samples.ts';

function begin(): { world: World; ledger: Ledger; people: Participant[]; texts: World['text'][] } {
  const ledger = newLedger();
  const world = sampleWorld({
    text: '# Tasks\n\n- [ ] t1 One #bug ref:GH#1\n- [ ] t2 Two blocked-by:t1 ref:GH#2 logged:2026-01-01\n  - Notes: a note\n- [ ] t3 Three #auto-dispatch\n- [ ] t4 Four\n',
    issues: new Map([
      [1, sampleIssue({ title: 't1: One', body: 'Words\r\n' })],
      [2, sampleIssue({ number: 2, title: 'Two', labels: ['ui'], assignees: ['bob'] })],
    ]),
    tasks: new Map([['t1', sampleSyncTask()]]),
    policy: { ...sampleWorld().policy, create: 'marked' },
  });
  const people = ['one', 'two'].map((name): Participant => ({ name, memory: new Map(), copy: null }));
  // Before anything was common, a tag that somebody has removed on one side is no different from one that was never there.
  for (const who of people) syncAll({ world, who });
  return { world, ledger, people: [...people, { name: 'actions', memory: null, copy: null }], texts: ['', world.text] };
}

function watching(given: { world: World; ledger: Ledger; who: Participant; may?: (key: string) => boolean }): World['watch'] {
  const { who, ...more } = given;
  return (effect, change) => {
    watched({ ...more, by: 'sync', effect, what: `${who.name} (${change.do})` });
    if (change.do === 'write-issue') issueWritten(given.world, given.ledger, change.number);
  };
}

function take(given: ReturnType<typeof begin> & { step: Step }): void {
  const { world, ledger, people, texts, step } = given;
  const { kind, a, b } = step;
  const who = people[a % people.length]!;
  const watch = (may?: (key: string) => boolean) => watching({ world, ledger, who, ...(may === undefined ? {} : { may }) });
  world.watch = watch();
  switch (kind as string) {
    case 'sync':
    case 'push':
    case 'resolve': {
      const ids = parseTodo({ text: world.text, ids: 't' }).tasks.map(({ id }) => id);
      const id = ids[b % Math.max(1, ids.length)] ?? 't1';
      const field = fields[b % fields.length]!;
      const side = sideOf(b);
      if (kind === 'resolve') world.watch = watch((key) => fieldOf(key).task === id && fieldOf(key).field === field);
      syncAll({
        world,
        who,
        facts: { push: kind === 'push' ? [id] : [], keep: new Map(kind === 'resolve' ? [[id, { [field]: side }]] : []) },
      });
      synced(world, ledger);
      if (kind !== 'resolve') ledger.torn.clear();
      return;
    }
    case 'cut': {
      const plan = planSync(factsOf(world, who));
      if (plan.changes.length === 0) return;
      carryOut({ world, who, plan, cut: { at: b % plan.changes.length, lost: b % 2 === 0 } });
      for (const change of plan.changes) {
        const task = taskOfChange(change) ?? [...ledger.numbers].find(([, number]) => 'number' in change && number === change.number)?.[0];
        if (task !== undefined) ledger.torn.add(task);
      }
      return;
    }
    // A run that starts from an older commit, and whose own commit is refused.
    case 'stale': {
      const old: Participant = { name: 'stale', memory: null, copy: { text: texts[b % texts.length]!, briefs: world.briefs } };
      const plan = planSync(factsOf(world, old, { onward: false }));
      const skip = new Set(
        plan.changes.flatMap((change) =>
          change.do === 'write-line' || change.do === 'move-task' || change.do === 'create-issue'
            ? change.task
            : change.do === 'add-line'
              ? change.line.id
              : [],
        ),
      );
      const numbers = new Set([...ledger.numbers].flatMap(([id, number]) => (skip.has(id) ? number : [])));
      const changes = plan.changes.filter(
        (change) => !skip.has(taskOfChange(change) ?? '') && !('number' in change && numbers.has(change.number)),
      );
      carryOut({ world, who: old, plan: { ...plan, changes, seen: [] } });
      return;
    }
    default: {
      const effect = personStep({ world, ledger, step });
      if (effect === null) return;
      watched({ world, ledger, by: 'person', effect, what: kind });
      texts.push(world.text);
    }
  }
}

function rest(given: ReturnType<typeof begin>): readonly SyncPlan[] {
  const { world, ledger, people } = given;
  for (let round = 0; round < 2; round += 1) {
    for (const who of people) {
      world.watch = watching({ world, ledger, who });
      syncAll({ world, who });
      synced(world, ledger);
    }
  }
  return people.map((who) => planSync(factsOf(world, who)));
}

function runHistory(steps: readonly Step[], trace: (text: string) => void = () => {}): void {
  const given = begin();
  for (const step of steps) {
    trace(JSON.stringify(step));
    take({ ...given, step });
    trace(
      JSON.stringify({
        text: given.world.text,
        open: [...given.ledger.open.keys()],
        deps: [...given.world.issues.values()].map(({ number, dependencies, parent }) => [number, dependencies, parent]),
      }),
    );
  }
  const plans = rest(given);
  const { world, ledger } = given;
  const problems = [
    ...plans.flatMap(({ changes }) => changes.map((change) => `not at rest: ${JSON.stringify(change)}`)),
    ...differences({ world, ledger, told: plans }),
    ...doubled(world, plans),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Open edits and differences that nobody is told about. */
export function differences(given: {
  readonly world: World;
  readonly ledger: Ledger;
  /** What everybody who syncs is told in the end. */
  readonly told: readonly Pick<SyncPlan, 'conflicts' | 'notices'>[];
}): readonly string[] {
  const { world, ledger, told } = given;
  const isTold = (task: string, field: string): boolean =>
    told.some(
      ({ conflicts, notices }) =>
        conflicts.some((one) => one.task === task && one.field === field) ||
        notices.some((one) => one.task === task && one.code !== 'behind'),
    );
  const { todo, issue } = sidesOf(world, ledger);
  const wrong = wrongParents({ world, ledger: ledger.parents });
  const parents = [...wrong].flatMap(([number, text]) =>
    told.some(({ notices }) => notices.some((one) => one.number === number)) ? [] : text,
  );
  const lost = [...ledger.open.keys()].filter((key) => {
    const { task, field } = fieldOf(key);
    return todo.has(task) && issue.has(task) && !isTold(task, field);
  });
  const different = [...issue].flatMap(([id, there]) => {
    const line = todo.get(id);
    return line === undefined
      ? []
      : fields.flatMap((field) =>
          isTold(id, field) || String(line[field]) === String(there[field])
            ? []
            : `${id}/${field}: ${String(line[field])} | ${String(there[field])}`,
        );
  });
  return [...lost.map((key) => `lost: ${key}`), ...different, ...parents];
}

/** An issue whose line is gone, or whose text is held, is left alone: whatever is twice there, a person has doubled. */
function doubled(world: World, plans: readonly SyncPlan[]): readonly string[] {
  const issues = [...world.issues.values()];
  const tasks = issues.flatMap((issue) => trustedMarker({ issue, policy: world.policy })?.task ?? []);
  const twice = tasks.filter((task, index) => tasks.indexOf(task) !== index).map((task) => `two issues of ${task}`);
  const kept = new Set(plans.flatMap(({ seen }) => seen.map(({ number }) => number)));
  const parts = issues
    .filter(({ body, number }) => kept.has(number) && body.split('<!-- yardmaster:begin').length > 2)
    .map(({ number }) => `our part twice in #${number}`);
  return [...twice, ...parts];
}

/** Tries so many random histories, and returns how many were tried to the end. */
export function tryHistories(histories: number): number {
  let tried = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 5, maxLength: 30, size: 'max' }), (steps) => {
      runHistory(steps);
      tried += 1;
    }),
    { numRuns: histories },
  );
  return tried;
}
