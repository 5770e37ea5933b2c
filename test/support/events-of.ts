// The events of a running `--json` supervisor. All of them are kept, so that none is missed between two calls.
import type { ChildProcess } from 'node:child_process';

type Told = Readonly<Record<string, unknown>>;
type Match = (event: Told) => boolean;

/** Returns the first event, past or future, that matches; fails if the supervisor ends without one. */
export function eventsOf(child: ChildProcess): (match: Match) => Promise<Told> {
  const told: Told[] = [];
  const waiting = new Set<() => boolean>();
  let rest = '';
  let end: Error | null = null;
  const look = (): void => {
    for (const one of waiting) if (one()) waiting.delete(one);
  };
  child.stdout?.on('data', (chunk: Buffer | string) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    told.push(...lines.map((line) => JSON.parse(line) as Told));
    look();
  });
  child.once('close', (code, signal) => {
    end = new Error(`the supervisor ended with ${code ?? signal} before the event`);
    look();
  });
  return (match) =>
    new Promise((resolve, reject) => {
      waiting.add(() => {
        const found = told.find(match);
        if (found !== undefined) resolve(found);
        else if (end !== null) reject(end);
        return found !== undefined || end !== null;
      });
      look();
    });
}

const stage =
  (name: string) =>
  (task: string): Match =>
  (event) =>
    event['type'] === 'attempt' && event['task'] === task && event['stage'] === name;
export const running = stage('running');
export const stopping = stage('stopping');
/** Matches when the agent of this task has said something. */
export const atWork =
  (task: string): Match =>
  (event) =>
    event['type'] === 'progress' && event['task'] === task && (event['event'] as Told)['type'] === 'said';
export const becomes =
  (task: string, to: string): Match =>
  (event) =>
    event['type'] === 'task' && event['task'] === task && event['to'] === to;
export const judged =
  (task: string): Match =>
  (event) =>
    event['type'] === 'verdict' && event['task'] === task;
export const warned =
  (code: string): Match =>
  (event) =>
    event['type'] === 'warning' && event['code'] === code;
export const draining: Match = (event) => event['type'] === 'draining';
