// `pr`, `open`, `merge`: the pull requests of tasks, for a person at a terminal.
import { mergedView } from '../../api/merge-branch.ts';
import { askMerge } from '../../api/merge-pull.ts';
import { listPulls, pullView, type PulledTask } from '../../api/pulls.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import { Fault } from '../../core/fault.ts';
import { openPorts, openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { takeTask } from '../find-task.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { repoInView } from '../registered.ts';
import { seeMergesThrough } from '../see-merges-through.ts';
import { printed } from './act.ts';

export interface PrFlags {
  json?: boolean;
  repo?: string;
  all?: boolean;
}

export async function pr(this: CliContext, flags: PrFlags, id?: string): Promise<void> {
  const store = await openStore(this);
  try {
    const one = id === undefined ? null : await takeTask(this, { store, id, repo: flags.repo });
    const repo = one === null ? await repoInView(this, { store, repo: flags.repo, all: flags.all === true }) : one.repo;
    const pulls = await listPulls({ store }, { ...(repo === null ? {} : { repo }), ...(one === null ? {} : { ids: [one.id] }) });
    if (flags.json === true) return printJson(this, pulls.map(pullView));
    if (pulls.length === 0) return this.err.write(`${one === null ? 'no task has a' : `${one.id} has no`} pull request\n`);
    await print(this, { pulls, isAlone: one !== null });
  } finally {
    await store.end();
  }
}

async function print(
  context: CliContext,
  { pulls, isAlone }: { readonly pulls: readonly PulledTask[]; readonly isAlone: boolean },
): Promise<void> {
  // Loaded only here, because the module that measures the width of characters takes 40 ms to load.
  const [{ table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
  const rows = pulls.map((pull) => {
    const view = pullView(pull);
    const [number, state, checks, review] = ['number', 'state', 'checks', 'review'].map((key) => String(view[key]));
    return [
      pull.task.id,
      `#${number}`,
      state ?? '',
      checks ?? '',
      review ?? '',
      isAlone ? pull.words.text : cut(context.out, pull.words.text, 60),
    ];
  });
  context.out.write(table([['ID', 'PR', 'STATE', 'CHECKS', 'REVIEW', 'STANDING'], ...rows]));
  if (!isAlone) return;
  for (const { record, words } of pulls) {
    const next = words.command === null ? words.advice : `${words.advice}: ${words.command}`;
    const checks = record.checks !== null && record.checks.are.known ? record.checks.are.checks : [];
    context.out.write(table([['  page', record.seen.url], ['  next', next], ...checks.map(({ name, state }) => [`  ${state}`, name])]));
    const others = record.others ?? [];
    if (others.length > 0) context.out.write('\nSaid there, and given to no worker:\n');
    for (const { author, text, url } of others) context.out.write(`  ${author}: ${text}\n    ${url}\n`);
  }
}

export async function open(this: CliContext, flags: { readonly repo?: string; readonly print?: boolean }, id: string): Promise<void> {
  const store = await openStore(this);
  try {
    const task = await takeTask(this, { store, id, repo: flags.repo });
    const url = openedPull(task.delivery)?.seen.url ?? null;
    if (url === null)
      throw new Fault({
        code: 'unknown-pull-request',
        message: `${task.id} has no pull request that could be opened`,
        hint: `yardmaster show ${task.id} shows its branch and its commit`,
      });
    this.out.write(`${url}\n`);
    if (flags.print !== true) await openInBrowser(this, url);
  } finally {
    await store.end();
  }
}

export async function merge(this: CliContext, flags: { readonly json?: boolean; readonly repo?: string }, ...ids: string[]): Promise<void> {
  const opened = await openPorts(this);
  const { store } = opened.ports;
  try {
    const tasks = await Promise.all([...new Set(ids)].map((id) => takeTask(this, { store, id, repo: flags.repo })));
    const outcomes = [];
    for (const task of tasks) outcomes.push(await askMerge(opened, task));
    const asked = await printed(this, outcomes);
    if (asked.length === 0) return;
    const pulled = asked.filter(({ delivery }) => openedPull(delivery) !== null);
    const merged = asked.filter(({ delivery }) => openedPull(delivery) === null);
    if (flags.json !== true) for (const { id, delivery } of merged) this.out.write(`${id}  ${delivery?.evidence ?? 'merged'}\n`);
    const seen = pulled.length === 0 ? [] : await seeMergesThrough(this, { opened, tasks: pulled, json: flags.json === true });
    if (flags.json === true) return printJson(this, [...merged.map(mergedView), ...seen.map(pullView)]);
    for (const { task, record, words } of seen) this.out.write(`${task.id}  #${record.seen.number}  ${words.text}\n`);
  } finally {
    await opened.end();
  }
}
