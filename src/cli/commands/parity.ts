// `parity`: shows commands, MCP servers and permissions of every installed agent side by side, according to its files and
// to the agent itself. Exits 1 if something drifted: if it was never written, is out of date, is not seen by its agent, or
// was written for another version of it.
import type { Fault } from '../../core/fault.ts';
import { standingOf, type Item, type Standing } from '../../core/own/piece.ts';
import { table } from '../../lib/table.ts';
import type { SelfReport } from '../../ports/own-configuration.ts';
import { exitCodes, printJson, refuse, type CliContext } from '../context.ts';
import { carryOutAll, type Own } from '../../api/own.ts';
import { ownsInView, type Owns } from '../own-in-view.ts';
import { paint } from '../paint.ts';

/** An agent that does not answer within this time counts as silent. The slowest measured took 4 s. */
const askMs = 60_000;

interface Told {
  readonly own: Own;
  /** Null if it did not answer. */
  readonly report: SelfReport | null;
}

interface Cell {
  readonly state: Standing | 'unsupported' | 'absent';
  readonly detail: string | null;
}

export interface ParityFlags {
  json?: boolean;
  fix?: boolean;
  project?: boolean;
  agent?: readonly string[];
}

export async function parity(this: CliContext, flags: ParityFlags): Promise<void> {
  let owns = await ownsInView(this, flags);
  if (owns.all.length === 0)
    return refuse(this, 'no installed agent has a configuration of its own; `yardmaster agents` shows which agents are known');
  const failed: Fault[] = [];
  if (flags.fix === true) {
    failed.push(...(await carryOutAll(owns.all.map(({ plan }) => plan))));
    owns = await ownsInView(this, flags);
  }
  const told = await Promise.all(owns.all.map((own) => ask(this, { own, owns })));
  const items = itemsOf(told);
  const agents = told.map((one) => agentView(one));
  const faults = [...failed, ...owns.all.flatMap(({ plan }) => plan.faults)];
  const cells = items.flatMap((item) => Object.values(item.agents));
  const drift = faults.length > 0 || agents.some(({ drifted }) => drifted !== null) || cells.some(({ state }) => isDrift(state));
  if (drift) this.exit = exitCodes.failed;
  if (flags.json === true) return printJson(this, { drift, agents, items });
  const { bad, good, dim, bold } = paint(this.out);
  const coloured = (state: Cell['state']): string =>
    isDrift(state) ? bad(state) : state === 'same' ? good(state) : state === 'absent' ? dim('-') : bold(state);
  const names = agents.map(({ name }) => name);
  const rows = items.map((item) => [`${item.kind} ${item.name}`, ...names.map((name) => coloured((item.agents[name] ?? absent).state))]);
  this.out.write(table([['', ...agents.map(({ name, version }) => `${name} ${version ?? ''}`.trim())], ...rows]));
  const notes = items.flatMap((item) =>
    Object.entries(item.agents).flatMap(([name, { detail }]) =>
      detail === null ? [] : [[dim(name), `${item.kind} ${item.name}`, detail]],
    ),
  );
  if (notes.length > 0) this.out.write(`\n${table(notes)}`);
  for (const { name, drifted } of agents) if (drifted !== null) this.err.write(`${name}: ${drifted}\n`);
  for (const fault of faults) this.err.write(`${fault.message}\n  → ${fault.hint}\n`);
  if (drift) this.err.write('  → yardmaster parity --fix brings all of it up to date, except your own entries\n');
}

const absent: Cell = { state: 'absent', detail: null };

function isDrift(state: Cell['state']): boolean {
  return state === 'missing' || state === 'drifted';
}

async function ask(context: CliContext, given: { own: Own; owns: Owns }): Promise<Told> {
  const { own, owns } = given;
  const settings = owns.settings.agents[own.agent.facts.name];
  if (settings === undefined) return { own, report: null };
  const question = own.agent.own.question({ settings: { ...settings, path: own.path }, env: context.env, cwd: context.cwd });
  const { stdout } = await owns.host.ask(question, { timeoutMs: askMs, signal: new AbortController().signal });
  return { own, report: own.agent.own.answer(stdout) };
}

interface AgentView {
  readonly name: string;
  readonly version: string | null;
  readonly versionAtSetup: string | null;
  readonly root: string;
  /** The agent reported what it knows. */
  readonly answered: boolean;
  /** In which way it differs from what was set up, as text. */
  readonly drifted: string | null;
}

function agentView({ own, report }: Told): AgentView {
  const { version, deployed } = own;
  const versionThen = deployed?.version ?? null;
  const { name } = own.agent.facts;
  const drifted =
    deployed === null
      ? 'not set up yet; run yardmaster setup'
      : version !== versionThen
        ? `updated since it was set up: ${versionThen ?? 'unknown'} → ${version ?? 'unknown'}`
        : report === null
          ? 'it did not report what it knows'
          : null;
  return { name, version, versionAtSetup: versionThen, root: own.root, answered: report !== null, drifted };
}

interface ItemView extends Item {
  readonly agents: Readonly<Record<string, Cell>>;
}

function itemsOf(told: readonly Told[]): readonly ItemView[] {
  const items = new Map<string, Item>();
  for (const { own } of told) for (const { of } of [...own.plan.steps, ...own.lost]) items.set(`${of.kind} ${of.name}`, of);
  const kinds = ['command', 'server', 'rule'] as const;
  return [...items.values()]
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
    .map((of) => ({ ...of, agents: Object.fromEntries(told.map((one) => [one.own.agent.facts.name, cellOf(one, of)])) }));
}

function cellOf({ own, report }: Told, item: Item): Cell {
  const isOf = ({ of }: { readonly of: Item }): boolean => of.kind === item.kind && of.name === item.name;
  const steps = own.plan.steps.filter(isOf).flatMap(({ step }) => (step === 'forget' ? [] : [step]));
  const lost = own.lost.filter(isOf).map(({ what }) => what);
  const detail = lost.length === 0 ? null : lost.join('; ');
  if (steps.length === 0) return lost.length === 0 ? absent : { state: 'unsupported', detail };
  const state = standingOf(steps);
  const known = { command: report?.commands, server: report?.servers, rule: undefined }[item.kind];
  const unseen = state !== 'missing' && state !== 'removed' && known?.includes(item.name) === false;
  return unseen ? { state: 'drifted', detail: `${own.agent.facts.name} does not see it` } : { state, detail };
}
