// The adapter of the tiny third agent. It is the minimum that a new agent needs: every feature that an agent may lack is
// null.
import { join } from 'node:path';
import { causeOf, tellingLine } from '../../../src/core/cause.ts';
import { fromUsd } from '../../../src/core/money/usd.ts';
import { withoutProvider } from '../../../src/core/route/model-name.ts';
import { providerCredentials, workerEnvironment } from '../../../src/core/security/environment.ts';
import type { FailureKind } from '../../../src/core/task/failure.ts';
import { spent } from '../../../src/core/transcript/tally.ts';
import { isUnknown, noTokens, type Exit, type Outcome, type TranscriptEvent } from '../../../src/core/transcript/transcript.ts';
import { fields, numberIn, text, type Fields, type Range } from '../../../src/lib/fields.ts';
import { oneLine, parseJson } from '../../../src/lib/json-line.ts';
import type { Agent } from '../../../src/ports/agent.ts';
import { handedOver, type CommandRequest } from '../../../src/ports/command-request.ts';
import type { CommandSpec, LaidFile } from '../../../src/ports/command-spec.ts';

const provider = 'openrouter';
const [key = ''] = providerCredentials(provider);

export const third = {
  facts: { name: 'third', rank: 3, providers: [provider], subscriptions: [], takesTurns: false, memory: 50 * 2 ** 20 },
  command,
  events,
  outcome,
  version: (stdout) => /^third (\d+\.\d+\.\d+)$/m.exec(stdout)?.[1] ?? null,
  sessions: null,
  plans: null,
  accounts: null,
  survey: null,
  afterwards: null,
  own: null,
} satisfies Agent;

function command(request: Exclude<CommandRequest, { action: 'attach' }>): CommandSpec {
  const { settings, site } = request;
  const credential = request.action === 'version' ? null : request.credential;
  const files = filesOf(request);
  return {
    file: settings.path,
    args: request.action === 'version' ? ['--version'] : [...argumentsOf(request, files), ...settings.args],
    env: workerEnvironment({
      env: site.env,
      credential: handedOver({ credential, known: [key], inItsWay: (secret) => ({ [key]: secret }) }),
      passed: [],
      competing: [key],
      folder: site.taskFolder,
      own: { ...credential?.address },
      configured: settings.env,
    }),
    stdin: request.action === 'version' ? null : request.prompt,
    cwd: site.checkout,
    files,
  };
}

function argumentsOf(request: Exclude<CommandRequest, { action: 'attach' | 'version' }>, files: readonly LaidFile[]): readonly string[] {
  const role = request.action === 'run' && request.role !== null ? ['--agent', request.role.name] : [];
  const how = request.action === 'run' ? files.flatMap(({ path }) => ['--work', path]) : ['--answer'];
  return ['--model', withoutProvider(request.model), ...how, ...role];
}

function filesOf(request: Exclude<CommandRequest, { action: 'attach' }>): readonly LaidFile[] {
  if (request.action !== 'run') return [];
  const role = request.role === null ? null : { prompt: request.role.prompt };
  return [{ path: join(request.site.privateFolder, 'work.json'), content: JSON.stringify({ role }) }];
}

function events(raw: string): readonly TranscriptEvent[] {
  if (raw.trim() === '') return [];
  const line = fields(parseJson(raw));
  const event = line === null ? null : eventOf(line);
  return [event ?? { type: 'noted', text: oneLine(raw) }];
}

/** Null: the agent is not known to print such a line. */
function eventOf(line: Fields): TranscriptEvent | null {
  const none = { until: null, tokens: noTokens, cost: 0 };
  if ('up' in line) return { type: 'started', session: null, model: text(line['up']), version: null, keySource: null, servers: [] };
  if ('said' in line) return { type: 'said', text: text(line['said']) ?? '' };
  if ('did' in line) return { type: 'tool', id: null, name: oneLine(line['did']), input: oneLine(line['to']) };
  if ('failed' in line) {
    const failure: FailureKind = line['failed'] === 'no key' ? 'auth' : 'crashed';
    return { type: 'ended', ok: false, failure, message: `it failed: ${oneLine(line['why'])}`, ...none };
  }
  if (line['done'] !== true) return null;
  const tokens = { ...noTokens, input: count(line['input']), output: count(line['output']) };
  return {
    ...none,
    type: 'ended',
    ok: true,
    failure: null,
    message: 'it is done',
    tokens,
    cost: fromUsd(numberIn(line['usd'], dollars) ?? 0),
  };
}

const counts: Range = [0, 1e12];
const dollars: Range = [0, 1e6];

function count(told: unknown): number {
  return Math.round(numberIn(told, counts) ?? 0);
}

function outcome(end: Parameters<Agent['outcome']>[0]): Outcome {
  const { exit, tally, stderr } = end;
  const { cost, tokens } = spent(tally);
  const { session, model, steps, lastWords, denied, ended } = tally;
  const facts = { session, model, billing: null, cost, tokens, steps, lastWords, denied, until: null };
  if (ended?.ok === true && (exit.code === 0 || isUnknown(exit))) return { ...facts, ok: true, failure: null, message: ended.message };
  if (ended?.ok === false) return { ...facts, ok: false, failure: ended.failure, message: ended.message };
  const words = tellingLine(stderr).slice(0, 300);
  const how = exit.signal === null ? `it exited with ${exit.code ?? 'no status'}` : `it was ended by ${exit.signal}`;
  return { ...facts, ok: false, failure: failureOf(exit, stderr), message: words === '' ? how : `${how}: ${words}` };
}

const endings: ReadonlySet<string | null> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT']);

function failureOf(exit: Exit, stderr: string): FailureKind {
  if (exit.code === 126 || exit.code === 127) return causeOf(stderr)?.by === 'shim' ? 'misconfigured' : 'never-started';
  return endings.has(exit.signal) || isUnknown(exit) ? 'killed' : 'crashed';
}
