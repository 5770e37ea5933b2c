// The text of a configuration file as a layer. Faults: `config`, with file, line and what was expected.
import type { z } from 'zod';
import type { Fault } from '../core/fault.ts';
import { wrongConfig, type Layer } from './layer.ts';
import { readYaml } from './read-yaml.ts';
import { fileSchema } from './schema.ts';

export function parseFile(given: { readonly file: string; readonly text: string }): Layer {
  const { file, text } = given;
  const { values, lineOf } = readYaml({ file, text });
  const parsed = fileSchema.safeParse(values);
  if (!parsed.success) throw refused({ file, issues: parsed.error.issues, lineOf });
  return { values: parsed.data, origin: (path) => `${file}:${lineOf(path)}` };
}

/** The first of what the schema found wrong, with its line. */
export function refused(given: {
  file: string;
  issues: readonly z.core.$ZodIssue[];
  lineOf: (path: readonly PropertyKey[]) => number;
}): Fault {
  const issue = given.issues[0];
  if (issue === undefined) return wrongConfig({ file: given.file, line: 1, what: 'not a configuration' });
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const key = path.join('.');
  // Of a key that may not be called so, the schema's own words are one level below.
  const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  const what = issue.code === 'unrecognized_keys' ? `there is no key ${key}` : `${key === '' ? 'the file' : key}: ${message}`;
  return wrongConfig({ file: given.file, line: given.lineOf(path), what });
}
