// Turns the schema's objections to a file into messages, each with the line that it is about.
import type { z } from 'zod';
import type { Fault } from '../core/fault.ts';
import { wrongConfig } from './layer.ts';
import type { YamlFile } from './read-yaml.ts';

export function wrongShape(given: {
  readonly file: string;
  readonly issues: readonly z.core.$ZodIssue[];
  readonly lineOf: YamlFile['lineOf'];
  readonly hint?: string;
}): Fault {
  const { file, hint, lineOf } = given;
  const all = given.issues
    .flatMap(wrongs)
    .map(({ path, what }) => ({ line: lineOf(path), what }))
    .toSorted((one, other) => one.line - other.line);
  const [first = { line: 1, what: 'not a configuration' }, ...others] = all;
  const what = [first.what, ...others.map((other) => `line ${other.line}: ${other.what}`)].join('; ');
  return wrongConfig({ file, line: first.line, what, ...(hint === undefined ? {} : { hint }) });
}

interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

function wrongs(issue: z.core.$ZodIssue): readonly Wrong[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], what: `there is no key ${[...issue.path, key].join('.')}` }));
  }
  const key = issue.path.join('.');
  // For a key with a forbidden name, the schema's own message is one level deeper.
  const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  return [{ path: issue.path, what: `${key === '' ? 'the file' : key}: ${message}` }];
}
