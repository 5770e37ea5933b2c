// The package `emulate`, which pretends to be GitHub, in a process of its own, and the requests that both it and our stage are
// sent. Of each answer only those parts are kept that our adapter for issues reads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { contentIn } from '../../src/forge/github/issues/content.ts';
import { refusesAssignees } from '../../src/forge/github/issues/assignable.ts';
import { fields } from '../../src/lib/fields.ts';

export const emulateFolder = fileURLToPath(new URL('../second-opinion/', import.meta.url));

/** The secrets of two people who may write and administer `acme/app`. */
export const secrets = { robot: 'ghp_robot', root: 'ghp_root' };

/** It ends by itself when the tests do, because its input ends then. */
const program = `
  import { createEmulator } from 'emulate';
  const seed = JSON.parse(process.argv[1]);
  process.stdin.resume().on('end', () => process.exit());
  console.log(new URL((await createEmulator({ service: 'github', port: 0, hostname: '127.0.0.1', seed })).url).port);
`;

const users = ['robot', 'root', 'alice', 'stranger'].map((login) => ({ login }));
const seed = {
  tokens: { [secrets.robot]: { login: 'robot' }, [secrets.root]: { login: 'root' } },
  github: {
    users,
    orgs: [{ login: 'acme', members: [{ login: 'root', role: 'admin' }] }],
    repos: [{ owner: 'acme', name: 'app' }],
  },
};

export interface Emulate {
  readonly url: string;
  end(): Promise<void>;
}

/** Fault: a sentence with what it wrote to its error output, if it ends before it listens. */
export async function startEmulate(): Promise<Emulate> {
  const args = ['--input-type=module', '--eval', program, JSON.stringify(seed)];
  const child = spawn(process.execPath, args, { cwd: emulateFolder, env: {}, detached: true });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const port = await Promise.race([once(createInterface(child.stdout), 'line').then(String), ended.then(() => null)]);
  if (port === null) throw new Error(`emulate ended before it listened: ${said}`);
  return {
    url: `http://127.0.0.1:${port}`,
    end: async () => {
      // The group: whatever it may have started ends with it.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}

/** A request, whose path begins below `/repos/acme/app`. `{…}` stands for what an earlier answer said. */
export interface Asked {
  readonly what: string;
  readonly ask: string;
  readonly body?: object;
  /** The status that GitHub answers. */
  readonly status: number;
  /** Instead of the secret that is good; null: none is sent. */
  readonly token?: string | null;
}

/** The name of what is noted beside the answers: how their times are written, such as `0000-00-00T00:00:00Z`. */
export const formOfTimes = 'the form of times';

/** An answer as our adapter reads it, with its status. */
export type Read = Readonly<Record<string, unknown>>;

/** Sends all requests, one after the other. Returns what was read of each answer, by its name. */
export async function askAll(
  asked: readonly Asked[],
  { root, token, next }: { readonly root: string; readonly token: string; readonly next: () => void },
): Promise<Readonly<Record<string, Read>>> {
  const known = { comment: '', updated: '' };
  const answers: Record<string, Read> = {};
  const times = new Set<string>();
  for (const one of asked) {
    next();
    const [method = '', path = ''] = one.ask.split(' ');
    const filled = path.replace('{comment}', known.comment).replace('{updated}', encodeURIComponent(known.updated));
    const secret = one.token === undefined ? token : one.token;
    const response = await fetch(`${root}/repos/acme/app${filled}`, {
      method,
      headers: secret === null ? {} : { authorization: `token ${secret}` },
      ...(one.body === undefined ? {} : { body: JSON.stringify(one.body) }),
    });
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    const { id, number, issue_url: isComment, updated_at: updated } = fields(body) ?? {};
    if (isComment !== undefined) known.comment = String(id);
    else if (number !== undefined) known.updated = String(updated);
    if (number !== undefined || isComment !== undefined) times.add(String(updated).replaceAll(/\d/g, '0'));
    answers[one.what] = { status: response.status, more: response.headers.get('link')?.includes('rel="next"') ?? false, ...read(body) };
  }
  return { ...answers, [formOfTimes]: { status: 200, forms: [...times] } };
}

/** Labels without their order and case, of which our adapter makes nothing. */
function read(body: unknown): Read {
  if (Array.isArray(body)) return { list: body.map(read) };
  const given = fields(body);
  if (given === null) return {};
  const { message, title, number, id, issue_url: isComment } = given;
  if (message !== undefined) return { refusesAssignees: refusesAssignees(body) };
  if (isComment !== undefined) return { id: typeof id, body: given['body'] };
  if (title === undefined) return { full_name: given['full_name'], permission: given['permission'] };
  const { labels, assignees, ...content } = contentIn(given);
  const sorted = { labels: labels.map((name) => name.toLowerCase()).toSorted(), assignees: assignees.toSorted() };
  const at = /\/repos\/([^/]+\/[^/]+)$/.exec(String(given['repository_url']))?.[1];
  return { ...content, ...sorted, number, at, id: typeof id, rawBody: given['body'], rawReason: given['state_reason'] };
}

/** The parts of the second answers that are otherwise than in the first ones, by the name of the request; null: a part is missing. */
export function differences(first: Readonly<Record<string, Read>>, second: Readonly<Record<string, Read>>): Readonly<Record<string, Read>> {
  const found = Object.entries(first).map(([what, one]) => [what, otherwise(one, second[what] ?? {})] as const);
  return Object.fromEntries(found.filter(([, parts]) => Object.keys(parts).length > 0));
}

function otherwise(one: Read, other: Read): Read {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const parts = names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
  // Where the statuses differ, so does all the rest.
  if (parts.includes('status')) return { status: other['status'] };
  return Object.fromEntries(parts.map((name) => [name, other[name] ?? null]));
}
