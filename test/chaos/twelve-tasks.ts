// Twelve tasks, each of which passes every pause point: a first attempt that commits, takes too many steps and falls
// silent, and a second one that leaves its work uncommitted.
import type { Action } from '../agent/script.ts';
import type { YardOptions } from '../support/stage.ts';

const ids = Array.from({ length: 12 }, (_, index) => `t${index + 1}`);

function attempts(id: string): readonly (readonly Action[])[] {
  const commit: Action = { commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } };
  const steps: Action[] = Array.from({ length: 6 }, (_, index) => ({ tool: { name: `step-${index}` } }));
  return [
    [commit, ...steps, { hang: true }],
    [{ edit: { file: `${id}-more.txt`, content: 'more\n' } }, { say: 'done' }],
  ];
}

export const twelveTasks: YardOptions = {
  todo: ids.map((id) => `- [ ] ${id} Task ${id} #auto-dispatch\n`).join(''),
  actions: Object.fromEntries(ids.map((id) => [id, attempts(id)])),
  config: { supervisor: { pollMs: 50 }, worker: { maxSteps: 3, graceSeconds: 1 } },
};
