// What is installed and signed in, by looking: no request is sent and no token spent.
import type { Settings } from '../core/settings.ts';
import { iso } from '../lib/iso.ts';
import type { Agent } from '../ports/agent.ts';
import type { Place } from '../ports/place.ts';
import { findAgent, type Around } from './compose.ts';

export interface AgentView {
  readonly name: string;
  readonly installed: boolean;
  readonly version: string | null;
  readonly path: string | null;
  /** `unknown`: a credential is there, and only a request could prove it. */
  readonly auth: { readonly state: 'ok' | 'none' | 'failed' | 'unknown'; readonly kind: string | null; readonly checkedAt: string };
  readonly cooldownUntil: string | null;
}

/** A program that answers its version slower than this is taken as broken: the slowest measured took 0.7 s. */
const versionMs = 20_000;

export async function lookAtAgents(given: {
  around: Around;
  settings: Settings;
  agents: ReadonlyMap<string, Agent>;
  place: Place;
  folder: string;
  now: number;
}): Promise<AgentView[]> {
  const { around, settings, now } = given;
  return Promise.all(
    [...given.agents.values()].map(async (agent) => {
      const { name } = agent.facts;
      const path = await findAgent({ around, settings, agent: name });
      const config = settings.agents[name];
      const version = path === null || config === undefined ? null : await versionOf({ ...given, agent, path });
      const auth =
        config === undefined ? { state: 'none' as const, kind: null } : await agent.signedIn({ env: around.env, settings: config });
      return { name, installed: path !== null, version, path, auth: { ...auth, checkedAt: iso(now) }, cooldownUntil: null };
    }),
  );
}

async function versionOf(given: {
  around: Around;
  settings: Settings;
  place: Place;
  folder: string;
  agent: Agent;
  path: string;
}): Promise<string | null> {
  const { agent, around } = given;
  const config = given.settings.agents[agent.facts.name];
  if (config === undefined) return null;
  const spec = agent.command('version', {
    settings: { ...config, path: given.path },
    model: 'none/none',
    prompt: '',
    cwd: around.cwd,
    taskFolder: given.folder,
    title: '',
    newSession: '',
    resume: null,
    maxSteps: null,
    maxBudgetUsd: null,
    fallbackModel: null,
    env: around.env,
    uid: around.uid,
    foreign: { mcpServers: [], authFile: null },
  });
  const answer = await given.place.ask(spec, { timeoutMs: versionMs, signal: new AbortController().signal });
  return answer.exit.code === 0 ? agent.version(answer.stdout) : null;
}
