// Finds tasks that wait for each other in a circle and would so wait for ever. The search is linear in tasks and
// dependencies and needs no recursion, so a chain of a hundred thousand tasks does not exhaust the stack.

export interface Dependent {
  readonly id: string;
  readonly blockedBy: readonly string[];
  readonly blocks?: readonly string[];
}

interface Node {
  readonly id: string;
  readonly index: number;
  /** The tasks that it waits for, without ids that belong to no task. */
  readonly others: Node[];
  /** How many of `others` were visited so far. */
  followed: number;
  /** The number of its first visit; -1 before. */
  order: number;
  /** The earliest visit, not yet finished, that can be reached from here. */
  low: number;
  /** Nodes that reach each other share a group; -1 until the group is known. */
  group: number;
}

/**
 * One circle of each group of tasks that wait for each other. Each id of a circle waits for the next one, and the last
 * for the first. The task that comes first in the list begins.
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

/** Finds strongly connected components (Tarjan's algorithm). */
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
        // The search runs from the end, because from the front a long chain would take quadratic time.
        if (at.low === at.order) for (const member of open.splice(open.lastIndexOf(at))) member.group = at.order;
      } else if (next.order === -1) enter(next);
      else if (next.group === -1) at.low = Math.min(at.low, next.order);
    }
  }
}

function nextInGroup(node: Node): Node | undefined {
  return node.others.find((other) => other.group === node.group);
}

/** Each node of a group waits for another node of the group, so a walk within the group returns to its start. */
function circleFrom(start: Node): string[] {
  const walked = new Set<Node>();
  let at: Node | undefined = start;
  for (; at !== undefined && !walked.has(at); at = nextInGroup(at)) walked.add(at);
  const path = [...walked];
  const circle = path.slice(path.findIndex((node) => node === at));
  const first = circle.indexOf(circle.reduce((least, node) => (node.index < least.index ? node : least)));
  return [...circle.slice(first), ...circle.slice(0, first)].map((node) => node.id);
}
