// Plans one sync of TODO.md and a forge's issues: from the facts of both sides to a list of changes. Carried out, the same
// plan made again is empty; where tasks or issues were new, a second round tells their numbers to their neighbours. Every
// change says what it was planned on, and is left out by whoever carries it out if that has changed meanwhile.
import { idsIn, parseTodo, type TodoTask } from '../todo/line.ts';
import { addLine, type NewLine } from './add-line.ts';
import { idForIntake, titleParts, trustedMarker } from './intake.ts';
import { personText, readIssueBody } from './issue-body.ts';
import { commonTitle } from './common-title.ts';
import { pairUp, type Arriving, type Notice, type Pair } from './pair-up.ts';
import { listView, type ListView } from './part-facts.ts';
import { planCreations } from './plan-creation.ts';
import { planIssue, type Outcome } from './plan-issue.ts';
import { planLine, type LinePlan } from './plan-line.ts';
import type { Issue, SyncFacts } from './sync-facts.ts';
import { tagsOfIssue, tagToWrite } from './labels.ts';
import { loginsOf } from './values.ts';
import type { Change, SyncPlan } from './sync-plan.ts';

export function planSync(facts: SyncFacts): SyncPlan {
  const { ids } = facts.list;
  const lines = parseTodo(facts.list).tasks;
  const paired = pairUp({ facts, lines });
  const arrivals = planArrivals({ facts, arriving: facts.flows === 'issue' ? [] : paired.arrivals, lines });
  const numbers = new Map([
    ...paired.pairs.map(({ todo, issue }) => [todo.id, issue.number] as const),
    ...arrivals.map(({ line }) => [line.id, line.ref] as const),
  ]);
  let { text } = facts.list;
  let { briefs } = facts;
  const write = (written: { readonly text: string; readonly brief: string | null }, id: string): void => {
    ({ text } = written);
    if (written.brief !== null) briefs = new Map([...briefs, [id, written.brief]]);
  };
  const judged = paired.pairs.map((pair) => {
    const plan = planLine({ facts: { ...facts, list: { text, ids }, briefs }, pair, numbers });
    write(plan, pair.todo.id);
    return { pair, plan };
  });
  const added = arrivals.filter(({ line }) => {
    const written = addLine({ list: { text, ids }, line });
    if (written !== null) write(written, line.id);
    return written !== null;
  });
  const after: SyncFacts = { ...facts, list: { text, ids }, briefs };
  const view = listView(parseTodo(after.list).tasks);
  const outcomes = topDown([...judged, ...planAdded({ facts: after, added, view, numbers })], view).map(({ pair, plan }) =>
    planIssue({ facts: after, view, pair, plan, numbers }),
  );
  const created = planCreations({ facts: after, view, single: paired.single });
  const ofLists = [...judged.flatMap(({ plan }) => plan.changes), ...added.map(({ line }): Change => ({ do: 'add-line', line }))];
  const ofIssues = [...outcomes.flatMap(({ changes }) => changes), ...created.changes];
  return {
    numbers,
    changes: facts.flows === 'todo' ? ofLists : [...ofLists, ...ofIssues],
    conflicts: judged.flatMap(({ pair, plan }) =>
      plan.judged.conflicts.map((one) => ({ ...one, task: pair.todo.id, number: pair.issue.number })),
    ),
    notices: [
      ...paired.notices,
      ...judged.flatMap(({ plan }) => plan.notices),
      ...unwritable({ arrivals, added }),
      ...outcomes.flatMap(noticesOf),
      ...created.notices,
    ],
    seen: outcomes.flatMap(({ seen }) => seen ?? []),
  };
}

/** Subtasks after their parents: the forge refuses a sub-issue above which it stands itself, until that one has been moved. */
function topDown<Planned extends { readonly pair: Pair }>(all: readonly Planned[], view: ListView): readonly Planned[] {
  const levelOf = ({ todo }: Pair): number => {
    const seen = new Set<string>();
    for (let id: string | null = todo.id; id !== null && !seen.has(id); id = view.tasks.get(id)?.parent ?? null) seen.add(id);
    return seen.size;
  };
  return all.toSorted((a, b) => levelOf(a.pair) - levelOf(b.pair));
}

const noticesOf = ({ notices }: Outcome): readonly Notice[] => notices;

interface Arrival {
  readonly issue: Issue;
  readonly line: NewLine;
}

function planArrivals({
  facts,
  arriving,
  lines,
}: {
  facts: SyncFacts;
  arriving: readonly Arriving[];
  lines: readonly TodoTask[];
}): readonly Arrival[] {
  const { policy, list } = facts;
  const marked = facts.issues.flatMap((issue) => trustedMarker({ issue, policy })?.task ?? []);
  // Also ids of lines that are gone: their issues still have them.
  const taken = new Set([...facts.taken, ...lines.map(({ id }) => id), ...idsIn(list), ...facts.remembered.keys(), ...marked]);
  return arriving.map(({ issue, text }) => {
    const id = idForIntake({ issue: { ...issue, title: text.title }, policy, ids: list.ids, taken: [...taken] });
    taken.add(id);
    const parts = titleParts({ title: text.title, ids: list.ids });
    const title = commonTitle({ title: parts.id === id ? parts.rest : text.title, ids: list.ids });
    const tags = tagsOfIssue({ labels: issue.labels, intake: policy.intake }).map((name) => tagToWrite({ name, intake: policy.intake }));
    const body = personText(readIssueBody(text.body));
    return { issue, line: { id, title, tags, assignee: loginsOf(issue.assignees), ref: issue.number, body } };
  });
}

/** A new line is the same as its issue in everything that it took over. */
function planAdded(given: {
  facts: SyncFacts;
  added: readonly Arrival[];
  view: ListView;
  numbers: ReadonlyMap<string, number>;
}): readonly { pair: Pair; plan: LinePlan }[] {
  const { facts, added, view, numbers } = given;
  return added.flatMap(({ issue, line }) => {
    const todos = [...view.tasks.values()].filter(({ id }) => id === line.id);
    return todos.map((todo) => {
      const pair = { todo, issue, lacksRef: false };
      return { pair, plan: planLine({ facts, pair, numbers }) };
    });
  });
}

function unwritable({ arrivals, added }: { arrivals: readonly Arrival[]; added: readonly Arrival[] }): readonly Notice[] {
  return arrivals.flatMap((arrival) => {
    if (added.includes(arrival)) return [];
    const { id, ref } = arrival.line;
    return {
      code: 'unwritable',
      task: id,
      number: ref,
      message: `issue #${ref} cannot be written into TODO.md as ${id}`,
      hint: 'run yardmaster doctor to see what is wrong with TODO.md; or add a line for the issue yourself, with ref:GH#' + String(ref),
    } as const;
  });
}
