// `setup`, `update`, `uninstall`: write the agents' own configurations from one source, bring them up to date, and remove
// everything again. Entries that we did not write, or that were changed since, are left alone.
import type { Item, Lost, Step } from '../../core/own/piece.ts';
import { userSources } from '../../config/paths.ts';
import { table } from '../../lib/table.ts';
import type { Plan } from '../../ports/deployer.ts';
import { openDeployer } from '../compose.ts';
import { agreed } from '../confirm.ts';
import { exitCodes, printJson, refuse, type CliContext } from '../context.ts';
import { homely } from '../homely.ts';
import { carryOutAll } from '../../api/own.ts';
import { ownsInView } from '../own-in-view.ts';
import { patchOf } from '../patch.ts';

interface Job {
  readonly agent: string;
  readonly version: string | null;
  readonly root: string;
  readonly lost: readonly Lost[];
  readonly plan: Plan;
}

/** The flags of `setup`. `update` never asks, and `uninstall` removes whatever was written. */
export interface SetupFlags {
  json?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  project?: boolean;
  agent?: readonly string[];
}

export async function setup(this: CliContext, flags: SetupFlags): Promise<void> {
  const { all } = await ownsInView(this, flags);
  if (all.length === 0)
    return refuse(this, 'no installed agent has a configuration of its own; `yardmaster agents` shows which agents are known');
  await carryOut(this, { jobs: all.map((own) => ({ ...own, agent: own.agent.facts.name })), flags });
  if (flags.json !== true && this.exit === null)
    this.out.write(
      `put your own into ${homely(this, userSources(this.env))}: commands/NAME.md, mcp.yaml, permissions.yaml; then run: yardmaster update\n`,
    );
}

export async function update(this: CliContext, flags: SetupFlags): Promise<void> {
  const { all } = await ownsInView(this, flags);
  const jobs = all.filter(({ deployed }) => deployed !== null).map((own) => ({ ...own, agent: own.agent.facts.name }));
  if (jobs.length === 0) return refuse(this, 'nothing was set up yet; begin with yardmaster setup');
  await carryOut(this, { jobs, flags: { ...flags, yes: true } });
}

/** Needs no installed agent, because the records say everything that was written. */
export async function uninstall(this: CliContext, flags: SetupFlags): Promise<void> {
  const deployer = await openDeployer(this);
  const chosen = (await deployer.deployed()).filter(({ agent }) => flags.agent?.includes(agent) ?? true);
  if (chosen.length === 0) return refuse(this, 'nothing was set up');
  const jobs = await Promise.all(chosen.map(async (deployed) => ({ ...deployed, lost: [], plan: await deployer.planBack(deployed) })));
  await carryOut(this, { jobs, flags });
}

async function carryOut(context: CliContext, given: { jobs: readonly Job[]; flags: SetupFlags }): Promise<void> {
  const { jobs, flags } = given;
  const changes = jobs.flatMap(({ plan }) => plan.changes);
  if (flags.json !== true) for (const job of jobs) tell(context, job);
  const patch = changes.map((change) => patchOf(change)).join('');
  const faults = jobs.flatMap(({ plan }) => plan.faults);
  if (flags.dryRun === true && flags.json !== true) context.out.write(patch);
  const go =
    flags.dryRun !== true &&
    (changes.length === 0 ||
      (await agreed(context, {
        yes: flags.yes === true,
        question: `Write ${files(changes.length)}?`,
        hint: 'add --yes to write them, or --dry-run to see the changes',
      })));
  if (go) faults.push(...(await carryOutAll(jobs.map(({ plan }) => plan))));
  for (const fault of faults) context.err.write(`${fault.message}\n  → ${fault.hint}\n`);
  if (faults.length > 0) context.exit = exitCodes.failed;
  if (flags.json === true)
    return printJson(context, { applied: go && faults.length === 0, agents: jobs.map((job) => jobView(job)), patch });
  if (changes.length === 0 && faults.length === 0) context.out.write('nothing to do\n');
  else if (go) context.out.write(`${files(changes.length)} written\n`);
  else if (flags.dryRun !== true) refuse(context, 'nothing was changed');
}

function files(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'}`;
}

const words: Readonly<Partial<Record<Step, string>>> = {
  add: 'add',
  update: 'update',
  remove: 'remove',
  yours: 'yours, left as it is',
  changed: 'changed by you, left as it is',
  removed: 'removed by you, not written again',
};

function tell(context: CliContext, job: Job): void {
  context.out.write(`${job.agent}${job.version === null ? '' : ` ${job.version}`} · ${homely(context, job.root)}\n`);
  const rows = itemSteps(job.plan).flatMap(({ of, step, path }) => {
    const word = words[step];
    return word === undefined ? [] : [['', word, `${of.kind} ${of.name}`, homely(context, path)]];
  });
  const lost = job.lost.map(({ of, what }) => ['', 'note', `${of.kind} ${of.name}`, what]);
  context.out.write(table([...rows, ...lost]));
  const unchanged = job.plan.steps.filter(({ step }) => step === 'keep' || step === 'same').length;
  if (unchanged > 0) context.out.write(`  ${unchanged} already up to date\n`);
}

/** One rule may consist of several pieces that are treated alike. */
function itemSteps(plan: Plan): readonly { of: Item; step: Step; path: string }[] {
  return [...new Map(plan.steps.map((done) => [JSON.stringify([done.of, done.step, done.path]), done])).values()];
}

function jobView({ agent, version, root, lost, plan }: Job): object {
  return {
    agent,
    version,
    root,
    steps: itemSteps(plan).map(({ of, step, path }) => ({ ...of, step, path })),
    lost: lost.map(({ of, what }) => ({ ...of, what })),
  };
}
