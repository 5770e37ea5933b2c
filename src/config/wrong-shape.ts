// What a schema has against a file, with the line of what it is about.
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
  const { file, hint } = given;
  const issue = given.issues[0];
  if (issue === undefined) return wrongConfig({ file, line: 1, what: 'not a configuration' });
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const key = path.join('.');
  // Of a key that may not be called so, the schema's own words are one level below.
  const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  const what = issue.code === 'unrecognized_keys' ? `there is no key ${key}` : `${key === '' ? 'the file' : key}: ${message}`;
  return wrongConfig({ file, line: given.lineOf(path), what, ...(hint === undefined ? {} : { hint }) });
}
