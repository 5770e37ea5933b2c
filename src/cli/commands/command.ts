// `command`: exactly what would be executed, secrets masked.
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { decideRoute, type RouteFacts } from '../../core/route.ts';
import { loadSettings } from '../../config/load.ts';
import { agentActions } from '../../ports/agent.ts';
import type { CommandFlags } from '../app.ts';
import { homeOf, openAgents, repoAt } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';

export async function showCommand(this: CliContext, flags: CommandFlags, name: string, word: string): Promise<void> {
  const agents = await openAgents();
  const agent = agents.get(name);
  if (agent === undefined)
    throw new Fault({
      code: 'unknown-agent',
      message: `there is no agent ${name}`,
      hint: `the agents are ${[...agents.keys()].join(', ')}`,
    });
  const action = agentActions.find((one) => one === word);
  if (action === undefined)
    throw new Fault({ code: 'usage', message: `"${word}" is no action`, hint: `the actions are ${agentActions.join(', ')}` });
  const repo = await repoAt(flags.repo ?? this.cwd);
  const { settings } = await loadSettings({ env: this.env, repo, flags: {} });
  const config = settings.agents[name];
  if (config === undefined)
    throw new Fault({ code: 'unknown-agent', message: `the configuration has no agent ${name}`, hint: 'take it back into `agents`' });
  const model = resolve({
    facts: { ...agent.facts, installed: true },
    tiers: settings.models.tiers,
    model: flags.model ?? settings.models.default,
  });
  const cwd = repo ?? this.cwd;
  const spec = agent.command(action, {
    settings: config,
    model,
    prompt: flags.prompt ?? '<prompt>',
    cwd,
    taskFolder: join(homeOf(this).tasks, '<task>'),
    title: '<title>',
    newSession: '00000000-0000-4000-8000-000000000000',
    resume: flags.resume ?? null,
    maxSteps: settings.worker.maxSteps,
    maxBudgetUsd: settings.worker.maxBudgetUsd,
    fallbackModel: settings.models.fallback,
    env: this.env,
    uid: this.uid,
    foreign: await agent.survey({ cwd, env: { ...this.env, ...config.env } }),
  });
  const set = Object.fromEntries(
    Object.entries(spec.env.set).map(([key, value]) => [key, spec.env.secret.includes(key) ? '<secret>' : value]),
  );
  if (flags.json === true)
    return printJson(this, {
      file: spec.file,
      args: spec.args,
      env: { set, unset: spec.env.unset },
      stdin: spec.stdin,
      cwd: spec.cwd,
      files: spec.files.map((file) => file.path),
    });
  this.out.write(`${[spec.file, ...spec.args].map(quoted).join(' ')}\n\nENVIRONMENT (nothing else is passed on)\n`);
  for (const [key, value] of Object.entries(set).sort(([a], [b]) => a.localeCompare(b))) this.out.write(`  ${key}=${value}\n`);
  for (const key of spec.env.unset) this.out.write(`  not passed: ${key}\n`);
  this.out.write(`\nSTANDARD INPUT\n${spec.stdin === null ? '  empty' : spec.stdin}\n\nFOLDER\n  ${spec.cwd}\n`);
}

function resolve(given: { facts: RouteFacts['agents'][number]; tiers: Readonly<Record<string, string>>; model: string }): string {
  const { facts } = given;
  const decision = decideRoute({
    forced: [{ agent: facts.name, by: 'this command' }],
    models: [{ model: given.model, by: 'this command' }],
    tiers: given.tiers,
    agents: [facts],
    avoid: [],
    place: 'local',
  });
  if (!('refused' in decision)) return decision.model;
  throw new Fault({ code: decision.refused, message: decision.reasons.join('; '), hint: 'name another --model' });
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
