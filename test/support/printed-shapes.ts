// Summarizes what a command with --json has printed: its exit codes, and the shape of its documents that scripts rely on.
import { expect } from 'vitest';
import { documentsIn, shapeOf, type Shape } from './json-shape.ts';
import type { Ran } from './yard.ts';

/** Keys whose values come from closed lists, which scripts compare with. */
const words = new Set([
  ...['state', 'from', 'to', 'verdict', 'stop', 'billing', 'routed', 'billed', 'source', 'type', 'kind', 'stage', 'phase', 'code'],
  ...['failure', 'refused', 'level', 'budget', 'step'],
]);

/** By command, the keys of objects whose own keys are names. */
const maps: Readonly<Record<string, readonly string[]>> = {
  'budget configure': ['perAccountUsd'],
  command: ['set'],
  mcp: ['env', 'headers'],
  parity: ['agents'],
};

/** For these keys the values come from no closed list, or depend on the machine. */
const notWords: Readonly<Record<string, readonly string[]>> = { agents: ['kind'], doctor: ['state'] };

export interface Printed {
  readonly exits: string[];
  readonly texts: string[];
}

export function keep(printed: Printed, call: string, ran: Ran): void {
  printed.exits.push(`${call}: ${ran.code}${ran.stdout === '' ? ', prints nothing' : ''}`);
  if (ran.stdout !== '') printed.texts.push(ran.stdout);
}

export function view(name: string, { exits, texts }: Printed): { readonly exits: readonly string[]; readonly shape: Shape } {
  const options = { words: new Set([...words].filter((word) => notWords[name]?.includes(word) !== true)), maps: new Set(maps[name]) };
  // The last line of each output is the summary, which scripts read without the others.
  if (name === 'run') expect(texts.map((text) => typeOf(text.trimEnd().split('\n').at(-1) ?? ''))).toEqual(texts.map(() => 'summary'));
  return { exits, shape: shapeOf(texts.flatMap(documentsIn), options) };
}

const typeOf = (line: string): unknown => (JSON.parse(line) as { readonly type: unknown }).type;
