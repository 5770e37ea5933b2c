// `command`: shows exactly what would be executed, with secrets masked.
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { addressOf, type Account } from '../../core/route/account.ts';
import { privateFolderName } from '../../core/task/folder-names.ts';
import { chooseServers, wantedServers, type McpServer } from '../../core/own/mcp.ts';
import { routeText } from '../../core/reason/words.ts';
import type { Role } from '../../core/own/role.ts';
import { decideRoute, type Refused } from '../../core/route/route.ts';
import type { AgentConfig, Settings } from '../../core/settings.ts';
import { hidden, shownText, shownWords } from '../../core/security/shown.ts';
import { second } from '../../core/time.ts';
import type { Agent } from '../../ports/agent.ts';
import { agentActions, type AgentAction, type Credential, type RunRequest } from '../../ports/command-request.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import type { Place } from '../../ports/place.ts';
import { takeSeen } from '../../supervisor/dispatch/known-accounts.ts';
import { placeFacts } from '../../supervisor/dispatch/snapshot.ts';
import { routeFacts } from '../../supervisor/dispatch/route-task.ts';
import type { Ports } from '../../supervisor/world.ts';
import { homeOf, openAgents, openPorts } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { repoNamed } from '../registered.ts';
import { roleNamed } from '../role.ts';
import { unknownServer } from '../servers.ts';
import { tellDistrust } from '../trust.ts';

export interface CommandFlags {
  json?: boolean;
  model?: string;
  prompt?: string;
  repo?: string;
  resume?: string;
  mcp?: readonly string[];
  role?: string;
}

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
    throw new Fault({ code: 'usage', message: `"${word}" is not an action`, hint: `the actions are ${agentActions.join(', ')}` });
  const opened = await openPorts(this);
  try {
    const repo = await repoNamed(this, flags.repo);
    const cwd = repo ?? this.cwd;
    const { ports } = opened;
    const settings = await ports.settings(cwd);
    tellDistrust(this, { settings, repo });
    const config = settings.agents[name];
    if (config === undefined)
      throw new Fault({ code: 'unknown-agent', message: `the configuration has no agent ${name}`, hint: 'add it to `agents` again' });
    const servers = serversNamed({ settings, names: flags.mcp ?? null, agent: name });
    const role = roleNamed({ settings, name: flags.role ?? null });
    const { model, account, place } = await chosen(ports, { agent, repo: cwd, model: flags.model ?? null, role });
    const site = await (action === 'run' ? (place ?? ports.host) : ports.host).site({
      checkout: cwd,
      taskFolder: join(homeOf(this).tasks, '<task>'),
      privateFolder: join(homeOf(this).attempts, '<attempt>', privateFolderName),
      env: this.env,
    });
    const request = {
      settings: config,
      model,
      prompt: flags.prompt ?? '<prompt>',
      site,
      title: '<title>',
      newSession: '00000000-0000-4000-8000-000000000000',
      resume: flags.resume ?? null,
      maxSteps: settings.worker.maxSteps,
      maxBudgetUsd: settings.worker.maxBudgetUsd,
      fallbackModel: settings.models.fallback,
      foreign: (await agent.survey?.({ site, settings: config })) ?? null,
      // References are shown as they are written; the secrets that they refer to are not read.
      servers,
      serverStartMs: settings.tools.startSeconds * second,
      isolation: settings.tools.isolation,
      role,
      credential: account === null ? null : masked(account, addressOf({ secret: account.secret, agents: settings.agents, env: this.env })),
    };
    show(this, { spec: shownSpec(composed({ agent, action, request }), config), json: flags.json === true });
  } finally {
    await opened.end();
  }
}

/** Faults: `unsupported`. */
function composed(given: { agent: Agent; action: AgentAction; request: Omit<RunRequest, 'action'> }): CommandSpec {
  const { agent, action, request } = given;
  if (action !== 'attach') return agent.command({ action, ...request });
  if (agent.sessions !== null) return agent.sessions.attach({ action, ...request });
  throw new Fault({
    code: 'unsupported',
    message: `${agent.facts.name} has no session that a person could attach to`,
    hint: `its other actions are ${agentActions.filter((one) => one !== action).join(', ')}`,
  });
}

/** Values from the configuration may contain a secret under any name. */
function shownSpec(spec: CommandSpec, config: AgentConfig): CommandSpec {
  const own = new Map(config.args.map((word) => [word, shownWords([word], () => hidden)[0] ?? hidden]));
  const set = Object.entries(spec.env.set).map(([key, value]) => {
    if (spec.env.secret.includes(key)) return [key, hidden];
    return [key, config.env[key] === value ? shownText(value) : value];
  });
  return {
    ...spec,
    args: spec.args.map((word) => own.get(word) ?? withoutPaths(word, config)),
    env: { ...spec.env, set: Object.fromEntries(set) as Record<string, string> },
  };
}

/** An address from the configuration may also occur in an argument that the adapter made. */
function withoutPaths(word: string, config: AgentConfig): string {
  const addresses = Object.values(config.env).filter((value) => value.includes('://'));
  return addresses.reduce((text, address) => text.replaceAll(address, shownText(address)), word);
}

function show(context: CliContext, given: { spec: CommandSpec; json: boolean }): void {
  const { spec, json } = given;
  const { set } = spec.env;
  if (json)
    return printJson(context, {
      file: spec.file,
      args: spec.args,
      env: { set, unset: spec.env.unset },
      stdin: spec.stdin,
      cwd: spec.cwd,
      files: spec.files.map((file) => file.path),
    });
  context.out.write(`${[spec.file, ...spec.args].map(quoted).join(' ')}\n\nENVIRONMENT (no other variable is passed on)\n`);
  for (const [key, value] of Object.entries(set).sort(([a], [b]) => a.localeCompare(b))) context.out.write(`  ${key}=${value}\n`);
  for (const key of spec.env.unset) context.out.write(`  not passed: ${key}\n`);
  context.out.write(`\nSTANDARD INPUT\n${spec.stdin === null ? '  empty' : spec.stdin}\n\nFOLDER\n  ${spec.cwd}\n`);
}

/** The model, account and place that a route to this agent would have; null if it may use none now. */
async function chosen(
  ports: Ports,
  given: { readonly agent: Agent; readonly repo: string; readonly model: string | null; readonly role: Role | null },
): Promise<{ readonly model: string; readonly account: Account | null; readonly place: Place | null }> {
  const { agent, repo, model, role } = given;
  const seen = await takeSeen(ports, []);
  // A worker that has to wait for a free place is started by the same command.
  const facts = await routeFacts(ports, { repo, agent: null, model, role, tags: [], avoid: [], seen, full: () => false, task: null });
  const decision = decideRoute({
    ...facts,
    forced: [{ agent: agent.facts.name, by: 'this command' }],
    agents: facts.agents.map((one) => ({ ...one, installed: true, awaited: null })),
    places: { ...facts.places, known: placeFacts(ports) },
  });
  const place = 'place' in decision ? (ports.places.get(decision.place) ?? null) : null;
  const name = 'refused' in decision ? null : 'tried' in decision ? decision.tried : decision.account;
  if (decision.model !== null && (name !== null || ('refused' in decision && waits.has(decision.refused))))
    return { model: decision.model, account: facts.accounts.find((one) => one.name === name) ?? null, place };
  throw new Fault({
    code: 'refused' in decision ? decision.refused : 'no-account',
    message: routeText(decision.reasons),
    hint: 'give another --model',
  });
}

/** After these refusals the command would be the same; only a credential is missing now. */
const waits: ReadonlySet<Refused> = new Set(['no-account', 'provider-down', 'models-overloaded']);

/** Faults: `unknown-mcp`. */
function serversNamed(given: { settings: Settings; names: readonly string[] | null; agent: string }): readonly McpServer[] {
  const { settings, names, agent } = given;
  const wanted = wantedServers({ task: names, batch: null, configured: settings.tools.mcp });
  const chosen = chooseServers({ wanted, known: settings.mcp, agent, untrusted: settings.untrusted.keys });
  if ('problem' in chosen) throw unknownServer(chosen.problem);
  return chosen;
}

/** Stands in for the secret, which is not read just to be shown. */
function masked({ billing, secret }: Account, address: Readonly<Record<string, string>>): Credential {
  const names = secret.kind === 'env' || secret.kind === 'config' ? secret.names : [];
  const unnamed = secret.kind === 'file' || secret.kind === 'command' ? '<secret>' : null;
  return {
    billing,
    variables: Object.fromEntries(names.map((name) => [name, '<secret>'])),
    secret: unnamed,
    address: Object.fromEntries(Object.entries(address).map(([name, value]) => [name, shownText(value)])),
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
