// Keeps secrets out of stored foreign text: transcripts, verdicts and reasons are masked before they are written.
import type { Store } from '../ports/store.ts';
import type { Vault } from '../ports/vault.ts';

export function maskedStore(store: Store, { masked: of }: Pick<Vault, 'masked'>): Store {
  return {
    ...store,
    addEvents: (given) => store.addEvents({ ...given, events: of(given.events) }),
    patchAttempt: ({ lease, patch }) =>
      store.patchAttempt({ lease, patch: patch.stop === undefined ? patch : { ...patch, stop: of(patch.stop) } }),
    requestStop: ({ attempt, stop }) => store.requestStop({ attempt, stop: of(stop) }),
    close: ({ lease, closing, task }) =>
      store.close({ lease, closing: { ...closing, verdict: of(closing.verdict) }, task: { ...task, reason: of(task.reason) } }),
    patchTask: ({ patch, ...given }) =>
      store.patchTask({ ...given, patch: patch.reason === undefined ? patch : { ...patch, reason: of(patch.reason) } }),
    moveTask: (given) => store.moveTask({ ...given, reason: of(given.reason) }),
    changePull: (given) => store.changePull({ ...given, change: (task) => of(given.change(task)) }),
    addToFeed: (events) => store.addToFeed(of(events)),
    changeCondition: ({ kind, name, change }) => store.changeCondition({ kind, name, change: (state) => of(change(state)) }),
  };
}
