// Tasks that wait for each other in a circle and so would wait for ever. Linear in tasks and dependencies, and without
// recursion: a chain of a hundred thousand tasks is no problem for the stack.

export interface Dependent {
  readonly id: string;
  readonly blockedBy: readonly string[];
  readonly blocks?: readonly string[];
}

interface Node {
  readonly id: string;
  readonly index: number;
  /** Whom it waits for; ids that no task has are left out. */
  readonly others: Node[];
  /** How many of `others` were followed. */
  followed: number;
  /** Number of its first visit, -1 before. */
  order: number;
  /** The earliest visit still open that can be reached from here. */
  low: number;
  /** Nodes that reach each other have the same group; -1 while that is open. */
  group: number;
}

/**
 * One circle out of each group of tasks that wait for each other. A circle's ids are in the order of waiting, each for
 * the next one and the last for the first, and begin with the task that comes first in the list.
 */
export function findCycles(tasks: readonly Dependent[]): string[][] {
  const nodes = nodesOf(tasks);
  formGroups(nodes);
  const cycles: string[][] = [];
  const told = new Set<number>();
  for (const node of nodes) {
    if (told.has(node.group) || nextInGroup(node) === undefined) continue;
    told.add(node.group);
    cycles.push(circleFrom(node));
  }
  return cycles;
}

function nodesOf(tasks: readonly Dependent[]): Node[] {
  const nodes = tasks.map(({ id }, index): Node => ({ id, index, others: [], followed: 0, order: -1, low: -1, group: -1 }));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const task of tasks) {
    const waiting = byId.get(task.id);
    for (const id of task.blockedBy) link(waiting, byId.get(id));
    for (const id of task.blocks ?? []) link(byId.get(id), waiting);
  }
  return nodes;
}

function link(waiting: Node | undefined, other: Node | undefined): void {
  if (waiting !== undefined && other !== undefined) waiting.others.push(other);
}

/** Strongly connected components after Tarjan. */
function formGroups(nodes: readonly Node[]): void {
  let visits = 0;
  const open: Node[] = [];
  const path: Node[] = [];
  const enter = (node: Node): void => {
    node.order = visits;
    node.low = visits;
    visits += 1;
    open.push(node);
    path.push(node);
  };
  for (const root of nodes) {
    if (root.order === -1) enter(root);
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = at.others[at.followed];
      at.followed += 1;
      if (next === undefined) {
        path.pop();
        const before = path.at(-1);
        if (before !== undefined) before.low = Math.min(before.low, at.low);
        // From the end: searched from the front, a long chain would be quadratic.
        if (at.low === at.order) for (const member of open.splice(open.lastIndexOf(at))) member.group = at.order;
      } else if (next.order === -1) enter(next);
      else if (next.group === -1) at.low = Math.min(at.low, next.order);
    }
  }
}

function nextInGroup(node: Node): Node | undefined {
  return node.others.find((other) => other.group === node.group);
}

/** Each node of a group waits for another of it, so that a walk within the group comes back to itself. */
function circleFrom(start: Node): string[] {
  const walked = new Set<Node>();
  let at: Node | undefined = start;
  for (; at !== undefined && !walked.has(at); at = nextInGroup(at)) walked.add(at);
  const path = [...walked];
  const circle = path.slice(path.findIndex((node) => node === at));
  const first = circle.indexOf(circle.reduce((least, node) => (node.index < least.index ? node : least)));
  return [...circle.slice(first), ...circle.slice(0, first)].map((node) => node.id);
}
