// Random histories of both sides, carried out for real: TODO.md and briefs on the disk, the issues of a forge in memory, two
// supervisors with databases of their own and a job of the forge's without one, and kills around each effect. The ledger of
// `core/sync` tells whether an edit of a person was lost.
import fc from 'fast-check';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fields } from '../../core/sync/fields.ts';
import { trustedMarker } from '../../core/sync/intake.ts';
import {
  anyStep,
  fieldOf,
  issueWritten,
  newLedger,
  personStep,
  sideOf,
  synced,
  watched,
  type Ledger,
  type Step,
} from '../../core/sync/sync-history.samples.ts';
import { differences } from '../../core/sync/sync-history-run.samples.ts';
import type { Issue } from '../../core/sync/sync-facts.ts';
import { sampleSyncTask, sampleWorld, type World } from '../../core/sync/sync-world.samples.ts';
import { parseTodo } from '../../core/todo/line.ts';
import type { ForgeIssues } from '../../ports/forge-issues.ts';
import type { SyncAsk, SyncOutcome } from '../../ports/issue-sync.ts';
import type { TodoFile } from '../../ports/todo-file.ts';
import { issuesStage, stagePolicy, type IssuesStage, type Participant } from './issues-stage.samples.ts';

class Killed extends Error {}

interface History {
  readonly stage: IssuesStage;
  /** Both sides as they are, refreshed after each effect. */
  readonly world: World;
  readonly ledger: Ledger;
  readonly people: (() => Promise<Participant>)[];
  readonly names: readonly string[];
  /** Effects until the process is killed, before or after that one. */
  kill: { left: number; readonly after: boolean } | null;
  may: (key: string) => boolean;
  who: string;
}

const todo =
  '# Tasks\n\n- [ ] t1 One #bug ref:GH#1\n- [ ] t2 Two blocked-by:t1 ref:GH#2 logged:2026-01-01\n  - Notes: a note\n- [ ] t3 Three #auto-dispatch\n- [ ] t4 Four\n';

async function begin(): Promise<History> {
  const stage = issuesStage(todo);
  stage.open({ by: 'ann', title: 't1: One', body: 'Words\r\n' });
  stage.open({ by: 'ann', title: 'Two', labels: ['ui'], assignees: ['bob'] });
  const world = sampleWorld({ policy: { ...stagePolicy, create: 'marked' }, tasks: new Map([['t1', sampleSyncTask()]]) });
  const history: History = {
    ...{ stage, world, ledger: newLedger(), people: [], names: ['one', 'two', 'actions'], kill: null, may: () => false, who: '' },
  };
  await refresh(history);
  for (const login of ['ada', 'bob']) {
    const made = await participant(history, login);
    history.people.push(async () => made);
  }
  // A job begins with an empty database each time.
  history.people.push(() => participant(history, 'actions[bot]'));
  for (const who of history.people) await run(history, { who });
  return history;
}

function participant(history: History, login: string): Promise<Participant> {
  const effect = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const { kill } = history;
    if (kill !== null && (kill.left -= 1) < 0 && !kill.after) throw new Killed();
    const done = await work();
    await noticed(history, `${history.who} (${what})`);
    if (kill !== null && kill.left < 0) throw new Killed();
    return done;
  };
  const isJob = login === 'actions[bot]';
  return history.stage.participant({
    login,
    ...(isJob ? { git: { commit: 'c', file: 'committed' as const } } : {}),
    tasks: isJob ? new Map() : history.world.tasks,
    file: (file): TodoFile => ({
      ...file,
      edit: (...given) => effect('edit', () => file.edit(...given)),
      setBrief: (given) => effect('brief', () => file.setBrief(given)),
    }),
    issues: (issues): ForgeIssues => ({
      ...issues,
      write: (given) =>
        effect('write-issue', async () => {
          const is = await issues.write(given);
          await refresh(history);
          if (is) issueWritten(history.world, history.ledger, given.number);
          return is;
        }),
      create: (given) => effect('create-issue', () => issues.create(given)),
      depend: (given) => effect('depend', () => issues.depend(given)),
      setParent: (given) =>
        effect('set-parent', () =>
          issues.setParent(given).catch((error: unknown) => {
            history.world.refused.add(given.number);
            throw error;
          }),
        ),
      comment: (given) => effect('comment', () => issues.comment(given)),
    }),
  });
}

/** What somebody who syncs has changed is judged by the ledger. */
async function noticed(history: History, what: string): Promise<void> {
  const { world, ledger, may } = history;
  history.stage.tick();
  await refresh(history);
  watched({ world, ledger, by: 'sync', effect: () => {}, what, may });
}

async function refresh({ stage, world }: History): Promise<void> {
  world.text = stage.read();
  const folder = join(stage.repo, 'todo', 'tasks');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('-brief.md')) : [];
  world.briefs = new Map(names.map((name) => [name.slice(0, -'-brief.md'.length), readFileSync(join(folder, name), 'utf8')]));
  world.issues = new Map((await shown(stage)).map((issue) => [issue.number, issue]));
  world.now = stage.forge.state.now();
  world.made = stage.repository.issues.size;
}

async function shown({ forge, repository }: IssuesStage): Promise<readonly Issue[]> {
  const signal = new AbortController().signal;
  const answer = await forge.forge.signIn({ host: 'github.com', hosts: [], secret: null, pointsPerHour: 1e9, signal });
  if (!answer.signedIn) throw new Error(answer.message);
  const numbers = [...repository.issues.keys()];
  return (
    await answer.account.issues.read({
      ...{ repository: repository.at, labels: [], since: null, numbers, intake: 'auto-dispatch' },
      isOurs: () => false,
    })
  ).issues;
}

/** Carries what a person did in the model over to the disk and the forge. */
function applied({ stage, world }: History, before: ReadonlyMap<number, Issue>): void {
  stage.write(world.text);
  mkdirSync(join(stage.repo, 'todo', 'tasks'), { recursive: true });
  for (const [id, text] of world.briefs) writeFileSync(join(stage.repo, 'todo', 'tasks', `${id}-brief.md`), text);
  const { issues } = stage.repository;
  for (const [number, issue] of world.issues) {
    if (before.get(number) === issue) continue;
    const { revisions, labelled, dependencies, parent, comment: _comment, isPull: _isPull, ...content } = issue;
    const known = issues.get(number);
    const isAssignable = (login: string): boolean => stage.repository.people.has(login);
    issues.set(number, {
      ...{ comments: known?.comments ?? [], gone: null, updatedAt: stage.forge.state.now(), labelled: new Map() },
      ...content,
      assignees: content.assignees.filter(isAssignable),
      dependencies: dependencies ?? [],
      parent: parent ?? 'none',
      revisions: revisions.map(({ by, ...one }) => ({ ...one, by: by.login })),
      ...(labelled === null ? {} : { labelled: new Map([['auto-dispatch', { by: labelled.by.login, at: labelled.at }]]) }),
    });
  }
  for (const { number, gone, to } of world.gone) Object.assign(issues.get(number) ?? {}, { gone: { gone, to } });
}

async function run(
  history: History,
  { who, ask = {} }: { readonly who: () => Promise<Participant>; readonly ask?: Partial<SyncAsk> },
): Promise<SyncOutcome> {
  history.who = history.names[history.people.indexOf(who)] ?? '';
  const participant = await who();
  return participant.run({ policy: { ...history.world.policy, me: participant.login }, ...ask });
}

async function take(history: History, step: Step): Promise<void> {
  const { world, ledger, people, stage } = history;
  const { kind, a, b } = step;
  const who = people[a % people.length]!;
  stage.tick();
  history.may = () => false;
  history.kill = null;
  switch (kind as string) {
    case 'sync':
    case 'stale':
    case 'push':
    case 'resolve': {
      const ids = parseTodo({ text: world.text, ids: 't' }).tasks.map(({ id }) => id);
      const id = ids[b % Math.max(1, ids.length)] ?? 't1';
      const field = fields[b % fields.length]!;
      if (kind === 'resolve') history.may = (key) => fieldOf(key).task === id && fieldOf(key).field === field;
      // A person may sync in one direction only, and the rest waits.
      const flows = kind === 'stale' ? (b % 2 === 0 ? 'todo' : 'issue') : 'both';
      const { done } = await run(history, {
        who,
        ask: { flows, push: kind === 'push' ? [id] : [], keep: new Map(kind === 'resolve' ? [[id, { [field]: sideOf(b) }]] : []) },
      });
      synced(world, ledger);
      if (kind === 'sync') ledger.torn.clear();
      // What went in one direction only is in no marker yet, so others cannot tell it from a person's edit.
      if (kind === 'stale') for (const { task } of done) ledger.torn.add(task);
      return;
    }
    case 'cut': {
      history.kill = { left: b % 6, after: a % 2 === 0 };
      try {
        await run(history, { who });
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        for (const todo of parseTodo({ text: stage.read(), ids: 't' }).tasks) ledger.torn.add(todo.id);
        for (const id of ledger.numbers.keys()) ledger.torn.add(id);
      } finally {
        history.kill = null;
      }
      return;
    }
    default: {
      const effect = personStep({ world, ledger, step });
      if (effect === null) return;
      const before = new Map(world.issues);
      watched({ world, ledger, by: 'person', effect, what: kind });
      applied(history, before);
      await refresh(history);
    }
  }
}

async function runHistory(steps: readonly Step[]): Promise<void> {
  const history = await begin();
  try {
    for (const step of steps) await take(history, step);
    history.may = () => false;
    for (let round = 0; round < 2; round += 1) {
      for (const who of history.people) {
        await run(history, { who });
        synced(history.world, history.ledger);
      }
    }
    const outcomes: SyncOutcome[] = [];
    for (const who of history.people) outcomes.push(await run(history, { who, ask: { dryRun: true } }));
    const problems = [
      ...outcomes.flatMap(({ done }) => done.map((one) => `not at rest: ${JSON.stringify(one)}`)),
      ...differences({ world: history.world, ledger: history.ledger, told: outcomes }),
      ...doubled(history, outcomes),
    ];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  } finally {
    history.stage.end();
  }
}

/** An issue whose line is gone, or whose text is held, is left alone: whatever is twice there, a person has doubled. */
function doubled({ world, stage }: History, outcomes: readonly SyncOutcome[]): readonly string[] {
  const issues = [...world.issues.values()];
  const tasks = issues.flatMap((issue) => trustedMarker({ issue, policy: world.policy })?.task ?? []);
  const twice = tasks.filter((task, index) => tasks.indexOf(task) !== index).map((task) => `two issues of ${task}`);
  const held = new Set(outcomes.flatMap(({ notices }) => notices.flatMap(({ code, number }) => (code === 'held' ? (number ?? []) : []))));
  const kept = new Set(outcomes.flatMap(({ numbers }) => [...numbers.values()]));
  const parts = issues
    .filter(({ body, number }) => kept.has(number) && !held.has(number) && body.split('<!-- yardmaster:begin').length > 2)
    .map(({ number }) => `our part twice in #${number}`);
  const comments = [...stage.repository.issues.values()]
    .filter((issue) => issue.comments.filter(({ text }) => text.includes('<!-- yardmaster:comment')).length > 1)
    .map(({ number }) => `two comments of ours in #${number}`);
  return [...twice, ...parts, ...comments];
}

/** Tries so many random histories, and returns how many were tried to the end. */
export async function tryHistories(histories: number): Promise<number> {
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 20, size: 'max' }), async (steps) => {
      await runHistory(steps);
      tried += 1;
    }),
    { numRuns: histories },
  );
  return tried;
}
