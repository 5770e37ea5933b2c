// A supervisor's world in this process, as the command line composes it; optionally every call to a port is recorded.
import { openPorts } from '../src/cli/compose.ts';
import type { CliContext, Screen } from '../src/cli/context.ts';
import { makeWorld, type Made } from '../src/cli/world.ts';
import type { Ports } from '../src/supervisor/world.ts';
import { now } from './samples.ts';

/** One call to a port: `place.launch`, about which attempt or task (null: about neither), from when to when. */
export interface Mark {
  readonly call: string;
  readonly of: string | number | null;
  readonly from: number;
  readonly to: number;
}

export type Env = Readonly<Record<string, string | undefined>>;

export async function openWorld(given: {
  readonly env: Env;
  readonly note?: (mark: Mark) => void;
}): Promise<Made & { close: () => Promise<void> }> {
  const context = contextOf(given.env);
  const opened = await openPorts(context);
  const ports = given.note === undefined ? opened.ports : notedPorts(opened.ports, given.note);
  const made = await makeWorld(context, {
    opened: { ...opened, ports },
    scope: { repo: null, batch: null, named: null },
    flags: {},
    emit: () => undefined,
  });
  const close = async (): Promise<void> => {
    made.end();
    await opened.end();
  };
  return { ...made, close };
}

function contextOf(env: Env): CliContext {
  const screen: Screen = {
    write: () => undefined,
    ring: () => undefined,
    send: async () => undefined,
    isTTY: false,
    columns: 80,
    colour: false,
  };
  return {
    process: { stdout: process.stdout, stderr: process.stderr },
    env,
    cwd: '/',
    out: screen,
    err: screen,
    stdin: () => Promise.resolve(''),
    onInterrupt: () => ({ stop: () => undefined }),
    exit: null,
  };
}

function notedPorts(ports: Ports, note: (mark: Mark) => void): Ports {
  const noted = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const from = now();
          const answer: unknown = Reflect.apply(member, target, args);
          const tell = (): void => note({ call: `${name}.${String(key)}`, of: subject(args[0]), from, to: now() });
          if (answer instanceof Promise) answer.then(tell, tell);
          // A repository bound to a signal is another object, whose calls count as well.
          return key === 'within' && typeof answer === 'object' && answer !== null ? noted(name, answer) : answer;
        };
      },
    });
  const places = new Map([...ports.places].map(([name, place]) => [name, noted('place', place)]));
  return { ...ports, store: noted('store', ports.store), host: noted('host', ports.host), places, repo: noted('repo', ports.repo) };
}

/** Launches and leases contain an attempt's id, calls about tasks a key. */
function subject(argument: unknown): Mark['of'] {
  if (typeof argument !== 'object' || argument === null) return null;
  if ('lease' in argument) return subject(argument.lease);
  for (const key of ['marker', 'attempt', 'key'] as const) {
    const value: unknown = key in argument ? Reflect.get(argument, key) : undefined;
    if (typeof value === 'string' || typeof value === 'number') return value;
  }
  return null;
}
